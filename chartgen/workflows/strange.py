"""Manifests that are rendered already, by whatever: read from a file, a folder, or standard input."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from chartgen.errors import UsageError
from chartgen.mesh.home import main_namespace
from chartgen.mesh.manifests import Manifests, read_text
from chartgen.mesh.model import Dataplane, Problem, Ref
from chartgen.mesh.reading import read
from chartgen.mesh.world import Assumptions, World
from chartgen.tools import files

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_BYTES = 256 * 1024 * 1024
"""The release of a platform has 24 MB where it has 2,000 services."""

_SUFFIXES = (".yaml", ".yml", ".json")


def read_manifests(root: Path, path: str) -> Manifests:
    """The objects, each with the file (as people named it) and line where it stands. UsageError when there are none, or
    they cannot be read."""
    if path == "-":
        return _read(sys.stdin.buffer.read(MAX_BYTES + 1), "stdin")
    found = Manifests()
    for file in _files(root / path):
        name = str(file.relative_to(root)) if file.is_relative_to(root) else str(file)
        one = _read(files.read_input(str(file), MAX_BYTES), name)
        found.objects.extend(one.objects)
        found.problems.extend(one.problems)
    return found


def read_whole(root: Path, path: str) -> Manifests:
    """The same, where an answer hangs on each of them: UsageError too for a text that cannot be read."""
    found = read_manifests(root, path)
    for problem in found.problems:
        if not problem.ref.kind and not problem.where:  # it is no part of an object, nor of what could be one
            place = f"{problem.ref.file}:{problem.ref.line}" if problem.ref.line else problem.ref.file
            raise UsageError(f"{place}: this document {problem.words}")
    return found


def _read(data: bytes, name: str) -> Manifests:
    """All of it: of a part, nothing could be said."""
    if len(data) > MAX_BYTES:
        raise UsageError(f"{name} has more than {MAX_BYTES:,} bytes (256 MiB)")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        words = f"is no text in UTF-8: byte {error.start + 1} is {data[error.start]:#04x}"
        place = Ref(kind="", namespace="", name="", file=name)
        return Manifests(problems=[Problem(ref=place, where="", words=words)])
    return read_text(text, name)


def _files(path: Path) -> Sequence[Path]:
    if not path.is_dir():
        return [path]
    found = [Path(each) for each in files.inputs(str(path), _SUFFIXES)]
    if not found:
        raise UsageError(f"{path} holds no manifests ({', '.join(f'*{suffix}' for suffix in _SUFFIXES)})")
    return found


def strange_world(manifests: Manifests) -> World:
    """What they say. Namespaces without labels are in the mesh where there is a policy of one."""
    assumed = Assumptions(namespace=main_namespace(manifests))
    world = read(manifests.objects, assumed, manifests.problems)
    if world.has_policies:
        return world
    return read(manifests.objects, replace(assumed, dataplane=Dataplane.NONE), manifests.problems)
