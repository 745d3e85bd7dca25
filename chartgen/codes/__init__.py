"""Every diagnostic code: what it means and how to mend it. docs/codes.md is made from these tables."""

from __future__ import annotations

from chartgen.codes import advice, file, generate, graph, lint, mesh, proof, shape, workload
from chartgen.codes.code import Code
from chartgen.diagnostics import Diagnostic, Span

__all__ = ["CODES", "Code", "diagnose"]

_SECTIONS = (file, shape, graph, workload, advice, lint, generate, mesh, proof)

CODES: dict[str, Code] = {code.id: code for section in _SECTIONS for code in section.CODES}


def diagnose(code: str, span: Span, message: str, hint: str = "") -> Diagnostic:
    """A diagnostic of that code, with the severity that the table gives it."""
    return Diagnostic(code=code, severity=CODES[code].severity, span=span, message=message, hint=hint)
