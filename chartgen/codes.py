"""Every diagnostic code: what it means and how to mend it. docs/codes.md is made from this table."""

from __future__ import annotations

from dataclasses import dataclass

from chartgen.diagnostics import Diagnostic, Severity, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One code: its severity, a title of a few words, and a paragraph that explains cause and cure."""

    id: str
    severity: Severity
    title: str
    explanation: str


def _error(id: str, title: str, explanation: str) -> Code:
    return Code(id=id, severity=Severity.ERROR, title=title, explanation=explanation)


def _warning(id: str, title: str, explanation: str) -> Code:
    return Code(id=id, severity=Severity.WARNING, title=title, explanation=explanation)


# CG0xx: the file and its YAML
_FILE: tuple[Code, ...] = ()

# CG1xx: the shape, as the schema has it
_SHAPE: tuple[Code, ...] = ()

# CG2xx: names, references, the graph
_GRAPH: tuple[Code, ...] = ()

# CG3xx: what a workload means
_WORKLOAD: tuple[Code, ...] = ()

# CG4xx: warnings on a registry that compiles
_ADVICE: tuple[Code, ...] = ()

# CG5xx: charts and rendered objects (lint)
_LINT: tuple[Code, ...] = ()

# CG6xx: generating into a repository
_GENERATE: tuple[Code, ...] = ()

CODES: dict[str, Code] = {
    code.id: code for section in (_FILE, _SHAPE, _GRAPH, _WORKLOAD, _ADVICE, _LINT, _GENERATE) for code in section
}


def diagnose(code: str, span: Span, message: str, hint: str = "") -> Diagnostic:
    """A diagnostic of that code, with the severity that the table gives it."""
    return Diagnostic(code=code, severity=CODES[code].severity, span=span, message=message, hint=hint)
