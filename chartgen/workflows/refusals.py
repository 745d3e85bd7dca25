"""Why generate stopped, or what `--check` found: the state of charts/ as diagnostics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartgen.codes import diagnose
from chartgen.diagnostics import Diagnostic, Span
from chartgen.tools import lockfile, tree
from chartgen.tools.lockfile import State
from chartgen.tools.plan import Conflict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.tools.tree import Survey

_FORCE = "`chartgen generate --force` overwrites it"
_KEEP = "move the change to overlays/ or `patches`, or take it back with git; "
_RUN = "run `chartgen generate`"
_MOVE = "move it to overlays/<service>/templates/, or delete it"
_NOT_OURS = "not chartgen's"
_AWAY = "no chart of the registry has this folder: move the file out of charts/, or delete it"
_LINE_ENDS = (
    "only its line ends differ: add `charts/** text eol=lf` to .gitattributes and check the file out again; " + _FORCE
)


def refusals(survey: Survey, *, force: bool) -> list[Diagnostic]:
    """What stops a run that would write: nothing is touched while this is not empty."""
    state = survey.lock.state
    if force:
        return list(_conflicts(survey))
    if state is State.NEWER:
        return [_newer()]
    if state in {State.CONFLICT, State.CORRUPT} and survey.plan.conflicts:
        return [_unreadable(survey)]
    return list(_conflicts(survey))


def extras(survey: Survey) -> list[Diagnostic]:
    """A warning for each file in an umbrella that chartgen did not write."""
    return [
        diagnose("CG612", Span(path), "this file lies in a generated chart and is not chartgen's", _MOVE)
        for path in survey.plan.extra
    ]


def stale(survey: Survey) -> list[Diagnostic]:
    """An error for each way in which charts/ is not what the registry implies, with generate's hint if it refuses."""
    plan = survey.plan
    refused = {diagnostic.span.file: diagnostic for diagnostic in refusals(survey, force=False)}
    if lockfile.PATH in refused:  # without the lock, no more can be said of the files
        lock = refused[lockfile.PATH]
        return [diagnose("CG613", lock.span, lock.message, lock.hint)]
    cures = dict.fromkeys(plan.extra, _MOVE) | {path: diagnostic.hint for path, diagnostic in refused.items()}
    found = [(path, "missing") for path in plan.create]
    found += [(path, "out of date") for path in plan.update]
    found += [(path, "no longer implied by the registry") for path in plan.remove]
    found += [(path, _STALE[conflict]) for path, conflict in plan.conflicts.items()]
    found += [(path, _NOT_OURS) for path in plan.extra]
    if survey.lock_is_stale and not found:
        found.append((lockfile.PATH, str(survey.lock.state) if survey.lock.state is not State.GOOD else "out of date"))
    return [diagnose("CG613", Span(path), what, cures.get(path, _RUN)) for path, what in sorted(found)]


_STALE = {
    Conflict.EDITED: "edited by hand",
    Conflict.FOREIGN: "not written by chartgen",
    Conflict.UNOWNED: _NOT_OURS,
    Conflict.BLOCKED: "not a file that chartgen can write",
    Conflict.STRAY: _NOT_OURS,
}


def _conflicts(survey: Survey) -> Iterator[Diagnostic]:
    for path, conflict in sorted(survey.plan.conflicts.items()):
        span = Span(path)
        if conflict is Conflict.EDITED:
            crlf = tree.only_line_ends(survey.root, path, survey.lock)
            gone = "" if path in survey.hashes else ", and the registry no longer implies it"
            hint = _LINE_ENDS if crlf else _KEEP + (_FORCE if not gone else "`chartgen generate --force` deletes it")
            yield diagnose("CG601", span, f"this generated file was edited{gone}", hint)
        elif conflict is Conflict.FOREIGN:
            yield diagnose("CG602", span, "this is in the way, and chartgen did not write it", f"move it; {_FORCE}")
        elif conflict is Conflict.UNOWNED:
            hint = "move it away; `chartgen generate --force` writes into it, and overwrites what has the same name"
            yield diagnose("CG603", span, f"{path} is not chartgen's: {lockfile.PATH} does not list it", hint)
        elif conflict is Conflict.STRAY:
            yield diagnose("CG614", span, "chartgen did not write this, and helm would take it for a chart", _AWAY)
        else:
            yield diagnose("CG606", span, "this is in the way, and chartgen does not delete it", "move it away")


def _unreadable(survey: Survey) -> Diagnostic:
    span = Span(lockfile.PATH, survey.lock.line, 1, survey.lock.line, 1)
    if survey.lock.state is State.CONFLICT:
        hint = "resolve the conflict in the registry, then run `chartgen generate --force`: it writes charts/ anew"
        return diagnose("CG604", span, "a merge conflict is not resolved here", hint)
    hint = "restore it with git, or run `chartgen generate --force`, which writes charts/ anew"
    return diagnose("CG604", span, "this line of the lock cannot be read, so edited files cannot be told", hint)


def _newer() -> Diagnostic:
    hint = "use that version; `chartgen generate --force` writes charts/ with this one"
    return diagnose("CG605", Span(lockfile.PATH, 1, 1, 1, 1), "a newer version of chartgen wrote this lock", hint)
