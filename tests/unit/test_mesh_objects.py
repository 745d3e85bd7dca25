"""The judge of the mesh's objects judges: what is wrong in mesh_objects.yaml it refuses, the rest it takes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import mesh_objects

CASES = yaml.safe_load((Path(__file__).parents[1] / "data" / "mesh_objects.yaml").read_text(encoding="utf-8"))
REFUSED = [case for case in CASES if "says" in case]
TAKEN = [case for case in CASES if "says" not in case]


def shown(case: Any) -> Any:
    """The object of a case."""
    api_version, kind = case["kind"].split()
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}, "spec": case["spec"]}


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: f"{case['kind'].split()[1]}: {case['says']}")
def test_what_is_wrong_is_refused(case: Any) -> None:
    said = mesh_objects.problems(shown(case))
    assert any(re.search(case["says"], each) for each in said), said


@pytest.mark.parametrize("case", TAKEN, ids=lambda case: str(case["kind"].split()[1]))
def test_what_is_close_to_it_is_taken(case: Any) -> None:
    assert mesh_objects.problems(shown(case)) == []


def test_every_rule_compiles() -> None:
    assert len([mesh_objects.compiled(rule) for rule in mesh_objects.rules()]) > 80


def test_every_word_of_cel_is_in_a_rule_that_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that our judge understood wrongly would be found by a case."""
    broken: set[str] = set()
    answer = mesh_objects._answer

    def recorded(rule: str, value: Any) -> str | None:
        words = answer(rule, value)
        broken.update(mesh_objects.compiled(rule).functions() if words is not None else ())
        return words

    monkeypatch.setattr(mesh_objects, "_answer", recorded)
    for case in REFUSED:
        mesh_objects.problems(shown(case))
    used = {word for rule in mesh_objects.rules() for word in mesh_objects.compiled(rule).functions()}
    assert broken == used
