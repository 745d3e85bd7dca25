"""Wanted files, lock and disk compared: what to create, update and remove, and what is in the way. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from chartgen.tools.lockfile import Lock, below

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chartgen.tools.disk import Disk


class Conflict(StrEnum):
    """Why chartgen does not touch a path."""

    EDITED = "edited"
    FOREIGN = "foreign"
    UNOWNED = "unowned"
    BLOCKED = "blocked"
    STRAY = "stray"


@dataclass(slots=True, kw_only=True)
class Plan:
    """What a run would do, by path. `conflicts` are what stops it; `extra` are files in the umbrella that are not
    chartgen's and stay."""

    create: list[str] = field(default_factory=list)
    update: list[str] = field(default_factory=list)
    remove: list[str] = field(default_factory=list)
    unchanged: int = 0
    extra: list[str] = field(default_factory=list)
    conflicts: dict[str, Conflict] = field(default_factory=dict)


def compare(wanted: Mapping[str, str], lock: Lock, disk: Disk, *, force: bool) -> Plan:
    """The plan for `wanted` (path → SHA-256). With `force` edited and foreign files give way; a directory or a linked
    charts/ never does, nor a file in a folder that would be no chart."""
    plan = Plan()
    if "charts" in disk.odd:
        plan.conflicts["charts"] = Conflict.BLOCKED
        return plan
    _place(wanted, lock, disk, plan)
    _withdraw(wanted, lock, disk, plan)
    _clear_the_way(wanted, lock, disk, plan)
    plan.extra = sorted(disk.files() - wanted.keys() - lock.hashes.keys() - plan.conflicts.keys())
    _disown(wanted, lock, plan)
    if force:
        _give_way(wanted, disk, plan)
    _single_out(wanted, plan)
    return plan


def _place(wanted: Mapping[str, str], lock: Lock, disk: Disk, plan: Plan) -> None:
    hashes, locked = disk.hashes, lock.hashes
    for path, digest in wanted.items():
        found = hashes.get(path)
        if found == digest:
            plan.unchanged += 1
        elif found is None and path not in disk.odd:
            plan.create.append(path)
        elif found and found in locked.get(path, ""):
            plan.update.append(path)
        else:
            plan.conflicts[path] = Conflict.EDITED if path in locked else Conflict.FOREIGN


def _withdraw(wanted: Mapping[str, str], lock: Lock, disk: Disk, plan: Plan) -> None:
    for path, digest in lock.hashes.items():
        if path in wanted:
            continue
        found = disk.hashes.get(path)
        if found and found in digest:
            plan.remove.append(path)
        elif found is not None or path in disk.odd:
            plan.conflicts[path] = Conflict.EDITED


def _clear_the_way(wanted: Mapping[str, str], lock: Lock, disk: Disk, plan: Plan) -> None:
    """Files where a folder belongs, and folders where a file belongs."""
    going = set(plan.remove)
    for path in ancestors(wanted) & disk.files():
        if path not in going:
            plan.conflicts[path] = Conflict.EDITED if path in lock.hashes else Conflict.FOREIGN
    for path in wanted.keys() & disk.folders:
        if any(file not in going for file in below(path, disk.files())):
            plan.create.remove(path)
            plan.conflicts[path] = Conflict.BLOCKED


def _disown(wanted: Mapping[str, str], lock: Lock, plan: Plan) -> None:
    """A folder that the lock does not know, and that holds anything but what is wanted, is somebody else's."""
    for folder in {umbrella(path) for path in wanted} - lock.umbrellas:
        theirs = [path for path in plan.conflicts if path == folder or path.startswith(f"{folder}/")]
        if theirs or below(folder, plan.extra):
            plan.conflicts[folder] = Conflict.UNOWNED
            for path in theirs:
                if path != folder and plan.conflicts[path] is not Conflict.BLOCKED:
                    del plan.conflicts[path]
                    plan.extra.append(path)


def _give_way(wanted: Mapping[str, str], disk: Disk, plan: Plan) -> None:
    ours = wanted.keys() | ancestors(wanted)
    for path, conflict in list(plan.conflicts.items()):
        if conflict is Conflict.BLOCKED:
            continue
        del plan.conflicts[path]
        if conflict is not Conflict.UNOWNED:
            (plan.update if path in wanted else plan.remove).append(path)
        elif path in disk.odd:
            plan.remove.append(path)
    for path in [path for path in plan.extra if path in ours]:
        plan.extra.remove(path)
        (plan.update if path in wanted else plan.remove).append(path)


def _single_out(wanted: Mapping[str, str], plan: Plan) -> None:
    """Helm takes all that lies in charts/<platform>/charts/ for charts: what is none would stop it."""
    ours = {_entry(path) for path in wanted} if plan.extra else set()
    for path in list(plan.extra):
        if _entry(path) in ours or plan.conflicts.get("/".join(path.split("/")[:2])) is Conflict.UNOWNED:
            continue
        plan.extra.remove(path)
        plan.conflicts[path] = Conflict.STRAY


def _entry(path: str) -> str:
    """The subchart that a path belongs to, else (also for what helm passes over, and packed charts) its umbrella."""
    parts = path.split("/")
    inner = len(parts) > 3 and parts[2] == "charts" and not parts[3].startswith(("_", "."))
    return "/".join(parts[: 4 if inner and not parts[3].endswith((".tgz", ".prov")) else 2])


def ancestors(paths: Iterable[str]) -> set[str]:
    """The folders above these paths."""
    found: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return found


def umbrella(path: str) -> str:
    """The folder of the umbrella that a path `charts/<umbrella>/…` lies in."""
    return path[: path.index("/", 7)]
