"""What the last run found, in the user's cache directory. It saves time and decides nothing: any trouble is a miss."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import sys
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.registry.pod import JsonValue

KEPT = 256
_LIBRARIES = ("yaml", "jinja2", "markupsafe", "jsonschema_rs")


def load(name: str) -> JsonValue:
    """What was stored under the name; None when there is nothing, or nothing that can be read."""
    try:
        with open(f"{_folder()}/{_file(name)}", "rb") as file:
            value: JsonValue = json.loads(file.read())
    except (OSError, ValueError, RecursionError):
        return None
    return value


def store(name: str, value: JsonValue) -> None:
    """Keeps the value under the name, if it can; the oldest beyond `KEPT` go."""
    with contextlib.suppress(OSError, ValueError):
        folder = _folder()
        os.makedirs(folder, mode=0o700, exist_ok=True)
        part = f"{folder}/{_file(name)}.{os.getpid()}"
        with open(part, "w", encoding="utf-8") as file:
            json.dump(value, file)
        os.replace(part, f"{folder}/{_file(name)}")
        _prune(folder)


@functools.cache
def program_digest() -> str:
    """Changes whenever chartgen, Python, or a library that shapes the output changes."""
    digest = hashlib.sha256(f"{sys.version}\0{sys.flags.optimize}".encode())
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for path in sorted([*_sources(package), *_libraries()]):
        found = os.stat(path)
        digest.update(f"\0{path}\0{found.st_mtime_ns}\0{found.st_size}\0{found.st_ino}".encode())
    return digest.hexdigest()


def _folder() -> str:
    """XDG_CACHE_HOME (absolute, or it does not count), else ~/.cache; OSError when there is no home."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        base = os.path.expanduser("~/.cache")
    if not os.path.isabs(base):
        raise OSError("no home directory")
    return f"{base}/chartgen/generate"


def _file(name: str) -> str:
    return hashlib.sha256(os.fsencode(name)).hexdigest()[:32]


def _prune(folder: str) -> None:
    entries = [(entry.stat().st_mtime, entry.path) for entry in os.scandir(folder)]
    for _, path in sorted(entries)[:-KEPT]:
        os.unlink(path)


def _sources(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                if entry.name != "__pycache__":
                    yield from _sources(entry.path)
            elif entry.is_file():
                yield entry.path


def _libraries() -> Iterator[str]:
    for name in _LIBRARIES:
        spec = PathFinder.find_spec(name)
        if spec is not None and spec.origin:
            yield spec.origin
