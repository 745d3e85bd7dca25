"""Lines on stderr about long steps: what is being done, and how long it took."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator


@contextlib.contextmanager
def step(what: str) -> Iterator[None]:
    """Prints a line before the work and one after it, with the seconds."""
    print(f"  {what} …", file=sys.stderr, flush=True)
    start = time.monotonic()
    yield
    print(f"  {what}: done in {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
