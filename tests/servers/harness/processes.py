"""Namespaces of Linux, entered by the numbers of processes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path


def descendants(pid: int) -> list[int]:
    """The process and all that it started, parents first; those that end meanwhile are left out."""
    found, left = [], [pid]
    while left:
        found.append(left.pop(0))
        # The first thread is the one that starts others, in every program that is looked at here.
        left += [int(child) for child in _read(Path(f"/proc/{found[-1]}/task/{found[-1]}/children")).split()]
    return found


def first_of_namespace(pid: int, depth: int) -> int | None:
    """The process that is number 1 in a namespace of process numbers, `depth` levels below ours, among those that
    `pid` started; None as long as there is none."""
    return next((each for each in descendants(pid) if _is_first(each, depth)), None)


def _is_first(pid: int, depth: int) -> bool:
    for line in _read(Path(f"/proc/{pid}/status")).splitlines():
        if line.startswith("NSpid:"):
            numbers = line.split()[1:]
            return len(numbers) == depth + 1 and numbers[-1] == "1"
    return False


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def until(
    done: Callable[[], object], what: str | Callable[[], str], patience: float = 180.0, pause: float = 0.1
) -> None:
    """Waits until `done()` is true, also on a machine that has much else to do; a failure says what did not come."""
    end = time.monotonic() + patience
    while not done():
        if time.monotonic() > end:
            raise AssertionError(f"not after {patience:g} s: {what if isinstance(what, str) else what()}")
        time.sleep(pause)
