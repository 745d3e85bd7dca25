"""The registry of a repository, read and compiled, with a note of every file that was read on the way."""

from __future__ import annotations

import hashlib
import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chartgen.errors import UsageError
from chartgen.tools import files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from chartgen.diagnostics import Diagnostic
    from chartgen.registry.model import Registry
    from chartgen.registry.sources import Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A registry file after compilation: `registry` is None when `diagnostics` holds errors. `read` maps each file it
    refers to, relative to `root`, to the digest of its bytes (empty: it could not be read); `matched` each pattern of
    `include` to the files that it means."""

    root: Path
    file: str
    registry: Registry | None
    diagnostics: tuple[Diagnostic, ...]
    sources: Sources | None
    read: Mapping[str, str] = field(default_factory=dict)
    matched: Mapping[str, Sequence[str]] = field(default_factory=dict)


def run(root: Path, registry: str = "registry.yaml") -> Loaded:
    """Reads and compiles. UsageError when the file cannot be read; mistakes in it are diagnostics."""
    return compiled(root, registry, read_registry(root, registry))


def read_registry(root: Path, registry: str) -> bytes:
    """The bytes of the registry; UsageError when it cannot be read."""
    try:
        return files.read_input(str(root / registry))
    except ValueError as error:
        raise UsageError(f"cannot read {registry!r}: {error}") from error


def compiled(root: Path, file: str, data: bytes) -> Loaded:
    """Those bytes, compiled; `file` is the name by which diagnostics call them."""
    from chartgen.registry import compile_registry

    read: dict[str, str] = {}
    matched: dict[str, list[str]] = {}

    def find(pattern: str) -> list[str]:
        matched[pattern] = find_included(root, file, pattern)
        return matched[pattern]

    result = compile_registry(file, data, _reader(root, read), find)
    return Loaded(
        root=root,
        file=file,
        registry=result.registry,
        diagnostics=tuple(result.diagnostics),
        sources=result.sources,
        read=read,
        matched=matched,
    )


def find_included(root: Path, file: str, pattern: str) -> list[str]:
    """The files that a pattern of the registry's `include` means, relative to `root`, sorted."""
    folder = posixpath.dirname(file)
    return [posixpath.join(folder, path) for path in files.find(str(root / folder), pattern)]


def digest(data: bytes | None) -> str:
    """The SHA-256 of a file's bytes, empty for one that cannot be read."""
    return "" if data is None else hashlib.sha256(data).hexdigest()


def _reader(root: Path, read: dict[str, str]) -> Callable[[str], bytes | None]:
    base = str(root)

    def reader(path: str) -> bytes | None:
        data = files.read_inside(base, path)
        read[path] = digest(data)
        return data

    return reader
