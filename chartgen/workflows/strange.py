"""Manifests that are rendered already, by whatever: read from a file, a folder, or standard input."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from chartgen.errors import UsageError
from chartgen.mesh.manifests import Manifests, read_text
from chartgen.mesh.model import Dataplane
from chartgen.mesh.reading import read
from chartgen.mesh.world import Assumptions, World
from chartgen.tools import files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MAX_BYTES = 256 * 1024 * 1024
"""The release of a platform has 24 MB where it has 2,000 services."""

_SUFFIXES = (".yaml", ".yml", ".json")


def read_manifests(root: Path, path: str) -> Manifests:
    """The objects, each with the file (as people named it) and line where it stands. UsageError when there are none, or
    they cannot be read."""
    if path == "-":
        return read_text(_text(sys.stdin.buffer.read(MAX_BYTES + 1), "stdin"), "stdin")
    found = Manifests()
    for file in _files(root / path):
        name = str(file.relative_to(root)) if file.is_relative_to(root) else str(file)
        one = read_text(_text(files.read_input(str(file), MAX_BYTES), name), name)
        found.objects.extend(one.objects)
        found.problems.extend(one.problems)
    return found


def _text(data: bytes, name: str) -> str:
    """All of it: of a part, nothing could be said."""
    if len(data) > MAX_BYTES:
        raise UsageError(f"{name} has more than {MAX_BYTES:,} bytes (256 MiB)")
    return data.decode("utf-8", "replace")


def _files(path: Path) -> Sequence[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(each for each in path.rglob("*") if each.suffix in _SUFFIXES and each.is_file())
    if not found:
        raise UsageError(f"{path} holds no manifests ({', '.join(f'*{suffix}' for suffix in _SUFFIXES)})")
    return found


def main_namespace(manifests: Manifests) -> str:
    """The namespace that most objects name; `default` where none does."""
    named = Counter(ref.namespace for _, ref in manifests.objects if ref.namespace)
    return named.most_common(1)[0][0] if named else "default"


def strange_world(manifests: Manifests) -> World:
    """What they say. Namespaces without labels are in the mesh where there is a policy of one."""
    assumed = Assumptions(namespace=main_namespace(manifests))
    world = read(manifests.objects, assumed, manifests.problems)
    found = world.found
    if found.authorization or found.peers or found.requests:
        return world
    return read(manifests.objects, replace(assumed, dataplane=Dataplane.NONE), manifests.problems)
