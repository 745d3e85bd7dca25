"""What chartgen says about a person's input: a diagnostic is a value with a place, a code and a way out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a diagnostic weighs: an error stops the stage, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A range of a file. Lines and columns count from 1, the end is exclusive; line 0 means the whole file."""

    file: str
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One finding: a code of `codes.CODES`, a place, what is wrong, and (hint) how to mend it."""

    code: str
    severity: Severity
    span: Span
    message: str
    hint: str = ""


def in_file_order(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """The diagnostics by place, then code, without exact repeats."""
    return sorted(dict.fromkeys(diagnostics), key=lambda d: (d.span, d.code, d.message))


def has_errors(diagnostics: list[Diagnostic]) -> bool:
    """Whether any of them stops the stage."""
    return any(d.severity is Severity.ERROR for d in diagnostics)
