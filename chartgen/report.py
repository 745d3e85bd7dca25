"""Diagnostics as people, programs and GitHub read them. Pure: every function returns the text that is to be written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chartgen.diagnostics import Diagnostic, Severity, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chartgen.registry.pod import JsonValue

SCHEMA_VERSION = 1

_RESET = "\033[0m"
_BOLD = "\033[1m"
_DIM = "\033[2m"
_COLORS = {Severity.ERROR: "\033[1;31m", Severity.WARNING: "\033[1;33m"}


def as_text(diagnostics: Sequence[Diagnostic], *, color: bool = False, most: int = 0) -> str:
    """One line for each: `registry.yaml:14:9: error[CG203]: message (hint)`. `most`: of more than so many with one code
    the rest is only counted (0: all are told)."""
    told = Counter[str]()
    lines: list[str] = []
    for diagnostic in diagnostics:
        told[diagnostic.code] += 1
        if not most or told[diagnostic.code] <= most:
            lines.append(_line(diagnostic, color))
    lines += [f"… and {n - most:,} more of {code} (--format json has all)" for code, n in told.items() if 0 < most < n]
    return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a command ended before it had a result, and its exit code."""

    message: str
    exit_code: int


def as_json(
    command: str, diagnostics: Sequence[Diagnostic], result: JsonValue = None, *, failure: Failure | None = None
) -> str:
    """The one JSON document of a command: its diagnostics and its result, or the failure as `error`."""
    import json

    records: list[JsonValue] = [_record(diagnostic) for diagnostic in diagnostics]
    document = {"schemaVersion": SCHEMA_VERSION, "command": command, "diagnostics": records, "result": result}
    if failure:
        document["error"] = {"message": failure.message, "exitCode": failure.exit_code}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def as_github(diagnostics: Sequence[Diagnostic]) -> str:
    """Workflow commands that annotate the lines of a pull request."""
    return "".join(_annotation(diagnostic) + "\n" for diagnostic in diagnostics)


def _line(diagnostic: Diagnostic, color: bool) -> str:
    place, message = _place(diagnostic.span), _single(diagnostic.message)
    hint = f" ({_single(diagnostic.hint)})" if diagnostic.hint else ""
    label = f"{diagnostic.severity}[{diagnostic.code}]"
    if color:
        place, label = f"{_BOLD}{place}{_RESET}", f"{_COLORS[diagnostic.severity]}{label}{_RESET}"
        hint = f"{_DIM}{hint}{_RESET}" if hint else ""
    return f"{place}: {label}: {message}{hint}"


def _place(span: Span) -> str:
    return f"{_single(span.file)}:{span.line}:{span.column}" if span.line else _single(span.file)


def _single(text: str) -> str:
    """The text on one line, without characters that would steer a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _record(diagnostic: Diagnostic) -> dict[str, JsonValue]:
    span = diagnostic.span
    return {
        "code": diagnostic.code,
        "severity": str(diagnostic.severity),
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "endLine": span.end_line or span.line,
        "endColumn": span.end_column or span.column,
        "message": diagnostic.message,
        "hint": diagnostic.hint,
    }


def _annotation(diagnostic: Diagnostic) -> str:
    properties = {"file": diagnostic.span.file, **_range(diagnostic.span), "title": diagnostic.code}
    words = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    hint = f" ({diagnostic.hint})" if diagnostic.hint else ""
    return f"::{diagnostic.severity} {words}::{_data(diagnostic.message + hint)}"


def _range(span: Span) -> dict[str, int]:
    """GitHub takes columns only for a range within one line."""
    if not span.line:
        return {}
    if span.end_line > span.line:
        return {"line": span.line, "endLine": span.end_line}
    end = {"endColumn": span.end_column} if span.end_column else {}
    return {"line": span.line, "col": span.column, **end}


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
