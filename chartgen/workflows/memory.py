"""What the last run of generate found in a repository, so that the next one need not compile to see that nothing
changed. The key is a digest of every input; what the files on disk are is never remembered, always looked up."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chartgen.diagnostics import Diagnostic, Severity, Span
from chartgen.tools import cache, files
from chartgen.workflows import load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from chartgen.registry.pod import JsonValue
    from chartgen.workflows.overlays import Overlays

_FORMAT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What a run reads before it compiles."""

    root: Path
    file: str
    registry: bytes
    overlays: Overlays


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What followed from the inputs: further files read (path → digest), those that patterns of `include` mean, the
    declared environments, the releases, the warnings to repeat, how many files, and the digest of the lock that lists
    them."""

    read: Mapping[str, str]
    matched: Mapping[str, Sequence[str]]
    environments: tuple[str, ...]
    releases: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]
    files: int
    lock: str


def recall(inputs: Inputs) -> Memory | None:
    """What is known about exactly these inputs; None when anything differs, or a values file is missing."""
    found = cache.load(_name(inputs))
    if not isinstance(found, dict) or found.get("key") != _key(inputs):
        return None
    try:
        memory = _from_json(found)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    base = str(inputs.root)
    if any(load.find_included(inputs.root, inputs.file, key) != paths for key, paths in memory.matched.items()):
        return None
    if any(load.digest(files.read_inside(base, path)) != digest for path, digest in memory.read.items()):
        return None
    wanted = (f"{base}/values/{name}/{file}" for name in memory.environments for file in _VALUES)
    return memory if all(os.path.lexists(path) for path in wanted) else None


def remember(inputs: Inputs, memory: Memory) -> None:
    """Keeps it for the next run."""
    cache.store(_name(inputs), {"key": _key(inputs), **_to_json(memory)})


_VALUES = ("values.yaml", "release.yaml")


def _name(inputs: Inputs) -> str:
    return f"{os.path.realpath(inputs.root)}\0{inputs.file}"


def _key(inputs: Inputs) -> str:
    digest = hashlib.sha256(f"{_FORMAT}\0{cache.program_digest()}\0{inputs.file}\0".encode(errors="surrogateescape"))
    digest.update(hashlib.sha256(inputs.registry).digest())
    for path, data in inputs.overlays.files.items():
        digest.update(f"\0{path}\0{load.digest(data)}".encode(errors="surrogateescape"))
    return digest.hexdigest()


def _to_json(memory: Memory) -> dict[str, JsonValue]:
    return {
        "read": dict(memory.read),
        "matched": {pattern: list(paths) for pattern, paths in memory.matched.items()},
        "environments": list(memory.environments),
        "releases": list(memory.releases),
        "diagnostics": [_diagnostic_to_json(d) for d in memory.diagnostics],
        "files": memory.files,
        "lock": memory.lock,
    }


def _from_json(found: dict[str, JsonValue]) -> Memory:
    read, environments, diagnostics = found["read"], found["environments"], found["diagnostics"]
    number, lock, matched = found["files"], found["lock"], found["matched"]
    if not isinstance(read, dict) or not isinstance(environments, list) or not isinstance(diagnostics, list):
        raise TypeError
    if not isinstance(number, int) or not isinstance(lock, str) or not isinstance(matched, dict):
        raise TypeError
    return Memory(
        read={path: str(digest) for path, digest in read.items()},
        matched={pattern: _texts(paths) for pattern, paths in matched.items()},
        environments=tuple(str(name) for name in environments),
        releases=tuple(_texts(found["releases"])),
        diagnostics=tuple(_diagnostic_from_json(d) for d in diagnostics),
        files=number,
        lock=lock,
    )


def _texts(found: JsonValue) -> list[str]:
    if not isinstance(found, list):
        raise TypeError
    return [str(each) for each in found]


def _diagnostic_to_json(d: Diagnostic) -> JsonValue:
    place = d.span
    where: list[JsonValue] = [place.file, place.line, place.column, place.end_line, place.end_column]
    return {"code": d.code, "severity": str(d.severity), "span": where, "message": d.message, "hint": d.hint}


def _diagnostic_from_json(found: JsonValue) -> Diagnostic:
    if not isinstance(found, dict):
        raise TypeError
    place = found["span"]
    if not isinstance(place, list):
        raise TypeError
    file, *numbers = place
    return Diagnostic(
        code=str(found["code"]),
        severity=Severity(str(found["severity"])),
        span=Span(str(file), *(int(str(n)) for n in numbers)),
        message=str(found["message"]),
        hint=str(found["hint"]),
    )
