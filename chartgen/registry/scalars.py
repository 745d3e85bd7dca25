"""Plain scalars as YAML 1.2's core schema reads them: `no`, `on`, `12:30` are text and 0123 is the number 123."""

from __future__ import annotations

import re
from typing import TypeAlias

from chartgen.registry.limits import MAX_INT

Scalar: TypeAlias = "str | int | float | bool | None"

MIN_INT = -MAX_INT - 1
_MAX_DIGITS = 64
_SUSPECTS = frozenset("-+.0123456789~nNtTfF")
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_UNBOUNDED = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


class UnusableNumberError(ValueError):
    """A number that no 64-bit machine holds: the message says why."""


def resolve(text: str) -> Scalar:
    """The value of a plain scalar; UnusableNumberError for NaN, infinity and integers over 64 bits.

    A float without a fraction is an integer, as JSON Schema counts it."""
    if text and text[0] not in _SUSPECTS:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return _bounded(text, 10)
    if _BASED.fullmatch(text):
        return _bounded(text[2:], 8 if text[1] == "o" else 16)
    if _FLOAT.fullmatch(text):
        return _float(text)
    if _UNBOUNDED.fullmatch(text):
        raise UnusableNumberError(f"{text} is no number that can be used here")
    return text


def resolve_as(tag: str, text: str) -> Scalar:
    """The value under a core tag (`int`, `float`, `bool`, `null`); ValueError when the text is none of that tag."""
    value = resolve(text)
    fits = {
        "int": isinstance(value, int) and not isinstance(value, bool),
        "float": isinstance(value, (int, float)) and not isinstance(value, bool),
        "bool": isinstance(value, bool),
        "null": value is None,
    }
    if not fits[tag]:
        raise ValueError(f'"{text}" is not of the type !!{tag}')
    return value


def _bounded(digits: str, base: int) -> int:
    value = int(digits, base) if len(digits) <= _MAX_DIGITS else MAX_INT + 1
    if MIN_INT <= value <= MAX_INT:
        return value
    raise UnusableNumberError("the integer has more than 64 bits")


def _float(text: str) -> int | float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise UnusableNumberError(f"{text} is larger than any number that can be used here")
    return int(value) if value.is_integer() and MIN_INT <= value <= MAX_INT else value
