"""What lies on the disk below charts/: files by digest, and whatever else is in the way. No link is followed."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_CHUNK = 1 << 16


@dataclass(slots=True, kw_only=True)
class Disk:
    """Paths relative to the root. `hashes`: regular files (empty digest: not asked for); `odd`: links and special
    files, and files where a folder belongs; `folders`: directories."""

    hashes: dict[str, str] = field(default_factory=dict)
    odd: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)

    def files(self) -> set[str]:
        """Everything that is not a directory."""
        return self.hashes.keys() | self.odd


def scan(root: str, folders: Iterable[str], asked: Collection[str]) -> Disk:
    """What the folders hold (a missing one holds nothing); files in `asked` are read and hashed."""
    disk = Disk()
    for folder in folders:
        mode = _mode(f"{root}/{folder}")
        if stat.S_ISDIR(mode):
            _walk(root, folder, asked, disk)
        elif mode:
            disk.odd.add(folder)
    return disk


def same(root: str, hashes: dict[str, str], folders: Iterable[str]) -> bool:
    """Whether the folders hold exactly these files, and nothing else."""
    disk = scan(root, folders, hashes)
    return not disk.odd and disk.hashes == hashes


def sha256(path: str) -> str:
    """The SHA-256 of a regular file, in hexadecimal; empty when there is no such file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if os.path.islink(path) or isinstance(error, FileNotFoundError | NotADirectoryError):
            return ""
        raise
    try:
        chunk = os.read(descriptor, _CHUNK)
        digest = hashlib.sha256(chunk)
        while len(chunk) == _CHUNK:
            chunk = os.read(descriptor, _CHUNK)
            digest.update(chunk)
        return digest.hexdigest()
    finally:
        os.close(descriptor)


def is_folder(path: str) -> bool:
    """Whether it is a directory, and no link to one."""
    return stat.S_ISDIR(_mode(path))


def _walk(root: str, folder: str, asked: Collection[str], disk: Disk) -> None:
    waiting = [folder]
    while waiting:
        folder = waiting.pop()
        disk.folders.add(folder)
        with os.scandir(f"{root}/{folder}") as entries:
            for entry in entries:
                path = f"{folder}/{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(path)
                elif entry.is_file(follow_symlinks=False):
                    disk.hashes[path] = sha256(entry.path) if path in asked else ""
                else:
                    disk.odd.add(path)


def _mode(path: str) -> int:
    try:
        return os.lstat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0
