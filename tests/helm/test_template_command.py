"""`chartgen template`: wrong usage is 2, also helm's; a fault in values is shown where they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import chartgen
from chartgen.cli.run import run
from chartgen.errors import UsageError
from chartgen.workflows import init

if TYPE_CHECKING:
    from pathlib import Path

    from chartgen.tools.helm import Helm


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return init.run(tmp_path, "shop").folder


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["foo"], "what is 'foo'?"),
        (["--", "--nope"], "unknown flag: --nope"),
        (["--", "--debug", "foo"], "unexpected arguments: foo"),
        (["--", "-f", "nothere.yaml"], "nothere.yaml: no such file"),
        (["--set", "a"], 'key "a" has no value'),
        (["--release", "BAD_"], "invalid release name"),
        (["--env", "dev", "--env", "prod"], "only one environment"),
        (["--env", "nope"], 'no environment "nope"'),
    ],
)
def test_wrong_usage(
    arguments: list[str], words: str, shop: Path, helm: Helm, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["-C", str(shop), "--helm", helm.path, "template", *arguments]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert words in err


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ("web: [\n", "values/dev/values.yaml:2:1: error[CG562]"),
        ("weeb: {}\n", "values/dev/values.yaml:1:1: error[CG504]"),
        ("web:\n  replicaCount: x\n", "values/dev/values.yaml:2:3: error[CG504]"),
    ],
)
def test_a_fault_is_shown_where_it_is_written(
    values: str, said: str, shop: Path, helm: Helm, capfd: pytest.CaptureFixture[str]
) -> None:
    (shop / "values/dev/values.yaml").write_text(values)
    told = []
    for command in ("template", "lint"):
        assert run(["-C", str(shop), "--helm", helm.path, command, "--env", "dev"]) == 1
        told.append("".join(capfd.readouterr()))
    assert all(said in text for text in told)


def test_values_that_cannot_be_read_are_wrong_usage_here_and_in_lint(
    shop: Path, helm43: Helm, capfd: pytest.CaptureFixture[str]
) -> None:
    (shop / "values/dev/values.yaml").unlink()
    (shop / "values/dev/values.yaml").mkdir()
    for command in ("template", "lint"):
        assert run(["-C", str(shop), "--helm", helm43.path, command, "--env", "dev"]) == 2
        assert "values/dev/values.yaml: it is a directory" in capfd.readouterr().err


def test_an_environment_without_values_is_not_rendered_with_the_defaults(shop: Path, helm43: Helm) -> None:
    for file in ("values.yaml", "release.yaml"):
        (shop / "values/dev" / file).unlink()
    with pytest.raises(UsageError, match="values/dev holds no values: run `chartgen generate`"):
        chartgen.template(shop, environment="dev", helm=helm43.path)


def test_the_environment_by_name_or_in_an_order(shop: Path, helm43: Helm) -> None:
    by_name = chartgen.template(shop, environment="dev", helm=helm43.path).text
    assert by_name == chartgen.template(shop, order=chartgen.Order(environment="dev"), helm=helm43.path).text
    assert by_name != chartgen.template(shop, helm=helm43.path).text
