"""Diagnostics as people, programs and GitHub read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from chartgen.diagnostics import Diagnostic, Severity

if TYPE_CHECKING:
    from chartgen.registry.model import JsonValue

SCHEMA_VERSION = 1

_BOLD, _RED, _YELLOW, _RESET = "\x1b[1m", "\x1b[1;31m", "\x1b[1;33m", "\x1b[0m"


def as_text(diagnostics: Iterable[Diagnostic], *, color: bool = False) -> str:
    """One line each: `file:line:column: severity[code]: message (hint)`."""
    return "".join(f"{_line(d, color)}\n" for d in diagnostics)


def as_github(diagnostics: Iterable[Diagnostic]) -> str:
    """One workflow command each: GitHub shows them beside the lines they are about."""
    return "".join(f"{_annotation(d)}\n" for d in diagnostics)


def as_json(command: str, diagnostics: Sequence[Diagnostic], result: JsonValue = None) -> str:
    """One document: the diagnostics, and the command's own result."""
    import json

    found: list[JsonValue] = [_facts(d) for d in diagnostics]
    document = {"schemaVersion": SCHEMA_VERSION, "command": command, "diagnostics": found, "result": result}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _line(d: Diagnostic, color: bool) -> str:
    hint = f" ({_one_line(d.hint)})" if d.hint else ""
    place, kind, message = _place(d), f"{d.severity}[{d.code}]:", _one_line(d.message)
    if color:
        tint = _RED if d.severity is Severity.ERROR else _YELLOW
        place, kind = f"{_BOLD}{place}{_RESET}", f"{tint}{kind}{_RESET}"
    return f"{place} {kind} {message}{hint}"


def _place(d: Diagnostic) -> str:
    span = d.span
    return f"{_one_line(span.file)}:{span.line}:{span.column}:" if span.line else f"{_one_line(span.file)}:"


def _one_line(text: str) -> str:
    """Control characters, which an input may hold, as escapes: a message is one line and moves no cursor."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _annotation(d: Diagnostic) -> str:
    span = d.span
    properties = {"file": span.file}
    if span.line:
        properties |= {"line": str(span.line), "endLine": str(span.end_line or span.line), "col": str(span.column)}
        if span.end_line in {0, span.line} and span.end_column:
            properties["endColumn"] = str(span.end_column)
    properties["title"] = d.code
    listed = ",".join(f"{key}={_escaped(value, also=':,')}" for key, value in properties.items())
    return f"::{d.severity} {listed}::{_escaped(d.message + (f' ({d.hint})' if d.hint else ''))}"


def _escaped(text: str, also: str = "") -> str:
    return "".join(f"%{ord(c):02X}" if c in f"%\r\n{also}" else c for c in text)


def _facts(d: Diagnostic) -> dict[str, JsonValue]:
    return {
        "code": d.code,
        "severity": str(d.severity),
        "file": d.span.file,
        "line": d.span.line,
        "column": d.span.column,
        "endLine": d.span.end_line,
        "endColumn": d.span.end_column,
        "message": d.message,
        "hint": d.hint,
    }
