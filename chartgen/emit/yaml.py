"""The one YAML writer: block style, two spaces, strings that no YAML reader can take for anything else."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias, TypeGuard


class Quoted(str):
    """A string that is written in quotes even where none are needed (Helm's linters want appVersion so)."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Commented:
    """A mapping's value with a comment of one or more lines above its key."""

    comment: str
    value: Writable


Scalar: TypeAlias = "None | bool | int | float | str"
Writable: TypeAlias = "Scalar | Sequence[Writable] | Mapping[str, Writable] | Commented"
"""What can be written: scalars, dicts, lists and tuples."""

# Starts with a letter or slash and holds nothing that means something in YAML, or is a quantity or a version
# that no reader takes for a number: safe to leave bare.
_BARE = re.compile(
    r"[A-Za-z/](?:[A-Za-z0-9_./@+-]|:(?=\S)| (?=[A-Za-z0-9/]))*(?<!:)"
    r"|\d+(?:m|[KMGTP]i)|\d+\.\d+\.\d+(?:-[A-Za-z0-9.-]+)?",
    re.ASCII,
)
# What YAML 1.1 readers (Go's among them) take for a boolean or null.
_WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])
# JSON leaves these as they are; in YAML they are not printable, or break lines.
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


# One or more lines that can stand as they are under `|`: no leading blank, nothing unprintable, at most one newline
# at the end (Helm trims what follows).
_LITERAL = re.compile(r"[^\s\x00-\x1f](?:[^\x00-\x08\x0b-\x1f]*[^\s\x00-\x1f])?\n?")


to_json = json.JSONEncoder(ensure_ascii=False).encode
"""One value as JSON on one line. An encoder made once: `json.dumps` makes one for each call."""


def dump(value: Mapping[str, Writable]) -> str:
    """The mapping as a YAML document in the order of its keys, with a final newline."""
    return dump_block(value)


def dump_block(value: Writable) -> str:
    """Any value as block YAML with a final newline."""
    lines: list[str] = []
    _write(value, "", lines)
    lines.append("")
    return "\n".join(lines)


def scalar(value: Scalar) -> str:
    """One scalar as it stands in YAML."""
    if isinstance(value, str):
        return quoted(value) if isinstance(value, Quoted) else _string(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return to_json(value)


def quoted(value: str) -> str:
    """The string as a double-quoted YAML scalar on one line."""
    text = to_json(value)
    return _UNPRINTABLE.sub(lambda m: f"\\u{ord(m[0]):04x}", text)


@lru_cache(maxsize=1 << 16)  # keys and common values come again in every chart
def _string(value: str) -> str:
    bare = _BARE.fullmatch(value) is not None and value.lower() not in _WORDS
    return value if bare else quoted(value)


def _write(value: Writable, indent: str, lines: list[str]) -> None:
    if isinstance(value, dict) and value:
        _write_mapping(value, indent, lines)
    elif isinstance(value, (list, tuple)) and value:
        _write_sequence(value, indent, lines)
    else:
        lines.append(indent + _inline(value))


def _write_mapping(value: Mapping[str, Writable], indent: str, lines: list[str]) -> None:
    for key, item in value.items():
        if isinstance(item, Commented):
            lines.extend(f"{indent}# {line}".rstrip() for line in item.comment.splitlines())
            item = item.value
        if isinstance(item, (dict, list, tuple)) and item:
            lines.append(f"{indent}{_string(key)}:")
            _write(item, indent + "  ", lines)
        elif _is_literal(item):
            _write_literal(f"{indent}{_string(key)}: ", item, indent + "  ", lines)
        else:
            lines.append(f"{indent}{_string(key)}: {_inline(item)}")


def _write_sequence(value: Sequence[Writable], indent: str, lines: list[str]) -> None:
    for item in value:
        if _is_literal(item):
            _write_literal(f"{indent}- ", item, indent + "  ", lines)
        else:
            start = len(lines)
            _write(item, indent + "  ", lines)
            lines[start] = f"{indent}- {lines[start][len(indent) + 2 :]}"


def _write_literal(start: str, text: str, indent: str, lines: list[str]) -> None:
    lines.append(start + ("|" if text.endswith("\n") else "|-"))
    lines.extend(indent + line if line else "" for line in text.removesuffix("\n").split("\n"))


def _inline(value: Writable) -> str:
    """A scalar, or an empty mapping or list."""
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, (list, tuple)):
        return "[]"
    assert value is None or isinstance(value, (bool, int, float, str))
    return scalar(value)


def _is_literal(value: Writable) -> TypeGuard[str]:
    if not isinstance(value, str) or "\n" not in value:
        return False
    return _LITERAL.fullmatch(value) is not None and _UNPRINTABLE.search(value) is None
