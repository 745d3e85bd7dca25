"""The two sides of a comparison: a registry of the working tree, of a file or of a commit, or rendered manifests."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from chartgen.errors import UsageError
from chartgen.mesh.changes import NOWHERE, Platform
from chartgen.registry import compile_registry
from chartgen.tools import files, git
from chartgen.workflows import load

if TYPE_CHECKING:
    from chartgen.diagnostics import Diagnostic, Span
    from chartgen.registry.model import Registry
    from chartgen.registry.service import Path as Place
    from chartgen.registry.sources import Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A registry, or rendered manifests (`platform`), and what it is called. `registry` is None when the diagnostics
    hold errors, for manifests, or (`absent`) when that commit has no such file; `loaded`: what was read of the disk."""

    name: str
    registry: Registry | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    platform: Platform | None = None
    absent: bool = False
    sources: Sources | None = None
    prefix: str = ""
    loaded: load.Loaded | None = None

    def place(self, path: Place) -> Span:
        """Where that part of the registry stands; the file as `HEAD:registry.yaml`."""
        if self.sources is None:
            return NOWHERE
        span = self.sources.span(path)
        return replace(span, file=f"{self.prefix}{span.file}")


WORKING_TREE = ""
"""The side that nobody named."""


@dataclass(frozen=True, kw_only=True)
class Sides:
    """Finds sides, from the folder in which chartgen runs. `registry`: the file that is compared."""

    root: Path
    registry: str

    def pair(self, names: tuple[str, ...]) -> tuple[Side, Side]:
        """Two sides from what people name: nothing (HEAD against the working tree), one (that against the working
        tree), two, or Git's `A..B` and `A...B` (from where B left A). UsageError for what is neither a file nor a
        revision; ToolError without git."""
        before, after = self._names(names)
        return self._side(before, after), self._side(after, before)

    def _names(self, names: tuple[str, ...]) -> tuple[str, str]:
        match names:
            case ():
                return "HEAD", WORKING_TREE
            case (one,) if ".." in one and not self._is_file(one):
                return self._range(one)
            case (one,):
                return one, WORKING_TREE
            case _:
                return names[0], names[1]

    def _range(self, text: str) -> tuple[str, str]:
        before, dots, after = text.partition("..." if "..." in text else "..")
        sides = before or "HEAD", after or "HEAD"
        if dots == "...":
            return self._repository.merge_base(*sides), sides[1]
        return sides

    def _is_file(self, name: str) -> bool:
        """Whether a file of that name is meant, or a folder: one without a registry may have the name of a branch."""
        path = self.root / name
        if path.is_dir() and not (path / self.registry).exists():
            return not self._is_revision(name)
        return os.path.lexists(path)

    @cached_property
    def _repository(self) -> git.Repository:
        return git.repository(self.root)

    def _side(self, name: str, other: str) -> Side:
        if name == WORKING_TREE:
            return _of_file(self.root, self.registry, "working tree")
        if self._is_file(name):
            return self._of_path(name)
        return self._of_commit(name, other)

    def _of_path(self, name: str) -> Side:
        """A registry file, or a folder with one. What is a revision as well must be told apart."""
        if "/" not in name and "." not in name and self._is_revision(name):
            words = (
                f'"{name}" is a file here and a revision too: write ./{name} for the file, heads/{name} for the branch'
            )
            raise UsageError(words)
        path = self.root / name
        if not path.is_dir():
            return _of_manifests(self.root, name) if _holds_manifests(path) else _of_file(path.parent, path.name, name)
        if (path / self.registry).is_file():
            return _of_file(path, self.registry, name)
        return _of_manifests(self.root, name)

    def _is_revision(self, name: str) -> bool:
        try:
            return self._repository.has(name)
        except Exception:  # noqa: BLE001  no git, or no repository: then it is none
            return False

    def _of_commit(self, name: str, other: str) -> Side:
        revision, colon, path = name.partition(":")
        file = path if colon and revision else self.registry
        commit = self._commit(revision or name, name)
        shown = revision if len(revision) < 40 else revision[:12]
        snapshot = self._repository.snapshot(commit)
        data = snapshot.read(file)
        if data is None and not path:
            file = self._former(file, commit, other) or file
            data = snapshot.read(file)
        if data is None and path:
            raise UsageError(f"{revision} has no {path}")
        if data is None:
            return Side(name=shown, absent=True, prefix=f"{shown}:")
        result = compile_registry(file, data, snapshot.read, _finder(file, snapshot.find))
        return Side(
            name=shown if file == self.registry else f"{shown}:{file}",
            registry=result.registry,
            diagnostics=tuple(_named(f"{shown}:", each) for each in result.diagnostics),
            sources=result.sources,
            prefix=f"{shown}:",
        )

    def _commit(self, revision: str, name: str) -> str:
        try:
            return self._repository.commit(revision)
        except UsageError as error:
            if name == "HEAD":
                raise
            raise UsageError(f'"{name}" is no file here, and {error}') from error

    def _former(self, file: str, commit: str, other: str) -> str:
        against = "" if other == WORKING_TREE or self._is_file(other) else self._repository.commit(other)
        return self._repository.former_name(file, commit, against)


def _of_file(root: Path, registry: str, name: str) -> Side:
    loaded = load.run(root, registry)
    return Side(
        name=name,
        registry=loaded.registry,
        diagnostics=loaded.diagnostics,
        sources=loaded.sources,
        loaded=loaded,
    )


_REGISTRY = re.compile(rb"^[\"']?kind[\"']?[ \t]*:[ \t]*[\"']?ServiceRegistry", re.MULTILINE)
_OBJECT = re.compile(rb"^[\"']?kind[\"']?[ \t]*:[ \t]*[\"']?[A-Z]\w+", re.MULTILINE)


def _holds_manifests(path: Path) -> bool:
    """Whether a file holds Kubernetes objects and no registry."""
    data = files.read_input(str(path))
    return bool(_OBJECT.search(data)) and not _REGISTRY.search(data)


def _of_manifests(root: Path, name: str) -> Side:
    from chartgen.mesh.manifested import platform_of_manifests
    from chartgen.mesh.subject import Subject
    from chartgen.workflows.strange import read_whole, strange_world

    manifests = read_whole(root, name)
    if not manifests.objects:
        raise UsageError(f"{name} holds neither a registry nor manifests that speak of calls")
    world = strange_world(manifests)
    home = world.assumed.namespace
    objects = {replace(ref, namespace=ref.namespace or home): tree for tree, ref in manifests.objects}
    return Side(name=name, platform=platform_of_manifests(Subject(world=world), objects))


def _named(prefix: str, diagnostic: Diagnostic) -> Diagnostic:
    return replace(diagnostic, span=replace(diagnostic.span, file=f"{prefix}{diagnostic.span.file}"))


def _finder(file: str, find: Callable[[str], list[str]]) -> Callable[[str], list[str]]:
    """`find`, for patterns that begin at the registry's folder."""
    folder = file.rpartition("/")[0]
    return lambda pattern: find(f"{folder}/{pattern}" if folder else pattern)
