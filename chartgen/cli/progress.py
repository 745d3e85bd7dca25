"""A line on the terminal about work that takes over a second; nothing where stderr is no terminal."""

from __future__ import annotations

import contextlib
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 1.0
_PACE = 0.2
_CLEAR = "\r\x1b[K"


@contextlib.contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Gives a function to say what is being done; it is shown after a second, and wiped away at the end.

    A timer shows it and not a thread: work may fork, which beside a thread is not safe."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    now = [""]
    shown = [False]

    def show(*_: object) -> None:
        if now[0]:
            shown[0] = True
            sys.stderr.write(f"{_CLEAR}{now[0]}…")
            sys.stderr.flush()

    before = signal.signal(signal.SIGALRM, show)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE, _PACE)
    try:
        yield lambda text: now.__setitem__(0, text)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if shown[0]:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()
