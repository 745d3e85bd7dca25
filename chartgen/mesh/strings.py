"""How Envoy compares texts for Istio: exact, `prefix*`, `*suffix`, `*`, and path templates."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from typing import TypeAlias

Matcher: TypeAlias = Callable[[str], bool]

_TEMPLATE = re.compile(r"\{\*\*?\}")
_SEGMENT = r"[a-zA-Z0-9\-._~%!$&'()*+,;:@=]+"
_REST = r"[a-zA-Z0-9\-._~%!$&'()*+,;:@=/]*"


def matcher(values: Iterable[str]) -> Matcher:
    """Whether a text is one of the values. A `*` stands for what is not empty at the begin or the end of a value, for
    itself elsewhere."""
    exact, prefixes, suffixes, anything = _sorted(values)
    if not prefixes and not suffixes and not anything:
        return exact.__contains__
    return lambda text: (
        text in exact or (anything and bool(text)) or text.startswith(prefixes) or text.endswith(suffixes)
    )


def present(values: Iterable[str]) -> Matcher:
    """As `matcher`, but `*` matches the empty text too: the header is there."""
    exact, prefixes, suffixes, anything = _sorted(values)
    return lambda text: anything or text in exact or text.startswith(prefixes) or text.endswith(suffixes)


def host(values: Iterable[str]) -> Matcher:
    """As `present`, without regard to case."""
    found = present([value.lower() for value in values])
    return lambda text: found(text.lower())


def namespace(values: Iterable[str]) -> Matcher:
    """As a sidecar compares namespaces: `*` stands for any text, at any place."""
    found = re.compile("|".join(".*".join(map(re.escape, value.split("*"))) for value in values), re.DOTALL)
    return lambda text: found.fullmatch(text) is not None


def trust_domain(values: Iterable[str]) -> Matcher:
    """One `*`, at any place, stands for any text."""
    parts = [value.split("*", 1) for value in values]
    found = re.compile("|".join(".*".join(map(re.escape, part)) for part in parts))
    return lambda text: found.fullmatch(text) is not None


def path(values: Iterable[str]) -> Matcher:
    """Paths and path templates (`{*}`: one segment, `{**}`: any rest, also none)."""
    values = list(values)
    plain = matcher([value for value in values if not is_template(value)])
    templates = [_template(value) for value in values if is_template(value)]
    if not templates:
        return plain
    return lambda text: plain(text) or any(each.fullmatch(text) for each in templates)


def is_template(value: str) -> bool:
    """Whether Istio takes the path for a template."""
    return "{*}" in value or "{**}" in value


@lru_cache(maxsize=4096)
def _template(value: str) -> re.Pattern[str]:
    parts = _TEMPLATE.split(value)
    marks = _TEMPLATE.findall(value)
    text = re.escape(parts[0])
    for mark, part in zip(marks, parts[1:], strict=True):
        text += (_SEGMENT if mark == "{*}" else _REST) + re.escape(part)
    return re.compile(text)


def _sorted(values: Iterable[str]) -> tuple[Collection[str], tuple[str, ...], tuple[str, ...], bool]:
    """The exact values, the prefixes, the suffixes, and whether `*` is among them."""
    exact: list[str] = []
    prefixes: list[str] = []
    suffixes: list[str] = []
    anything = False
    for value in values:
        if value == "*":
            anything = True
        elif value.startswith("*"):
            suffixes.append(value[1:])
        elif value.endswith("*"):
            prefixes.append(value[:-1])
        else:
            exact.append(value)
    return frozenset(exact), tuple(prefixes), tuple(suffixes), anything
