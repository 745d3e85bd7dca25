"""One set of values that a chart can be given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chartgen.audit.values import locate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chartgen.diagnostics import Diagnostic, Span

DEFAULTS = "the defaults"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ValueSet:
    """One set of values: its name, the texts of its files by path in the repository, what they give together, and
    what is said to helm beside them."""

    name: str
    texts: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    production: bool = False
    findings: tuple[Diagnostic, ...] = ()
    arguments: tuple[str, ...] = ()

    @property
    def unreadable(self) -> tuple[Diagnostic, ...]:
        """Why its files cannot be given to helm; empty when they can."""
        return tuple(finding for finding in self.findings if finding.code == "CG562")

    def place(self, path: tuple[str, ...]) -> Span | None:
        """Where a file of this set writes the value at `path`; None when none does."""
        for file, text in reversed(list(self.texts.items())):
            span = locate(text, path, file, exactly=True)
            if span.line:
                return span
        return None
