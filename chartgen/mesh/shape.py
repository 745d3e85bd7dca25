"""A manifest, read with care: any value can be of any shape, and what cannot be read is noted with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from chartgen.mesh.model import Problem, Ref

Note: TypeAlias = Callable[[Problem], None]

UNREAD = "\0"
"""In the place of a text that is none."""


@dataclass(frozen=True, slots=True)
class Part:
    """A value in an object, and its place. It never raises: what has the wrong shape is noted and reads as nothing."""

    value: Any
    where: str
    ref: Ref
    note: Note

    def problem(self, words: str, blinds: bool = True) -> None:
        """Notes what is wrong here."""
        self.note(Problem(ref=self.ref, where=self.where, words=words, blinds=blinds))

    @property
    def given(self) -> bool:
        """Whether there is anything but null."""
        return self.value is not None

    def __getitem__(self, key: str) -> Part:
        mapping = self.mapping()
        return Part(mapping.get(key), f"{self.where}.{key}" if self.where else key, self.ref, self.note)

    def mapping(self) -> Mapping[str, Any]:
        """Its keys and values."""
        if isinstance(self.value, dict):
            return self.value
        if self.value is not None:
            self.problem("is not a mapping")
        return {}

    def only(self, *keys: str) -> None:
        """Notes keys that are none of these."""
        for key in self.mapping():
            if key not in keys:
                self.note(Problem(ref=self.ref, where=f"{self.where}.{key}", words="is no field that is known here"))

    def items(self) -> Iterator[Part]:
        """Its elements."""
        if isinstance(self.value, list):
            for place, value in enumerate(self.value):
                yield Part(value, f"{self.where}[{place}]", self.ref, self.note)
        elif self.value is not None:
            self.problem("is not a list")

    def mappings(self) -> Iterator[Part]:
        """Its elements; one that is no mapping is noted."""
        for item in self.items():
            if isinstance(item.value, dict):
                yield item
            else:
                item.problem("is not a mapping")

    def entries(self) -> Iterator[tuple[str, Part]]:
        """Its keys and parts."""
        for key, value in self.mapping().items():
            yield str(key), Part(value, f"{self.where}.{key}", self.ref, self.note)

    def text(self, default: str = "") -> str:
        """The text; empty, or the default, for none."""
        if isinstance(self.value, str):
            return self.value
        if self.value is not None:
            self.problem("is not a text")
        return default

    def texts(self) -> tuple[str, ...]:
        """The texts of a list; `UNREAD` for what is none, and noted as such."""
        return tuple(item.member() for item in self.items())

    def member(self) -> str:
        """The text of a list's member, which must be one."""
        if isinstance(self.value, str):
            return self.value
        self.problem("is not a text")
        return UNREAD

    def number(self, default: int = 0) -> int:
        """The whole number; 0, or the default, for none."""
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return self.value
        if self.value is not None:
            self.problem("is not a whole number")
        return default

    def truth(self, default: bool = False) -> bool:
        """Whether it is true."""
        if isinstance(self.value, bool):
            return self.value
        if self.value is not None:
            self.problem("is neither true nor false")
        return default

    def labels(self) -> Mapping[str, str]:
        """Keys and values that are texts; what YAML reads as a number is noted, for Kubernetes refuses it."""
        found = {}
        for key, part in self.entries():
            found[key] = part.value if isinstance(part.value, str) else str(part.value)
            if not isinstance(part.value, str):
                part.problem("is not a text")
        return found
