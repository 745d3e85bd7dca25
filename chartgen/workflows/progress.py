"""How work that takes long tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Told how many of its parts are done, and of how many."""


def silent(_done: int, _total: int) -> None:
    """Shows no progress."""
