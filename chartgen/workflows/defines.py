"""Names that templates define. All charts of a platform share one space of them, in which the last definition wins."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chartgen.diagnostics import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DEFINE = re.compile(r'\{\{-?\s*(?:/\*.*?\*/|(?:define|block)\s*("(?:[^"\\\n]|\\.)*"|`[^`]*`))', re.DOTALL)


def defines(text: str, file: str) -> Iterator[tuple[str, Span]]:
    """Each name that a template defines, with its place in the file."""
    for found in _DEFINE.finditer(text):
        if found[1]:
            line = text.count("\n", 0, found.start(1)) + 1
            column = found.start(1) - text.rfind("\n", 0, found.start(1))
            yield found[1][1:-1], Span(file, line, column, line, column + len(found[1]))


def names(texts: Iterable[str]) -> frozenset[str]:
    """The names that these templates define."""
    return frozenset(found[1][1:-1] for text in texts if "{{" in text for found in _DEFINE.finditer(text) if found[1])
