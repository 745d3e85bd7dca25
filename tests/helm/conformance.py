"""The examples against the facts of the systems that they write down: both as flat maps, place → value."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import yaml

from tests.helm.calls import called
from tests.helm.conftest import ROOT
from tests.helm.described import described, workloads

if TYPE_CHECKING:
    from chartgen.audit.objects import Rendered
    from chartgen.registry.model import Registry
    from tests.helm.described import Facts

DATA = ROOT / "tests" / "data" / "systems"
SYSTEMS = sorted(path.stem for path in DATA.glob("*.json"))
ABSENT = "absent"
"""In place of a value, of the side that says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A place where the fact is not what helm renders."""

    where: str
    fact: Any
    found: Any

    def __str__(self) -> str:
        return f"{self.where}\n    fact:  {self.fact!r}\n    found: {self.found!r}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliberate:
    """A line of differences.yaml: what differs on purpose. A side that it does not name may be anything."""

    where: str
    sides: Mapping[str, Any]

    def covers(self, difference: Difference) -> bool:
        """Whether it speaks of that difference."""
        return fnmatchcase(difference.where, self.where) and all(
            getattr(difference, side) == value for side, value in self.sides.items()
        )

    def __str__(self) -> str:
        return f"{self.where} {dict(self.sides)}"


def deliberate(system: str) -> list[Deliberate]:
    """What differences.yaml says of a system. An entry holds in each of its places, and says why."""
    table = yaml.safe_load((DATA / "differences.yaml").read_text(encoding="utf-8"))
    assert all(entry["why"] for entry in table)
    return [
        Deliberate(where=where, sides={side: entry[side] for side in ("fact", "found") if side in entry})
        for entry in table
        for where in entry["where"]
        if where.startswith(f"{system} > ")
    ]


def facts(system: str) -> dict[str, Facts]:
    """What is known of the workloads of a published system. `default` false: an add-on's."""
    known: dict[str, Facts] = json.loads((DATA / f"{system}.json").read_text(encoding="utf-8"))["workloads"]
    return known


def rendered_facts(found: list[Rendered], registry: Registry) -> dict[str, Facts]:
    """The same of what helm renders; an edge is one only where the registry and the policies of both sides say so."""
    made = workloads(found)
    return {one.key: {**described(one, found), **called(one, made, found, registry)} for one in made}


def differences(system: str, known: Mapping[str, Facts], found: Mapping[str, Facts]) -> list[Difference]:
    """Where the two are not equal, in order."""
    left, right = dict(_flat(known, system)), dict(_flat(found, system))
    pairs = ((where, left.get(where, ABSENT), right.get(where, ABSENT)) for where in sorted({*left, *right}))
    return [Difference(where=where, fact=fact, found=value) for where, fact, value in pairs if fact != value]


def _flat(value: Any, where: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(value, dict):
        yield where, value
        return
    for name, inner in _expanded(value).items() if where.endswith(" > env") else value.items():
        yield from _flat(inner, f"{where} > {name}")


def _expanded(env: Mapping[str, Any]) -> Mapping[str, Any]:
    """The variables as the container sees them: `$(NAME)` is the value of another."""
    known = {name: value for name, value in env.items() if isinstance(value, str)}
    expanded = {name: re.sub(r"\$\((\w+)\)", lambda m: known.get(m[1], m[0]), value) for name, value in known.items()}
    return {**env, **expanded}
