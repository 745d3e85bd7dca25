"""Cron schedules as Kubernetes' parser (robfig/cron's standard form) reads them. The schema has checked their shape."""

from __future__ import annotations

import re

from chartgen.registry.limits import MAX_INT

_NAMES = {
    name: number
    for number, name in [
        *enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1),
        *enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
    ]
}
_FIELDS = ("minute", "hour", "day of the month", "month", "day of the week")
_DURATION = re.compile(r"([0-9]+)([hms])")
_SECONDS = {"h": 3600, "m": 60, "s": 1}
_LONGEST_EVERY = MAX_INT // 10**9
_LONGEST_MONTH = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
_ANY = re.compile(r"(^|,)[*?](/0*1)?(,|$)")
"""A field that leaves the other of the two day fields alone; with a step it does not."""


def schedule_mistake(schedule: str) -> str:
    """What Kubernetes would not accept in it; empty when it is fine."""
    if schedule.startswith("@"):
        seconds = sum(int(n[:20]) * _SECONDS[unit] for n, unit in _DURATION.findall(schedule))
        return "the interval is too long" if seconds > _LONGEST_EVERY else ""
    for field, text in zip(_FIELDS, schedule.split(), strict=False):
        for part in text.split(","):
            mistake = _part_mistake(part)
            if mistake:
                return f"{mistake} in its {field}"
    return ""


def never_comes(schedule: str) -> bool:
    """Whether its days of the month are in none of its months; a day of the week beside them comes all the same."""
    fields = schedule.split()
    if schedule.startswith("@") or len(fields) != len(_FIELDS) or not _ANY.search(fields[4]):
        return False
    days, months = (_values(field, first, last) for field, first, last in ((fields[2], 1, 31), (fields[3], 1, 12)))
    return bool(days) and all(min(days) > _LONGEST_MONTH.get(month, 31) for month in months)


def _values(field: str, lowest: int, highest: int) -> set[int]:
    """The numbers that a field stands for."""
    found: set[int] = set()
    for part in field.split(","):
        span, slash, step = part.partition("/")
        first, dash, last = span.partition("-")
        begin = lowest if first in "*?" else _number(first)
        end = _number(last) if dash else (highest if slash or first in "*?" else begin)
        found.update(range(begin, end + 1, min(int(step[:20] or 1), highest) if slash else 1))
    return found


def _part_mistake(part: str) -> str:
    span, _, step = part.partition("/")
    first, dash, last = span.partition("-")
    if dash and _number(first) > _number(last):
        return f"the range {span} runs backwards"
    if step and int(step[:20]) > MAX_INT:
        return f"the step {step} is too large"
    return ""


def _number(text: str) -> int:
    return _NAMES.get(text.lower(), 0) if not text.isdecimal() else int(text)
