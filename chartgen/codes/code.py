"""What a diagnostic code is."""

from __future__ import annotations

from dataclasses import dataclass

from chartgen.diagnostics import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One code: its severity, a title of a few words, and a paragraph that explains cause and cure."""

    id: str
    severity: Severity
    title: str
    explanation: str


def error(code: str, title: str, explanation: str) -> Code:
    """A code of findings that stop the stage."""
    return Code(id=code, severity=Severity.ERROR, title=title, explanation=explanation)


def warning(code: str, title: str, explanation: str) -> Code:
    """A code of findings that do not."""
    return Code(id=code, severity=Severity.WARNING, title=title, explanation=explanation)
