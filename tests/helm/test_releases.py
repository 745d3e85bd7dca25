"""A platform of several releases: the commands over all of them, and what one of them says of the others."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from chartgen.audit import record
from chartgen.cli.run import run
from chartgen.workflows import generate, lint
from tests.helm.conftest import CASES, RELEASE

if TYPE_CHECKING:
    from pathlib import Path

    from chartgen.tools.helm import Helm

RELEASES = ["shop-catalog", "shop-checkout", "shop"]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    shutil.copytree(CASES / "groups", tmp_path / "shop", ignore=shutil.ignore_patterns("expected"))
    generate.run(tmp_path / "shop")
    return tmp_path / "shop"


def chartgen(shop: Path, helm: Helm, *arguments: str) -> int:
    return run(["-C", str(shop), "--helm", helm.path, *arguments])


def sources(text: str) -> list[str]:
    """The umbrellas in the order in which their objects come."""
    found = [line.split("/")[0].removeprefix("# Source: ") for line in text.splitlines() if line.startswith("# Source")]
    return list(dict.fromkeys(found))


def test_template_renders_all_or_one(shop: Path, helm: Helm, capfd: pytest.CaptureFixture[str]) -> None:
    assert chartgen(shop, helm, "template") == 0
    text = capfd.readouterr().out
    assert sources(text) == RELEASES
    assert all(f'instance: "{release}"' in text for release in RELEASES)
    for group, release in (("checkout", "shop-checkout"), ("shop-checkout", "shop-checkout"), ("shop", "shop")):
        assert chartgen(shop, helm, "template", "--group", group, "--env", "dev") == 0
        assert sources(capfd.readouterr().out) == [release]
    assert chartgen(shop, helm, "template", "--group", "catalog", "--release", "blue") == 0
    assert 'instance: "blue"' in capfd.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--group", "nope"], 'no group "nope" (there is catalog, checkout, shop)'),
        (["--release", "blue"], "the platform is 3 releases: name one with --group to give it another name"),
    ],
)
def test_wrong_usage(
    shop: Path, helm43: Helm, arguments: list[str], words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert chartgen(shop, helm43, "template", *arguments) == 2
    assert words in capfd.readouterr().err


def test_one_values_file_serves_all_and_a_misspelt_name_is_refused_by_each(
    shop: Path, helm: Helm, capfd: pytest.CaptureFixture[str]
) -> None:
    values = shop / "values/dev/values.yaml"
    values.write_text("mail: {enabled: true}\nstock: {podLabels: {a: b}}\ncart: {replicaCount: 3}\n")
    assert chartgen(shop, helm, "lint") == 0
    assert chartgen(shop, helm, "template", "--env", "dev") == 0
    text = capfd.readouterr().out
    assert "replicas: 3" in text
    values.write_text("stok: {podLabels: {a: b}}\n")
    assert chartgen(shop, helm, "template", "--env", "dev") == 1
    err = capfd.readouterr().err
    assert [line.split(": ")[2].split(" ")[0] for line in err.splitlines()] == RELEASES
    assert all(line.startswith("values/dev/values.yaml:1:1: error[CG504]: ") for line in err.splitlines())


def test_what_another_release_makes_is_missed_where_the_values_switch_it_off(
    shop: Path, helm: Helm, capfd: pytest.CaptureFixture[str]
) -> None:
    (shop / "values/dev/values.yaml").write_text("stock: {enabled: false}\n")
    assert chartgen(shop, helm, "template", "--env", "dev", "--group", "checkout") == 1
    assert "cart needs stock: enable stock, or disable cart too" in capfd.readouterr().err
    (shop / "values/dev/values.yaml").write_text("stock: {enabled: false}\ncart: {enabled: false}\n")
    assert chartgen(shop, helm, "template", "--env", "dev", "--group", "checkout") == 0


def test_lint_tells_the_record_of_each(shop: Path, helm43: Helm, capfd: pytest.CaptureFixture[str]) -> None:
    assert chartgen(shop, helm43, "lint", "--format", "json") == 0
    result = json.loads(capfd.readouterr().out)["result"]
    assert {name.partition(",")[0] for name in result["releaseRecord"]} == set(RELEASES)
    assert result["cuts"] == {}
    assert chartgen(shop, helm43, "lint") == 0
    assert "charts: no errors" in capfd.readouterr().err


def test_an_overlay_cannot_make_what_another_release_makes(shop: Path, helm43: Helm) -> None:
    for service in ("cart", "mail"):
        folder = shop / f"overlays/{service}/templates"
        folder.mkdir(parents=True)
        (folder / "shared.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shared}\n")
    generate.run(shop)
    found = [d for d in lint.run(shop, helm=helm43.path).diagnostics if d.code == "CG510"]
    assert [d.message for d in found] == [
        'ConfigMap "shared" is rendered twice, here and by charts/shop-checkout/charts/cart/templates/shared.yaml'
    ]


def test_a_release_that_grows_too_large_is_told_how_to_be_cut(
    shop: Path, helm43: Helm, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = {each: lint.run(shop, helm=helm43.path).records[f"{each}, the defaults"].size for each in RELEASES}
    monkeypatch.setattr("chartgen.workflows.lint.WARN_AT", 0.0)
    monkeypatch.setattr("chartgen.audit.record.WARN_AT", 0.0)
    monkeypatch.setattr("chartgen.audit.cut.LIMIT", int(whole["shop-catalog"] / 0.9))
    monkeypatch.setattr(record, "LIMIT", int(whole["shop-catalog"] / 0.9))
    linted = lint.run(shop, helm=helm43.path)
    hints = {d.span.file: d.hint for d in linted.diagnostics if d.code in {"CG570", "CG571"}}
    assert hints["charts/shop-catalog/Chart.yaml"] == (
        "cut the platform into releases, such as: group: catalog-1 on prices; group: catalog-2 on indexer, stock"
    )
    cut = {part.group: part.services for part in linted.cuts["shop-catalog"]}
    assert cut == {"catalog-1": ("prices",), "catalog-2": ("indexer", "stock"), "catalog": ("search",)}


def test_notes_name_the_releases_that_it_waits_for(shop: Path, helm43: Helm) -> None:
    from chartgen.tools.process import run as process

    argv = [helm43.path, "install", RELEASE, str(shop / "charts/shop"), "--dry-run=client"]
    done = process(argv, environment={"KUBECONFIG": "/nonexistent"})
    assert "waits for those of: shop-catalog, shop-checkout" in done.stdout
