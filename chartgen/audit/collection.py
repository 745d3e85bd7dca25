"""Findings from several value sets, told once, with the sets that have them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from chartgen.diagnostics import Diagnostic, in_file_order

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(slots=True, kw_only=True)
class Collection:
    """Findings as they come in; `value_sets` are all sets that are looked at."""

    value_sets: tuple[str, ...]
    _sets: dict[Diagnostic, set[str]] = field(default_factory=dict)

    def add(self, found: Iterable[Diagnostic], *value_sets: str) -> None:
        """Notes findings that these value sets have; without any set named, all of them."""
        for diagnostic in found:
            self._sets.setdefault(diagnostic, set()).update(value_sets or self.value_sets)

    def told(self) -> tuple[Diagnostic, ...]:
        """Each finding once, in file order; one that not all sets have names those that do."""
        return tuple(in_file_order([self._named(diagnostic, having) for diagnostic, having in self._sets.items()]))

    def _named(self, diagnostic: Diagnostic, having: set[str]) -> Diagnostic:
        names = [name for name in self.value_sets if name in having]
        if len(names) == len(self.value_sets):
            return diagnostic
        return replace(diagnostic, message=f"{diagnostic.message} (with {', '.join(names)})")
