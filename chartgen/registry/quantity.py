"""Kubernetes quantities: `500m`, `1.5Gi`, `2e3`. The grammar is that of apimachinery's resource.ParseQuantity."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from functools import lru_cache

from chartgen.registry.limits import MAX_INT

_QUANTITY = re.compile(r"([+-]?)(\d+\.?\d*|\.\d+)(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,9}))?")
_SCALES = {
    "": Fraction(1),
    **{unit: Fraction(1, 1000**power) for power, unit in enumerate("mun", 1)},
    **{unit: Fraction(1000**power) for power, unit in enumerate("kMGTPE", 1)},
    **{f"{unit}i": Fraction(1024**power) for power, unit in enumerate("KMGTPE", 1)},
}
_BYTES = ("memory", "ephemeral-storage", "storage")
HUGE_PAGES = "hugepages-"
"""How the names of huge pages begin; their size follows."""

_LONGEST = 64
_LARGEST_EXPONENT = 18
"""Beyond 10^18 Kubernetes silently caps the number, which nobody means."""


@lru_cache(maxsize=4096)
def parse_quantity(text: str) -> Fraction | None:
    """The number that Kubernetes reads, exactly; None when it would refuse the text."""
    match = _QUANTITY.fullmatch(text)
    if match is None or not text.isascii() or len(text) > _LONGEST:
        return None
    sign, digits, unit, exponent = match.groups()
    if exponent is not None and abs(int(exponent)) > _LARGEST_EXPONENT:
        return None
    number = Fraction(digits.rstrip(".") if digits[-1] == "." else digits)
    scale = Fraction(10) ** int(exponent) if exponent is not None else _SCALES[unit or ""]
    return (-1 if sign == "-" else 1) * number * scale


def refusal(name: str, text: str) -> str:
    """Why Kubernetes would not take that much of the resource, or silently make it less; empty when it would."""
    number = parse_quantity(text)
    if number is None or number > MAX_INT:
        return "it is too large, or has too many digits"
    if number == 0 and name == "storage":
        return "ask for more than nothing"
    if is_extended(name) and number.denominator != 1:
        return f"{name} is counted in whole numbers"
    page = parse_quantity(name.removeprefix(HUGE_PAGES)) if name.startswith(HUGE_PAGES) else None
    if page and number % page:
        return f"{name} is counted in pages of {name.removeprefix(HUGE_PAGES)}"
    return ""


def whole_bytes(name: str, text: str) -> str:
    """What to write, in words, where the quantity has a fraction of a byte; empty for all others."""
    number = parse_quantity(text) if name in _BYTES or name.startswith(HUGE_PAGES) else None
    if number is None or number.denominator == 1:
        return ""
    if text.endswith("m"):
        return f"m is a thousandth; did you mean {text.removesuffix('m')}Mi?"
    return "it is less than a byte: give it a unit such as Mi" if number < 1 else f"write {math.ceil(number)}"


def is_extended(name: str) -> bool:
    """Whether it is a device or huge pages, which are not overcommitted."""
    return "/" in name or name.startswith(HUGE_PAGES)
