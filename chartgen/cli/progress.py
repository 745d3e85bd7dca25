"""A line on the terminal for work that takes over a second; nothing where stderr is none."""

from __future__ import annotations

import sys
import time

PATIENCE = 1.0


class Progress:
    """Called with (done, total), it keeps one line of stderr up to date; `close` wipes it."""

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._started = time.monotonic()
        self._shown = False

    def __call__(self, done: int, total: int) -> None:
        """Shows how far it is, once a second has gone by."""
        if sys.stderr.isatty() and time.monotonic() - self._started > PATIENCE:
            sys.stderr.write(f"\r\x1b[K{self._subject}: {done} of {total}")
            sys.stderr.flush()
            self._shown = True

    def close(self) -> None:
        """Takes the line away."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
