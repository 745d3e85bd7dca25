"""Finding and reading files of a repository: bounded, regular files only, and none outside it."""

from __future__ import annotations

import fnmatch
import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from chartgen.errors import UsageError

MAX_BYTES = 16 * 1024 * 1024


def read_input(path: str, most: int = MAX_BYTES) -> bytes:
    """The bytes of an input that must exist, at most one more than `most`; UsageError: why it cannot be read."""
    try:
        return _read(path, piped=True, most=most)
    except FileNotFoundError:
        reason = "the link points nowhere" if os.path.islink(path) else "there is no such file"
    except IsADirectoryError:
        reason = "it is a directory"
    except OSError as error:
        raise _unreadable(path, error) from None
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


def is_there(path: str) -> bool:
    """Whether there is anything under that name, a link that points nowhere too. UsageError where nobody can tell."""
    try:
        os.lstat(path)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _unreadable(path, error) from error
    return True


def inputs(folder: str, suffixes: tuple[str, ...]) -> list[str]:
    """The files below a folder whose names end so, whatever the case, sorted; it follows links, each folder once.
    UsageError: what of it cannot be read, of which nobody knows what it holds."""
    found, seen, todo = list[str](), set[str](), [folder]
    while todo:
        path = todo.pop()
        if os.path.realpath(path) in seen:
            continue
        seen.add(os.path.realpath(path))
        try:
            with os.scandir(path) as listing:
                entries = sorted(listing, key=lambda each: each.name)
            todo += [each.path for each in entries if each.is_dir()]
            found += [each.path for each in entries if not each.is_dir() and each.name.lower().endswith(suffixes)]
        except OSError as error:
            raise _unreadable(path, error) from error
    return sorted(found)


def _unreadable(path: str, error: OSError) -> UsageError:
    return UsageError(f"cannot read {path}: {(error.strerror or str(error)).lower()}")


@dataclass(frozen=True, slots=True)
class Entry:
    """What a folder holds under a name. `linked`: a link leads there."""

    name: str
    is_folder: bool
    linked: bool = False


Listing: TypeAlias = Callable[[str], Iterable[Entry]]
"""What the folder of that path holds, in any order; nothing where it cannot be read."""


def find(folder: str, pattern: str) -> list[str]:
    """The files below `folder` whose path the pattern fits, sorted."""
    return matching(pattern, lambda path: _scanned(os.path.join(folder, path) or "."))


def matching(pattern: str, listing: Listing) -> list[str]:
    """The files of a tree of folders whose path the pattern fits, sorted: `*`, `?` and `[…]` stand for a part of one
    name, `**` for any folders (it follows no links); a name with a dot in front is met only by a pattern that has it
    too."""
    steps = [step for step in pattern.split("/") if step not in ("", ".")]
    found: Iterable[str] = [""]
    for step in steps[:-1]:
        found = [path for each in found for path in _folders(listing, each, step)]
    last = "*" if steps[-1] == "**" else steps[-1]
    if steps[-1] == "**":
        found = [path for each in found for path in _below(listing, each)]
    return sorted({path for each in found for path, entry in _named(listing, each, last) if not entry.is_folder})


def _folders(listing: Listing, folder: str, step: str) -> Iterator[str]:
    if step == "**":
        yield from _below(listing, folder)
    else:
        yield from (path for path, entry in _named(listing, folder, step) if entry.is_folder)


def _below(listing: Listing, folder: str) -> Iterator[str]:
    """The folder and all below it, links and hidden ones left out."""
    todo = [folder]
    while todo:
        each = todo.pop()
        yield each
        todo += [path for path, entry in _named(listing, each, "*") if entry.is_folder and not entry.linked]


def _named(listing: Listing, folder: str, step: str) -> Iterator[tuple[str, Entry]]:
    """What the folder holds under such a name, with its path."""
    fits = re.compile(fnmatch.translate(step)).match
    for entry in listing(folder):
        if fits(entry.name) and (step.startswith(".") or not entry.name.startswith(".")):
            yield os.path.join(folder, entry.name), entry


def _scanned(folder: str) -> Iterable[Entry]:
    try:
        return [Entry(found.name, found.is_dir(), found.is_symlink()) for found in os.scandir(folder)]
    except OSError:
        return ()


def _read(path: str, *, piped: bool = False, most: int = MAX_BYTES) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError
        if not stat.S_ISREG(mode) and not (piped and stat.S_ISFIFO(mode)):
            raise OSError(0, "It is not a regular file")
        os.set_blocking(descriptor, True)
        return file.read(most + 1)


def digest_of(root: str, folders: Iterable[str]) -> str:
    """Changes whenever a file below one of the folders does, or comes or goes; links are not followed."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(_names_below(f"{root}/{folder}")):
            digest.update(f"\0{path}\0".encode(errors="surrogateescape"))
            digest.update(_content(path))
    return digest.hexdigest()


def _names_below(folder: str) -> Iterator[str]:
    for path, _, names in os.walk(folder):
        yield from (f"{path}/{name}" for name in names)


def _content(path: str) -> bytes:
    """The digest of a file; of a link, of where it leads and of what is there."""
    link = os.readlink(path) if os.path.islink(path) else ""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        data = str(error).encode()
    return hashlib.sha256(link.encode(errors="surrogateescape") + b"\0" + data).digest()
