"""How a command ends: diagnostics and result in the chosen format, and the exit code that follows from them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from chartgen import report
from chartgen.diagnostics import Diagnostic, Severity
from chartgen.errors import EXIT_FINDINGS, EXIT_OK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chartgen.cli.session import Session
    from chartgen.registry.pod import JsonValue

_MANY = 50
"""Of one code nobody reads more lines than this."""

FINDINGS_ARE_THE_RESULT = frozenset({"validate", "lint", "verify"})


def finish(
    session: Session,
    command: str,
    diagnostics: Sequence[Diagnostic],
    *,
    format_: str,
    strict: bool = False,
    result: JsonValue = None,
    text: str = "",
    shown: str = "",
) -> int:
    """Writes it all and returns the exit code. `result` is for JSON, `text` the same for people: talk where the
    findings are the result, else stdout. `shown`: what goes to stdout even so."""
    if format_ == "json":
        session.out(report.as_json(command, diagnostics, result))
        return exit_code(diagnostics, strict)
    to_stdout = command in FINDINGS_ARE_THE_RESULT
    (session.out if to_stdout else session.talk)(_reported(session, diagnostics, format_, to_stdout))
    session.out(shown)
    (session.talk if to_stdout else session.out)(text)
    return exit_code(diagnostics, strict)


def exit_code(diagnostics: Sequence[Diagnostic], strict: bool) -> int:
    """1 when there is an error, or with `strict` a warning; else 0."""
    counts = strict or any(d.severity is Severity.ERROR for d in diagnostics)
    return EXIT_FINDINGS if diagnostics and counts else EXIT_OK


def _reported(session: Session, diagnostics: Sequence[Diagnostic], format_: str, to_stdout: bool) -> str:
    if format_ == "github":
        return report.as_github(diagnostics)
    color = session.colored(sys.stdout if to_stdout else sys.stderr)
    return report.as_text(diagnostics, color=color, most=_MANY if to_stdout else 0)


def counted(count: int, noun: str) -> str:
    """A count with its noun: `no services`, `1 service`, `2 services`."""
    return f"{count or 'no'} {noun}" + ("" if count == 1 else "s")
