"""The stub as a process on loopback."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

STUB = Path(__file__).with_name("stub.py")


@contextlib.contextmanager
def serving(*listeners: str, options: Sequence[str] = ()) -> Iterator[dict[str, int]]:
    """Each `protocol:port` with the free port that stands for it, while the stub listens there."""
    free = [f"{listener.partition(':')[0]}:0" for listener in listeners]
    argv = [sys.executable, "-I", str(STUB), "--bind", "127.0.0.1", *options, *free]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as stub:
        assert stub.stdout
        try:
            said = stub.stdout.readline().split()
            assert len(said) == len(listeners), "the stub does not listen"
            yield {listener: int(word.rpartition(":")[2]) for listener, word in zip(listeners, said, strict=True)}
        finally:
            stub.terminate()
    assert stub.returncode == 0, f"the stub ended with exit code {stub.returncode}"
