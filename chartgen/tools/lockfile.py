"""`charts/.chartgen.lock`: what chartgen wrote, as lines that `sha256sum -c` understands and git merges one by one."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PATH = "charts/.chartgen.lock"
FORMAT = 1
HEADER = f"# chartgen.lock {FORMAT}: what chartgen wrote in this directory, with SHA-256. Not for editing.\n"

_FIRST_LINE = re.compile(r"# chartgen\.lock (\d+)\b")
_ENTRY = re.compile(r"([0-9a-f]{64})  ((?:[A-Za-z0-9_.-]+/)+[A-Za-z0-9_.-]+)")
_CONFLICT_MARKERS = ("<<<<<<<", "|||||||", "=======", ">>>>>>>")


class State(StrEnum):
    """What became of reading the lock."""

    GOOD = "good"
    MISSING = "missing"
    CONFLICT = "merge conflict"
    CORRUPT = "corrupt"
    NEWER = "newer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """The lock as read: `hashes` maps a path (`charts/…`) to its SHA-256, or to several with spaces between, after a
    merge that kept both lines; of a lock that is not good, what its readable lines say. `digest` is that of the lock
    file itself, empty when there is none. `line` is the one that could not be read."""

    state: State = State.MISSING
    hashes: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""
    line: int = 0

    @property
    def umbrellas(self) -> set[str]:
        """The folders that it lists, such as `charts/ticketing`."""
        return {path[: path.index("/", 7)] for path in self.hashes}


def dump(hashes: Mapping[str, str]) -> str:
    """The lock file's text for these files: sorted, one section per umbrella."""
    lines = [HEADER]
    umbrella = ""
    for path in sorted(hashes):
        name = path[7 : path.index("/", 7)]
        if name != umbrella:
            umbrella = name
            lines.append(f"# umbrella {name}\n")
        lines.append(f"{hashes[path]}  {path[7:]}\n")
    return "".join(lines)


def parse(data: bytes | None) -> Lock:
    """The lock that these bytes hold; never fails, `state` says what is wrong."""
    if data is None:
        return Lock()
    digest = hashlib.sha256(data).hexdigest()
    lines = data.decode(errors="replace").splitlines()
    state, line = _first_trouble(lines)
    hashes: dict[str, str] = {}
    for number, text in enumerate(lines, 1):
        if text.startswith("#"):
            continue
        entry = _ENTRY.fullmatch(text)
        if entry is not None and not _climbs(entry[2]):
            path = f"charts/{entry[2]}"
            hashes[path] = f"{hashes[path]} {entry[1]}" if path in hashes else entry[1]
        elif state is State.GOOD:
            state, line = State.CORRUPT, number
    return Lock(state=state, hashes=hashes, digest=digest, line=line)


def _first_trouble(lines: list[str]) -> tuple[State, int]:
    for number, text in enumerate(lines, 1):
        if text.startswith(_CONFLICT_MARKERS):
            return State.CONFLICT, number
    version = _FIRST_LINE.match(lines[0]) if lines else None
    if version is None:
        return State.CORRUPT, 1
    return (State.NEWER, 1) if int(version[1]) > FORMAT else (State.GOOD, 0)


def _climbs(path: str) -> bool:
    return "." in path and not {".", ".."}.isdisjoint(path.split("/"))


def below(folder: str, paths: Iterable[str]) -> list[str]:
    """Those of the paths that lie in the folder."""
    return [path for path in paths if path.startswith(f"{folder}/")]
