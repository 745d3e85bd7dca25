"""What texts of policies have in common with declared ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from chartgen.mesh import strings

Meet: TypeAlias = Callable[[str, str], tuple[bool, bool]]
"""Of a policy's value and a declared one: whether something is both, and whether all that is declared is."""


def word(value: str, declared: str) -> tuple[bool, bool]:
    """Declared words are exact: methods, claims."""
    return (strings.present((value,))(declared),) * 2


def host(value: str, declared: str) -> tuple[bool, bool]:
    """Declared hosts may have a `*.` before them, policies' a port after them."""
    name, known = value.lower().partition(":")[0], declared.lower()
    if known.startswith("*."):
        inside = name.endswith(known[1:])
        return inside or "*" in name or name == known, name in ("*", known)
    whole = strings.present((name,))(known)
    return whole, whole and name == value.lower()


def path(value: str, declared: str) -> tuple[bool, bool]:
    """Declared paths are exact, or `/a/*`; those of manifests may be any text that ends with `*`."""
    if not declared.endswith("*"):
        return (strings.path((value,))(declared),) * 2
    below = declared[:-1]
    if strings.is_template(value) or value.endswith("*"):
        begin = value.partition("{")[0] if strings.is_template(value) else value.rstrip("*")
        whole = not strings.is_template(value) and below.startswith(begin)
        return below.startswith(begin) or begin.startswith(below), whole
    return value.startswith((below, "*")), False
