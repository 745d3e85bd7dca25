from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chartgen.audit.helm_words import linted, rendering_failed
from chartgen.diagnostics import in_file_order
from chartgen.errors import UsageError
from chartgen.registry.model import Environment, Images, Metadata, Registry
from chartgen.report import as_text
from chartgen.workflows.value_sets import places, production_of, value_set

if TYPE_CHECKING:
    from pathlib import Path

REGISTRY = Registry(
    metadata=Metadata(name="shop", version="1.0.0", app_version="1.0.0", description=""),
    images=Images(),
    services=(),
    environments=(Environment(name="dev"),),
)
REFUSED = "values don't meet the specifications of the schema(s) in the following chart(s):"
VALUES = """\
u:
  tolerations:
    - {key: a}
    - x
  env: {"A=B": c}
  podLabels: {app.kubernetes.io/name: x}
"""
PLACED = """\
charts/shop/charts/u/values.yaml: error[CG504]: u refuses replicaCount: got string, want integer
values/dev/values.yaml:4:7: error[CG504]: u refuses tolerations.1: got string, want object
values/dev/values.yaml:5:9: error[CG504]: u refuses env.A=B: this key does not match '^x$'
values/dev/values.yaml:6:15: error[CG504]: u refuses podLabels.app.kubernetes.io/name: the chart writes this key itself
"""
HELM_4 = """\
- at '/tolerations/1': got string, want object
- at '/extra': invalid propertyName 'A=B'
  - at '': 'A=B' does not match pattern '^x$'
- at '/replicaCount': got string, want integer
- at '/podLabels/app.kubernetes.io~1name': false schema
"""
HELM_3 = """\
- tolerations.1: got string, want object
- env: Property name of "A=B" does not match
- env: Does not match pattern '^x$'
- replicaCount: got string, want integer
- podLabels.app.kubernetes.io/name: False always fails validation
"""


def written(root: Path, text: bytes, name: str = "values.yaml") -> Path:
    folder = root / "values" / "dev"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(text)
    return root


@pytest.mark.parametrize("words", [HELM_4, HELM_3])
def test_a_refused_value_is_blamed_on_the_file_that_holds_it(tmp_path: Path, words: str) -> None:
    values = value_set(written(tmp_path, VALUES.encode()), REGISTRY, "dev")
    lint = f"==> Linting staged/u\n[ERROR] values.yaml: {words}"
    assert as_text(in_file_order([*linted(lint, {"staged/u": places(values, "shop", "u")})])) == PLACED
    render = f"Error: {REFUSED}\nu:\n{words}"
    assert (
        as_text(in_file_order([*rendering_failed(render, places(values, "shop"), "charts/shop/Chart.yaml")])) == PLACED
    )


def test_the_defaults_blame_the_chart(tmp_path: Path) -> None:
    [found] = rendering_failed(f"Error: {REFUSED}\nshop:\n- at '/odrers': no", places(
        value_set(tmp_path, REGISTRY, ""), "shop"), "")  # fmt: skip
    assert found.span.file == "charts/shop/values.yaml"


@pytest.mark.parametrize("text", [b"u: [", b"- a list", b"u: \xff", b"u: {a: 1, a: 2}"])
def test_a_file_that_helm_cannot_read_is_known(tmp_path: Path, text: bytes) -> None:
    [found] = value_set(written(tmp_path, text), REGISTRY, "dev").unreadable
    assert found.span.file == "values/dev/values.yaml"


def test_an_unknown_environment_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        value_set(tmp_path, REGISTRY, "prod")


@pytest.mark.parametrize(
    ("names", "production"),
    [
        (["dev"], ""),
        (["live"], "live"),
        (["prod", "dev"], "prod"),
        (["dev", "production", "other"], "production"),
        (["dev", "eu"], "eu"),
        ([], ""),
    ],
)
def test_production_is_known_by_its_name_or_as_the_last_of_several(names: list[str], production: str) -> None:
    assert production_of(names) == production


def test_values_of_which_nobody_can_tell_whether_they_are_there_are_no_defaults(tmp_path: Path) -> None:
    (tmp_path / "values").mkdir()
    (tmp_path / "values" / "dev").write_text("no folder")
    with pytest.raises(UsageError, match=r"cannot read .*values/dev/values\.yaml: not a directory"):
        value_set(tmp_path, REGISTRY, "dev")
