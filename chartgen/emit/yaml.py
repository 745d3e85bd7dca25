"""The one YAML writer: block style, two spaces, strings that no YAML reader can take for anything else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeGuard


class Quoted(str):
    """A string that is written in quotes even where none are needed (Helm's linters want appVersion so)."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Commented:
    """A mapping's value with a comment of one or more lines above its key."""

    comment: str
    value: Writable


Writable: TypeAlias = "None | bool | int | float | str | Sequence[Writable] | Mapping[str, Writable] | Commented"

# Starts with a letter or slash and holds nothing that means something in YAML, or is a quantity or a version
# that no reader takes for a number: safe to leave bare.
_BARE = re.compile(
    r"[A-Za-z/](?:[A-Za-z0-9_./@+-]|:(?=\S)| (?=[A-Za-z0-9/]))*(?<!:)|\d+(?:m|[KMGTP]i)|\d+\.\d+\.\d+(?:-[A-Za-z0-9.-]+)?",
    re.ASCII,
)
# What YAML 1.1 readers (Go's among them) take for a boolean or null.
_WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])
# JSON leaves these as they are; in YAML they are not printable, or break lines.
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


# One or more lines that can stand as they are under `|`: no leading blank, nothing unprintable, at most one newline
# at the end (Helm trims what follows).
_LITERAL = re.compile(r"[^\s\x00-\x1f][^\x00-\x08\x0b-\x1f]*\n(?:[^\x00-\x08\x0b-\x1f]*[^\s\x00-\x1f]\n?)?")


def dump(value: Mapping[str, Writable]) -> str:
    """The mapping as a YAML document in the order of its keys, with a final newline."""
    return "".join(f"{line}\n" for line in _mapping(value, ""))


def dump_block(value: Writable) -> str:
    """Any value as block YAML with a final newline."""
    return "".join(f"{line}\n" for line in _lines(value, ""))


def scalar(value: None | bool | int | float | str) -> str:
    """One scalar as it stands in YAML."""
    if isinstance(value, str):
        return value if _is_bare(value) else quoted(value)
    return json.dumps(value)


def quoted(value: str) -> str:
    """The string as a double-quoted YAML scalar on one line."""
    text = json.dumps(value, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda m: f"\\u{ord(m[0]):04x}", text)


def _is_bare(value: str) -> bool:
    return _BARE.fullmatch(value) is not None and value.lower() not in _WORDS and not isinstance(value, Quoted)


def _lines(value: Writable, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        yield from _mapping(value, indent)
    elif _is_list(value) and value:
        yield from _sequence(value, indent)
    else:
        yield indent + _inline(value)


def _mapping(value: Mapping[str, Writable], indent: str) -> Iterator[str]:
    for key, item in value.items():
        if isinstance(item, Commented):
            for line in item.comment.splitlines():
                yield f"{indent}# {line}".rstrip()
            item = item.value
        if _is_nested(item):
            yield f"{indent}{scalar(key)}:"
            yield from _lines(item, indent + "  ")
        elif _is_literal(item):
            yield from _literal(f"{indent}{scalar(key)}: ", item, indent + "  ")
        else:
            yield f"{indent}{scalar(key)}: {_inline(item)}"


def _sequence(value: Sequence[Writable], indent: str) -> Iterator[str]:
    for item in value:
        if _is_literal(item):
            yield from _literal(f"{indent}- ", item, indent + "  ")
            continue
        first = True
        for line in _lines(item, indent + "  "):
            yield f"{indent}- {line[len(indent) + 2 :]}" if first else line
            first = False


def _literal(start: str, text: str, indent: str) -> Iterator[str]:
    yield start + ("|" if text.endswith("\n") else "|-")
    for line in text.removesuffix("\n").split("\n"):
        yield indent + line if line else ""


def _inline(value: Writable) -> str:
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, str):
        return scalar(value)
    if isinstance(value, Sequence):
        return "[]"
    assert not isinstance(value, Commented)
    return scalar(value)


def _is_nested(value: Writable) -> bool:
    return bool(value) and (isinstance(value, Mapping) or _is_list(value))


def _is_literal(value: Writable) -> TypeGuard[str]:
    return isinstance(value, str) and "\n" in value and bool(_LITERAL.fullmatch(value)) and not _UNPRINTABLE.search(value)


def _is_list(value: Writable) -> TypeGuard[Sequence[Writable]]:
    return isinstance(value, Sequence) and not isinstance(value, str)
