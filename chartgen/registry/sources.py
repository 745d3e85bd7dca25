"""A registry and the files that it includes: each read by itself, then taken as one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from posixpath import normpath
from typing import TYPE_CHECKING, Any, TypeAlias

from chartgen.codes import diagnose
from chartgen.diagnostics import Diagnostic, Span, has_errors
from chartgen.registry.builder import Budget
from chartgen.registry.decoding import MAX_BYTES
from chartgen.registry.document import Document, parse
from chartgen.registry.schema import PARTS, check_shape, most, schema

if TYPE_CHECKING:
    from chartgen.registry.service import Path

ReadFile: TypeAlias = Callable[[str], bytes | None]
"""The bytes of a file of the repository, or None when it cannot be read."""

FindFiles: TypeAlias = Callable[[str], Sequence[str]]
"""The files that a pattern of `include` names, sorted, as `ReadFile` takes them."""

_WILD = re.compile(r"[*?[]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The data of the registry, each list with the entries of the included files at its end, and where all stands."""

    main: Document
    data: Mapping[str, Any]
    homes: Mapping[str, Sequence[tuple[Document, int]]] = field(default_factory=dict)
    """Of the lists that included files add to: the file of each entry, and its index there."""

    def span(self, path: Path, *, key: bool = False) -> Span:
        """Where the value at that path stands, or its key; of the nearest ancestor when there is no such path."""
        if len(path) > 1 and path[0] in self.homes and isinstance(path[1], int):
            section = str(path[0])
            document, index = self.homes[section][path[1]]
            return document.span((section, index, *path[2:]), key=key)
        return self.main.span(path, key=key)


def gather(
    main: Document, budget: Budget, read_file: ReadFile, find_files: FindFiles
) -> tuple[Sources, list[Diagnostic]]:
    """The registry with all that it includes, and what is wrong with that: a file with a mistake is left out."""
    reading = _Reading(main=main, budget=budget, read_file=read_file, find_files=find_files)
    parts = [part for path, index in reading.paths() if (part := reading.part(path, index))]
    sources = _joined(main, parts)
    if not has_errors(reading.found):
        reading.found += _limits(sources)
    return sources, reading.found


@dataclass(slots=True, kw_only=True)
class _Reading:
    """The included files as they are found and read."""

    main: Document
    budget: Budget
    read_file: ReadFile
    find_files: FindFiles
    found: list[Diagnostic] = field(default_factory=list)

    def paths(self) -> list[tuple[str, int]]:
        """The files to read, sorted, each with the index of the first pattern that names it."""
        named: dict[str, int] = {}
        for index, pattern in _patterns(self.main):
            others = [path for path in self.find_files(pattern) if normpath(path) != normpath(self.main.file)]
            if not others:
                self.found.append(self._nothing(index, pattern))
            for path in others:
                named.setdefault(path, index)
        return sorted(named.items())

    def part(self, path: str, index: int) -> Document | None:
        """The included file, None when it is not of use."""
        if self.budget.size < 0:
            return None
        data = self.read_file(path)
        if data is None:
            message = f"cannot read {path}: it is no regular file, may not be read, or lies outside the repository"
            self.found.append(diagnose("CG016", self._place(index), message))
            return None
        if self.budget.size < len(data) <= MAX_BYTES:
            self.budget.size = -1
            message = f"with this file, the registry has more than the {MAX_BYTES:,} bytes (16 MiB) that are read"
            hint = "move large config files out and name them with file:"
            self.found.append(diagnose("CG005", Span(path), message, hint))
            return None
        return self._parsed(path, data)

    def _parsed(self, path: str, data: bytes) -> Document | None:
        document, found = parse(path, data, self.budget, is_part=True)
        found += check_shape(document) if document else []
        self.found += found
        return None if has_errors(found) else document

    def _nothing(self, index: int, pattern: str) -> Diagnostic:
        if _WILD.search(pattern):
            return diagnose("CG017", self._place(index), f'no file matches "{pattern}"')
        if normpath(pattern) == normpath(self.main.file).rpartition("/")[2]:
            return diagnose("CG016", self._place(index), "the registry includes itself", "remove the entry")
        hint = "paths begin at the registry's folder; to take all files of a folder, write folder/*.yaml"
        return diagnose("CG016", self._place(index), f'there is no file "{pattern}"', hint)

    def _place(self, index: int) -> Span:
        return self.main.span(("include", index))


def _patterns(main: Document) -> Iterator[tuple[int, str]]:
    """The patterns of `include` that are of the form that is wanted."""
    wanted = re.compile(schema()["properties"]["include"]["items"]["pattern"])
    listed = main.data.get("include") if isinstance(main.data, dict) else None
    for index, pattern in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(pattern, str) and wanted.search(pattern):
            yield index, pattern


def _joined(main: Document, parts: Sequence[Document]) -> Sources:
    top: Any = main.data
    if not parts:
        return Sources(main=main, data=top)
    data, homes = dict(top), {}
    for section in PARTS:
        if any(section in _mapping(part) for part in parts):
            homes[section] = [home for document in (main, *parts) for home in _entries(document, section)]
            data[section] = [_mapping(document)[section][index] for document, index in homes[section]]
    return Sources(main=main, data=data, homes=homes)


def _entries(document: Document, section: str) -> Iterator[tuple[Document, int]]:
    entries = _mapping(document).get(section, ())
    return ((document, index) for index in range(len(entries) if isinstance(entries, list) else 0))


def _mapping(document: Document) -> Mapping[str, Any]:
    return document.data if isinstance(document.data, dict) else {}


def _limits(sources: Sources) -> Iterator[Diagnostic]:
    """What the schema says of the registry's lists, and can say only of one file."""
    place = sources.main.span(("include",), key=True)
    if "services" not in sources.data and "include" in sources.data:
        yield diagnose("CG102", place, "neither the registry nor a file that it includes has services")
    for section in sources.homes:
        count, limit = len(sources.homes[section]), most(section)
        if count > limit:
            message = f"with the included files, {section} has {count:,} entries; at most {limit:,} are allowed"
            yield diagnose("CG107", place, message)
