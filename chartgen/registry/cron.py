"""Cron schedules as Kubernetes' parser (robfig/cron's standard form) reads them. The schema has checked their shape."""

from __future__ import annotations

import re

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
_LONGEST_EVERY = (2**63 - 1) // 10**9
_LARGEST_STEP = 2**63 - 1


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


def _part_mistake(part: str) -> str:
    span, _, step = part.partition("/")
    first, dash, last = span.partition("-")
    if dash and _number(first) > _number(last):
        return f"the range {span} runs backwards"
    if step and int(step[:20]) > _LARGEST_STEP:
        return f"the step {step} is too large"
    return ""


def _number(text: str) -> int:
    return _NAMES.get(text.lower(), 0) if not text.isdecimal() else int(text)
