"""Both cores for pure work on many items."""

from __future__ import annotations

import marshal
import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    Item = TypeVar("Item")

_WORTH_IT = 100
"""Fewer items than this are done before a second process would be up."""


def on_both_cores(work: Callable[[Sequence[Item]], dict[str, str]], items: Sequence[Item]) -> dict[str, str]:
    """What `work` makes of the items, the second half made by a fork where that pays and is safe."""
    half = len(items) // 2
    if len(items) < _WORTH_IT or not _can_fork():
        return work(items)
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        _send(writer, work, items[half:])
    os.close(writer)
    first = work(items[:half])
    second = _receive(reader, child)
    return first | (work(items[half:]) if second is None else second)


def _can_fork() -> bool:
    # A fork beside other threads could inherit a lock that nobody will ever release.
    return hasattr(os, "fork") and (os.cpu_count() or 1) > 1 and threading.active_count() == 1


def _send(writer: int, work: Callable[[Sequence[Item]], dict[str, str]], items: Sequence[Item]) -> None:
    """In the child: the result through the pipe, then the end, without the parent's clean-up. Whatever goes wrong
    here, the parent does the work again and meets it there."""
    try:
        with os.fdopen(writer, "wb") as pipe:
            marshal.dump(work(items), pipe)
        os._exit(0)
    finally:
        os._exit(1)


def _receive(reader: int, child: int) -> dict[str, str] | None:
    with os.fdopen(reader, "rb") as pipe:
        data = pipe.read()
    _, status = os.waitpid(child, 0)
    if status:
        return None
    result: dict[str, str] = marshal.loads(data)  # noqa: S302 - our own child wrote it
    return result
