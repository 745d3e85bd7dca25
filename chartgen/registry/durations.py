"""Durations: `500ms`, `1m30s`."""

from __future__ import annotations

import re

_PART = re.compile(r"([0-9]+)(ms|h|m|s)")
_MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000}


def milliseconds(duration: str) -> int:
    """How long that is."""
    return sum(int(number) * _MILLISECONDS[unit] for number, unit in _PART.findall(duration))
