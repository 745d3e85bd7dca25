"""A callee of several names: an answer is of one way, and says where another lets the same call through."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from chartgen.mesh.asking import Asking
from chartgen.workflows import explain

CASE = Path(__file__).parents[2] / "cases" / "verify" / "CG753-a-way-around-the-waypoint" / "change.yaml"


@pytest.mark.parametrize(
    ("callee", "verdict", "notes"),
    [
        ("b", "refused", ["by Service shop/another, the same call passes"]),
        ("shop/b", "refused", ["by Service shop/another, the same call passes"]),
        ("another", "allowed", []),
        ("c", "refused", ["by the pods' address, the same call passes"]),
    ],
)
def test_an_answer_is_of_the_way_that_was_asked_for(
    callee: str, verdict: str, notes: list[str], tmp_path: Path
) -> None:
    text = next(change["text"] for change in yaml.safe_load(CASE.read_text(encoding="utf-8")) if "text" in change)
    (tmp_path / "all.yaml").write_text(text, encoding="utf-8")
    [answer] = explain.of_manifests(tmp_path, "all.yaml", Asking(caller="stranger", callee=callee, path="/x")).answers
    assert answer.decision.verdict == verdict
    assert list(answer.notes) == notes
