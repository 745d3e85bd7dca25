"""A line on the terminal about work that takes over a second; nothing where stderr is no terminal."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 1.0
_CLEAR = "\r\x1b[K"


@contextlib.contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Gives a function to say what is being done; it is shown after a second, and wiped away at the end."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    import threading

    now = [""]
    done = threading.Event()

    def show() -> None:
        done.wait(PATIENCE)
        while not done.is_set():
            sys.stderr.write(f"{_CLEAR}{now[0]}…" if now[0] else "")
            sys.stderr.flush()
            done.wait(0.1)

    watcher = threading.Thread(target=show, daemon=True)
    watcher.start()
    try:
        yield lambda text: now.__setitem__(0, text)
    finally:
        done.set()
        watcher.join()
        sys.stderr.write(_CLEAR)
        sys.stderr.flush()
