"""One chartgen at a time in a repository: an advisory lock on its directory, which leaves no file behind."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from typing import TYPE_CHECKING

from chartgen.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 60.0


@contextlib.contextmanager
def taken(
    root: str, *, shared: bool = False, notice: Callable[[str], None] | None = None, patience: float = PATIENCE
) -> Iterator[None]:
    """Holds the repository alone, or (`shared`) with others that only read. Waits for another chartgen up to
    `patience` seconds (`notice` hears of it), then ToolError."""
    try:
        descriptor = os.open(root, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise ToolError(f"cannot open {root}: {error.strerror}") from error
    try:
        _wait(lambda: _try(descriptor, shared), os.path.abspath(root), notice, patience)
        yield
    finally:
        os.close(descriptor)


def _wait(done: Callable[[], bool], root: str, notice: Callable[[str], None] | None, patience: float) -> None:
    deadline = time.monotonic() + patience
    while not done():
        if notice is not None:
            notice(f"waiting for another chartgen that works in {root}")
            notice = None
        if time.monotonic() > deadline:
            raise ToolError(f"another chartgen has been working in {root} for {patience:.0f} s")
        time.sleep(0.05)


def _try(descriptor: int, shared: bool) -> bool:
    """Whether the lock is ours; file systems that have no locks are taken as they are."""
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
