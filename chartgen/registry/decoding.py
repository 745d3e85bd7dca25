"""Bytes of a registry file to its text: size, encoding and characters."""

from __future__ import annotations

import codecs
import re

from chartgen.codes import diagnose
from chartgen.diagnostics import Diagnostic, Span

MAX_BYTES = 16 * 1024 * 1024
_MAX_FINDINGS = 20
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def decode(file: str, data: bytes) -> tuple[str | None, list[Diagnostic]]:
    """The text without a byte order mark, or None and what is wrong with the bytes."""
    if len(data) > MAX_BYTES:
        message = f"the file has {len(data):,} bytes; at most {MAX_BYTES:,} (16 MiB) are read"
        return None, [diagnose("CG005", Span(file), message, "move large config files out and name them with file:")]
    if data.startswith(_UTF16) or b"\0" in data[:4]:
        return None, [diagnose("CG003", Span(file, 1, 1, 1, 1), "the file is UTF-16 or UTF-32", "save it as UTF-8")]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return None, [_not_utf8(file, data, error)]
    found = _unprintable(file, text)
    return (None, found) if found else (text, [])


def _not_utf8(file: str, data: bytes, error: UnicodeDecodeError) -> Diagnostic:
    """Points at the first byte that is not UTF-8, and shows what it may have been."""
    body = data[3:] if data.startswith(codecs.BOM_UTF8) else data
    start = body.rfind(b"\n", 0, error.start) + 1
    line, column = body.count(b"\n", 0, error.start) + 1, len(body[start : error.start].decode("utf-8")) + 1
    byte = body[error.start]
    meant = bytes([byte]).decode("cp1252", "replace")
    guess = f", {meant!r} in Latin-1" if meant.isprintable() and meant != "\ufffd" else ""
    message = f"the byte 0x{byte:02X} is not UTF-8{guess}"
    return diagnose("CG003", Span(file, line, column, line, column + 1), message, "save the file as UTF-8")


def _unprintable(file: str, text: str) -> list[Diagnostic]:
    found: dict[int, Diagnostic] = {}
    for match in _UNPRINTABLE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        if line in found:
            continue
        column = match.start() - text.rfind("\n", 0, match.start())
        span = Span(file, line, column, line, column + 1)
        message = f"the control character U+{ord(match[0]):04X} cannot stand in YAML"
        found[line] = diagnose("CG004", span, message, _escape_hint(ord(match[0])))
        if len(found) == _MAX_FINDINGS:
            break
    return list(found.values())


def _escape_hint(code: int) -> str:
    if code == 0:
        return "remove it"
    escape = f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"
    return f"remove it, or write {escape} between double quotes"
