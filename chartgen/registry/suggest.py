"""What a misspelt word was probably meant to be."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_MANY = 500
_LONGEST = 80
_SHORTEST = 3
"""A beginning of that many letters tells which word is meant, where only one begins so."""

_ALPHABET = string.ascii_lowercase + string.digits + "-_."


def suggest(word: str, candidates: Collection[str]) -> str:
    """The candidate that `word` most likely stands for, or "" when none is near: another spelling of the same word
    (min_instances for minInstances) first, then the only one that begins so, then the fewest typing mistakes."""
    if len(word) > _LONGEST:
        return ""
    if len(candidates) > _MANY:
        return _one_slip_away(word, candidates)
    plain = _plain(word)
    for candidate in candidates:
        if _plain(candidate) == plain:
            return candidate
    longer = [candidate for candidate in candidates if len(word) >= _SHORTEST and candidate.startswith(word)]
    if len(longer) == 1:
        return longer[0]
    limit = min(3, len(word) // 3)
    near = [(distance(word, c, limit), c) for c in candidates if abs(len(c) - len(word)) <= limit]
    best = min(near, default=(limit + 1, ""))
    return best[1] if best[0] <= limit else ""


def did_you_mean(word: str, candidates: Collection[str]) -> str:
    """The suggestion as a hint, or ""."""
    found = suggest(word, candidates)
    return f'did you mean "{found}"?' if found else ""


def distance(a: str, b: str, limit: int) -> int:
    """Typing mistakes between two words (insert, drop, replace, swap of neighbours); limit + 1 stands for more."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        older, before = before, row
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and y == a[i - 2]:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return min(row[-1], limit + 1)


def _plain(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "").replace(" ", "")


def _one_slip_away(word: str, candidates: Collection[str]) -> str:
    """The first candidate that one typing mistake turns into `word`: quick however many candidates there are."""
    known = candidates if isinstance(candidates, (set, frozenset, dict)) else frozenset(candidates)
    respelt = word.lower().replace("_", "-")
    return respelt if respelt in known else min((slip for slip in _slips(word) if slip in known), default="")


def _slips(word: str) -> Iterator[str]:
    for i in range(len(word) + 1):
        head, tail = word[:i], word[i:]
        if tail:
            yield head + tail[1:]
            yield from (head + letter + tail[1:] for letter in _ALPHABET)
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        yield from (head + letter + tail for letter in _ALPHABET)
