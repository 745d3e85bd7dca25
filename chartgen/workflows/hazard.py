"""A warning of an upgrade, before it has a place, and what such warnings read and say alike."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chartgen.registry.kinds import TRAITS
from chartgen.registry.names import claim
from chartgen.workflows.laid_over import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from chartgen.workflows.stored import Read, Stored

_KEEP = re.compile(r"^ +helm\.sh/resource-policy: keep\b", re.MULTILINE)
_NAMED = re.compile(r'^kind: (\w+)\nmetadata:\n  name: "?([^\s"{]+)"?$', re.MULTILINE)
_DATA = ".Values.operator.storage"
"""What every operator's resource with claims of its own reads."""


@dataclass(frozen=True, slots=True)
class Hazard:
    """A warning before it has a place; `volume`: the one that it speaks of, or empty."""

    code: str
    message: str
    hint: str
    volume: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """An object that Helm leaves where it is. `data`: it is a claim, or an operator's resource whose pods have some."""

    kind: str
    name: str
    data: bool

    def __str__(self) -> str:
        return f'{self.kind} "{self.name}"'


def kept(paths: Iterable[str], read: Read) -> Iterator[Kept]:
    """The objects of those templates that Helm keeps when they go."""
    for path in paths:
        text = text_of(path, read)
        named = _NAMED.search(text)
        if named and _KEEP.search(text):
            yield Kept(named[1], named[2], _DATA in text or named[1] == "PersistentVolumeClaim")


def text_of(path: str, read: Read) -> str:
    """The text of a file, empty where there is none that can be read."""
    try:
        return read(path) or ""
    except (Unknown, ValueError):
        return ""


def claims(workload: str, old: Stored) -> list[str]:
    """The names of a workload's claims; of those that a StatefulSet makes, its first pod's."""
    templates = TRAITS[old.kind].claim_templates
    return sorted(f"{volume}-{workload}-0" if templates else claim(workload, volume) for volume in old.claims)


def listed(names: Iterable[str]) -> str:
    """The names, in quotes."""
    return ", ".join(f'"{name}"' for name in names)


def first_of(words: Sequence[str]) -> str:
    """The first three, and how many more there are."""
    return f"{', '.join(words[:3])}{f' and {len(words) - 3} more' if len(words) > 3 else ''}"
