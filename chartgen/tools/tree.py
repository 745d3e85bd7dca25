"""charts/ of a repository: compared with what is wanted, and brought there in one step."""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chartgen.errors import RefusedError, ToolError
from chartgen.tools import disk, journal, lockfile, plan, turn
from chartgen.tools.journal import Change, Step, no_step
from chartgen.tools.lockfile import Lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from chartgen.tools.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """charts/ as it is, against what is wanted: the files as bytes, their digests, the lock found, the plan."""

    root: str
    contents: Mapping[str, bytes]
    hashes: Mapping[str, str]
    lock: Lock
    lock_text: bytes
    found: disk.Disk
    plan: Plan

    @property
    def lock_digest(self) -> str:
        """The SHA-256 of the lock file as it should be."""
        return hashlib.sha256(self.lock_text).hexdigest()

    @property
    def lock_is_stale(self) -> bool:
        """Whether the lock file has to be written."""
        return self.lock_digest != self.lock.digest

    @property
    def is_current(self) -> bool:
        """Whether there is nothing to do at all."""
        todo = self.plan
        return not (todo.create or todo.update or todo.remove or todo.conflicts or self.lock_is_stale)


@contextlib.contextmanager
def writing(root: str, *, force: bool = False, notice: Callable[[str], None] | None = None) -> Iterator[None]:
    """Holds charts/ alone, after finishing what a killed run left."""
    with turn.taken(root, notice=notice):
        _recover(root, force, notice)
        yield


@contextlib.contextmanager
def reading(root: str, *, notice: Callable[[str], None] | None = None) -> Iterator[None]:
    """Keeps writers away from charts/ while it is read, after finishing what a killed run left."""
    while True:
        with turn.taken(root, shared=True, notice=notice):
            if not journal.is_pending(root):
                yield
                return
        with writing(root, notice=notice):
            pass


def settle(root: str, *, notice: Callable[[str], None]) -> None:
    """Finishes what a killed run left, if that can be done now: for a command that can go on without charts/."""
    if not journal.is_pending(root):
        return
    try:
        with turn.taken(root, patience=0):
            _recover(root, False, notice)
    except RefusedError as error:
        notice(str(error))
    except ToolError:  # a repository that cannot be written, or another chartgen at work
        pass


def read_lock(root: str) -> Lock:
    """The lock of the repository."""
    try:
        with open(f"{root}/{lockfile.PATH}", "rb") as file:
            return lockfile.parse(file.read())
    except (FileNotFoundError, NotADirectoryError):
        return Lock()
    except OSError as error:
        raise ToolError(f"cannot read {lockfile.PATH}: {error.strerror}") from error


def survey(root: str, files: Mapping[str, str], *, force: bool = False) -> Survey:
    """How charts/ differs from `files` (paths `charts/<platform>/…`). A lock that is not good counts for nothing; with
    `force`, what its readable lines list is chartgen's."""
    contents = {path: files[path].encode() for path in sorted(files)}
    hashes = {path: hashlib.sha256(data).hexdigest() for path, data in contents.items()}
    lock = read_lock(root)
    if lock.state is not lockfile.State.GOOD and not force:
        lock = replace(lock, hashes={})
    found = _scan(root, lock, hashes)
    return Survey(
        root=root,
        contents=contents,
        hashes=hashes,
        lock=lock,
        lock_text=lockfile.dump(hashes).encode(),
        found=found,
        plan=plan.compare(hashes, lock, found, force=force),
    )


def is_exactly(root: str, lock_digest: str) -> bool:
    """Whether charts/ holds what the lock lists and nothing else, and the lock is the one with that digest."""
    lock = read_lock(root)
    if lock.state is not lockfile.State.GOOD or lock.digest != lock_digest or os.path.islink(f"{root}/charts"):
        return False
    with _readable():
        return disk.same(root, dict(lock.hashes), lock.umbrellas)


def write(survey: Survey, missing: Mapping[str, str] | None = None, step: Step = no_step) -> None:
    """Carries out the plan, and creates the `missing` files (values/…) where nothing is yet. All or nothing."""
    contents = [*survey.contents.items(), *((path, text.encode()) for path, text in (missing or {}).items())]
    data = dict(contents)
    data[lockfile.PATH] = survey.lock_text
    changes = [*_removals(survey), *_arrivals(survey, len(survey.plan.remove))]
    changes += [Change(verb="keep", number=len(changes) + n, path=path) for n, path in enumerate(missing or {})]
    changes.append(Change(verb="put", number=len(changes), path=lockfile.PATH, old=survey.lock.digest))
    journal.write(survey.root, changes, lambda: _stage(survey.root, changes, data, step), step)


def only_line_ends(root: str, path: str, lock: Lock) -> bool:
    """Whether an edited file is what chartgen wrote but for its line ends (git's autocrlf)."""
    try:
        with open(f"{root}/{path}", "rb") as file:
            data = file.read().replace(b"\r\n", b"\n")
    except OSError:
        return False
    return hashlib.sha256(data).hexdigest() in lock.hashes.get(path, "")


def _scan(root: str, lock: Lock, hashes: Mapping[str, str]) -> disk.Disk:
    umbrellas = lock.umbrellas | {plan.umbrella(path) for path in hashes}
    with _readable():
        if os.path.lexists(f"{root}/charts") and not disk.is_folder(f"{root}/charts"):
            return disk.Disk(odd={"charts"})
        return disk.scan(root, sorted(umbrellas), hashes.keys() | lock.hashes.keys() | plan.ancestors(hashes))


def _removals(survey: Survey) -> Iterator[Change]:
    for number, path in enumerate(sorted(survey.plan.remove)):
        yield Change(verb="remove", number=number, path=path, old=survey.found.hashes.get(path, ""))


def _arrivals(survey: Survey, number: int) -> Iterator[Change]:
    """Whole new umbrellas as one directory each, then the files."""
    nothing_there = {plan.umbrella(path) for path in survey.hashes} - survey.found.folders - survey.found.odd
    for folder in sorted(nothing_there):
        yield Change(verb="tree", number=number, path=folder)
        number += 1
    for path in sorted([*survey.plan.create, *survey.plan.update]):
        if plan.umbrella(path) not in nothing_there:
            yield Change(verb="put", number=number, path=path, old=survey.found.hashes.get(path, ""))
            number += 1


def _stage(root: str, changes: list[Change], data: Mapping[str, bytes], step: Step) -> None:
    made: set[str] = set()
    for change in changes:
        new = f"{journal.WORK}/new/{change.number}"
        if change.verb == "tree":
            start = len(change.path)
            for path in lockfile.below(change.path, data):
                file = new + path[start:]
                journal.make_folder(root, file[: file.rindex("/")], made, step)
                _create(root, file, data[path], step)
        elif change.verb != "remove":
            _create(root, new, data[change.path], step)


def _create(root: str, path: str, data: bytes, step: Step) -> None:
    step(f"write {path}")
    descriptor = os.open(f"{root}/{path}", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        written = os.write(descriptor, data)
        while written < len(data):
            written += os.write(descriptor, data[written:])
    finally:
        os.close(descriptor)


def _recover(root: str, force: bool, notice: Callable[[str], None] | None) -> None:
    outcome = journal.recover(root, force=force)
    if outcome and notice is not None:
        notice(f"an interrupted run of chartgen was {outcome}")


@contextlib.contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ToolError(f"cannot read {error.filename or 'charts/'}: {error.strerror}") from error
