"""Templates are compiled once, as modules are, and kept where Python keeps those: making code of them takes a tenth of
a large platform's time. Nothing hangs on what is kept: any trouble is a miss."""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket, FileSystemBytecodeCache


class Compiled(FileSystemBytecodeCache):
    """The code of templates. `module`: the one that renders them, beside whose own code it is kept; `others`: those
    that decide, as it does, what code becomes of a text."""

    def __init__(self, module: str, *others: str) -> None:
        super().__init__(str(Path(cache_from_source(module)).parent), "%s.jinja")
        self._made_by = [_stamp(path) for path in (jinja2.__file__, module, *others)]

    def get_source_checksum(self, source: str) -> str:
        """Changes with the text, and with all that made code of it; of Python's version Jinja takes care."""
        return super().get_source_checksum(f"{self._made_by}\0{source}")

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fills the bucket, if there is something to fill it with."""
        with suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keeps what it holds, if that is wanted and can be."""
        if not sys.dont_write_bytecode:
            with suppress(OSError):
                super().dump_bytecode(bucket)


def _stamp(path: str) -> tuple[int, int]:
    found = Path(path).stat()
    return found.st_mtime_ns, found.st_size
