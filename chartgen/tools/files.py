"""Reading files of a repository: bounded, regular files only, and none outside it."""

from __future__ import annotations

import os
import stat

from chartgen.errors import UsageError

MAX_BYTES = 16 * 1024 * 1024


def read_input(path: str) -> bytes:
    """The bytes of an input that must exist, at most one more than `MAX_BYTES`; UsageError: why it cannot be read."""
    try:
        return _read(path, piped=True)
    except FileNotFoundError:
        reason = "the link points nowhere" if os.path.islink(path) else "there is no such file"
    except IsADirectoryError:
        reason = "it is a directory"
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
    raise UsageError(f"cannot read {path}: {reason}")


def read_inside(root: str, path: str) -> bytes | None:
    """The bytes of a regular file below `root` (at most one more than `MAX_BYTES`), or None when it cannot be read or,
    links followed, lies outside."""
    base = os.path.realpath(root)
    real = os.path.realpath(os.path.join(base, path))
    if os.path.commonpath([base, real]) != base:
        return None
    try:
        return _read(real)
    except OSError:
        return None


def _read(path: str, *, piped: bool = False) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError
        if not stat.S_ISREG(mode) and not (piped and stat.S_ISFIFO(mode)):
            raise OSError(0, "It is not a regular file")
        os.set_blocking(descriptor, True)
        return file.read(MAX_BYTES + 1)
