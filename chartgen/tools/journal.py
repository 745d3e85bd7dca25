"""Changes to a tree as one: staged beside, written down, renamed into place; finished or undone after a kill.

Everything happens in `charts/.chartgen.work`: `new/<n>` is what comes, `old/<n>` what goes. Before the file `journal`
is there, nothing has changed, and the folder can go. While it is there, the changes can be finished by doing them
again: each step is a rename that is skipped when it has been done. `undo` instead of `journal` means: backwards.
Safe against the end of the process at any moment; not against that of the machine (nothing is synced).
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from chartgen.errors import RefusedError, ToolError
from chartgen.tools import disk

WORK = "charts/.chartgen.work"
JOURNAL = f"{WORK}/journal"
UNDO = f"{WORK}/undo"
_FOLDERS = frozenset({"charts", "values", ".github"})
_FILES = frozenset({"registry.yaml", "registry.schema.json", "README.md", ".gitignore", ".gitattributes"})
_HEADER = "chartgen journal 1"

Step: TypeAlias = Callable[[str], None]
"""Called with a few words before every effect on the disk: a test stops the process there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change. `verb`: `put` a file, `keep` (put, unless something is there), `tree` (put a whole new directory) or
    `remove`. `old` is the SHA-256 of the file that goes, empty when there is none."""

    verb: str
    number: int
    path: str
    old: str = ""


def no_step(_: str) -> None:
    """The step of every run that is not a test."""


def write(root: str, changes: Sequence[Change], stage: Callable[[], None], step: Step = no_step) -> None:
    """Makes the changes, all or none. `stage` puts what is new under `staged(root, number)`. ToolError when the disk
    refuses: the tree is then as it was."""
    with _otherwise(lambda: _discard(root, no_step), "nothing was changed"):
        _start(root, changes, stage, step)
    with _otherwise(lambda: _back(root, changes), "everything was put back"):
        _apply(root, changes, step)
    with _otherwise(lambda: None, "the next run of chartgen finishes it"):
        _finish(root, JOURNAL, step)


def recover(root: str, *, force: bool = False, step: Step = no_step) -> str:
    """Finishes or undoes what an earlier process left: `finished`, `undone`, `cleaned up`; empty: there was nothing.
    RefusedError when a file has been edited since (`force` overrides)."""
    if not is_pending(root):
        return ""
    if not os.path.lexists(f"{root}/{WORK}"):
        _rmdir(root, "charts", step)
        return ""
    try:
        return _recover(root, force, step)
    except OSError as error:
        raise ToolError(f"cannot finish what an interrupted run left in {WORK}: {_words(error)}") from error


def is_pending(root: str) -> bool:
    """Whether a killed run has left something: its folder, or an empty charts/."""
    try:
        return os.path.lexists(f"{root}/{WORK}") or not os.listdir(f"{root}/charts")
    except OSError:
        return False


def staged(root: str, number: int) -> str:
    """Where the new file or directory of that number is prepared."""
    return f"{root}/{WORK}/new/{number}"


def make_folder(root: str, folder: str, made: set[str], step: Step = no_step) -> None:
    """Makes a directory and its parents below `root`; NotADirectoryError where a link or a file is in the way."""
    if not folder or folder in made:
        return
    make_folder(root, folder.rpartition("/")[0], made, step)
    step(f"mkdir {folder}")
    try:
        os.mkdir(f"{root}/{folder}")
    except FileExistsError:
        if not disk.is_folder(f"{root}/{folder}"):
            raise NotADirectoryError(20, "Not a directory", folder) from None
    made.add(folder)


def _start(root: str, changes: Sequence[Change], stage: Callable[[], None], step: Step) -> None:
    made: set[str] = set()
    make_folder(root, f"{WORK}/new", made, step)
    make_folder(root, f"{WORK}/old", made, step)
    stage()
    lines = [_HEADER, *(f"{c.verb}\t{c.number}\t{c.old}\t{c.path}" for c in changes), "end", ""]
    step("write the journal")
    with open(f"{root}/{JOURNAL}.part", "w", encoding="utf-8", newline="\n") as file:
        file.write("\n".join(lines))
    step("begin")
    os.rename(f"{root}/{JOURNAL}.part", f"{root}/{JOURNAL}")


def _apply(root: str, changes: Sequence[Change], step: Step) -> None:
    """Forwards: removals first, so that a file may take the place of a folder. Skips what has been done."""
    removals = [change for change in changes if change.verb == "remove"]
    for change in removals:
        _set_aside(root, change, step)
    _prune(root, (change.path for change in removals), step)
    made: set[str] = set()
    for change in changes:
        new, target = staged(root, change.number), f"{root}/{change.path}"
        if change.verb == "remove" or not os.path.lexists(new):
            continue
        make_folder(root, change.path.rpartition("/")[0], made, step)
        if change.verb == "keep" and os.path.lexists(target):
            continue
        _set_aside(root, change, step)
        step(f"place {change.path}")
        os.rename(new, target)


def _set_aside(root: str, change: Change, step: Step) -> None:
    target, old = f"{root}/{change.path}", _old(root, change)
    if os.path.lexists(old) or not os.path.lexists(target):
        return
    if not disk.is_folder(target):
        step(f"set aside {change.path}")
        os.rename(target, old)
    elif change.verb == "put":
        os.rmdir(target)


def _back(root: str, changes: Sequence[Change]) -> None:
    """Backwards, after a failure of `_apply`."""
    try:
        os.rename(f"{root}/{JOURNAL}", f"{root}/{UNDO}")
        _undo(root, changes, no_step)
        _finish(root, UNDO, no_step)
    except OSError as error:
        raise ToolError(f"cannot put charts/ back: {_words(error)}; the next run of chartgen goes on there") from error


def _undo(root: str, changes: Sequence[Change], step: Step) -> None:
    placed = [change for change in changes if change.verb != "remove"]
    for change in reversed(placed):
        new, target = staged(root, change.number), f"{root}/{change.path}"
        if not os.path.lexists(new) and os.path.lexists(target):
            step(f"take back {change.path}")
            os.rename(target, new)
        _restore(root, change, step)
    _prune(root, (change.path for change in placed), step)
    for change in changes:
        if change.verb == "remove":
            _restore(root, change, step)


def _restore(root: str, change: Change, step: Step) -> None:
    old, target = _old(root, change), f"{root}/{change.path}"
    if os.path.lexists(old) and not os.path.lexists(target):
        make_folder(root, change.path.rpartition("/")[0], set(), step)
        step(f"restore {change.path}")
        os.rename(old, target)


def _recover(root: str, force: bool, step: Step) -> str:
    for name in (UNDO, JOURNAL):
        if os.path.lexists(f"{root}/{name}"):
            changes = _read(f"{root}/{name}")
            _refuse_links(root, changes)
            if name == UNDO:
                _undo(root, changes, step)
            else:
                _refuse_edited(root, [] if force else changes)
                _apply(root, changes, step)
            _finish(root, name, step)
            return "undone" if name == UNDO else "finished"
    _discard(root, step)
    return "cleaned up"


def _read(path: str) -> list[Change]:
    with open(path, encoding="utf-8", newline="\n") as file:
        lines = file.read().split("\n")
    if lines[0] != _HEADER or lines[-2:] != ["end", ""]:
        raise _untrusted(path)
    return [_change(line.split("\t", 3), path) for line in lines[1:-2]]


def _change(fields: list[str], journal: str) -> Change:
    """One line of a journal. It comes from the disk, so it must not lead to anything but what chartgen writes."""
    verb, number, old, path = fields if len(fields) == 4 else ("", "", "", "")
    parts = path.split("/")
    inside = (parts[0] in _FOLDERS or path in _FILES) and {"", ".", ".."}.isdisjoint(parts)
    if verb not in {"put", "keep", "tree", "remove"} or not number.isdecimal() or not inside:
        raise _untrusted(journal)
    return Change(verb=verb, number=int(number), path=path, old=old)


def _refuse_links(root: str, changes: Iterable[Change]) -> None:
    """A journal may have come with somebody's repository: nothing is moved through a link."""
    folders = {f"{WORK}/new", f"{WORK}/old"}
    for change in changes:
        folder = change.path.rpartition("/")[0]
        while folder not in folders and folder:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    for folder in sorted(folders | {"charts", WORK}):
        if os.path.islink(f"{root}/{folder}"):
            raise _untrusted(WORK, f" ({folder} is a symbolic link)")


def _untrusted(path: str, why: str = "") -> ToolError:
    return ToolError(f"{path} cannot be trusted{why}: delete {WORK}, then run `chartgen generate --force`")


def _refuse_edited(root: str, changes: Iterable[Change]) -> None:
    edited = [change.path for change in changes if not _as_planned(root, change)]
    if edited:
        raise RefusedError(
            "a run of chartgen was interrupted, and these files were changed since: "
            + ", ".join(edited)
            + "; put the changes aside, then run `chartgen generate --force`"
        )


def _as_planned(root: str, change: Change) -> bool:
    """Whether a change that is still to be made meets what it was planned for."""
    aside = os.path.lexists(_old(root, change))
    if change.verb == "keep" or (
        aside if change.verb == "remove" else not os.path.lexists(staged(root, change.number))
    ):
        return True
    target = f"{root}/{change.path}"
    if aside:
        return not os.path.lexists(target)
    return not os.path.lexists(target) or disk.is_folder(target) or disk.sha256(target) == change.old


def _prune(root: str, paths: Iterable[str], step: Step) -> None:
    """Removes the folders of these paths that are empty now, and so on upwards."""
    for start in sorted({path.rpartition("/")[0] for path in paths}, reverse=True):
        folder = start
        while folder and _rmdir(root, folder, step):
            folder = folder.rpartition("/")[0]


def _rmdir(root: str, folder: str, step: Step) -> bool:
    """Whether the folder is gone now: one that is not empty stays."""
    try:
        step(f"rmdir {folder}")
        os.rmdir(f"{root}/{folder}")
    except OSError as error:
        return isinstance(error, FileNotFoundError)
    return True


def _finish(root: str, journal: str, step: Step) -> None:
    step("end")
    os.unlink(f"{root}/{journal}")
    _discard(root, step)


def _discard(root: str, step: Step) -> None:
    step("clean up")
    shutil.rmtree(f"{root}/{WORK}", ignore_errors=True)
    _rmdir(root, "charts", step)


def _old(root: str, change: Change) -> str:
    return f"{root}/{WORK}/old/{change.number}"


@contextlib.contextmanager
def _otherwise(undo: Callable[[], None], outcome: str) -> Iterator[None]:
    """Undoes when the block fails or is interrupted."""
    try:
        yield
    except OSError as error:
        undo()
        raise ToolError(f"cannot write charts/: {_words(error)}; {outcome}") from error
    except BaseException:
        undo()
        raise


def _words(error: OSError) -> str:
    name = f" ({error.filename})" if isinstance(error.filename, str) else ""
    return f"{error.strerror or error}{name}"
