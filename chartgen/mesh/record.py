"""Changes as programs read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartgen.mesh.changes import Change, Subject
from chartgen.mesh.terms import Term
from chartgen.mesh.told import Comparison

if TYPE_CHECKING:
    from chartgen.registry.pod import JsonValue


def document(comparison: Comparison) -> JsonValue:
    """The same for programs."""
    return {
        "before": comparison.before,
        "after": comparison.after,
        "changed": bool(comparison.changes),
        "changes": [_record(change) for change in comparison.changes],
    }


def _record(change: Change) -> dict[str, JsonValue]:
    own: dict[str, JsonValue] = {
        "subject": str(change.subject),
        "turn": str(change.turn),
        "name": change.name,
        "side": "after" if change.is_after else "before",
        "file": change.place.file,
        "line": change.place.line,
        "column": change.place.column,
    }
    match change.subject:
        case Subject.SETTING:
            return {**own, "before": change.values[0] or None, "after": change.values[1] or None}
        case Subject.NODE:
            return {**own, "sort": change.why}
    return {
        **own,
        "why": change.why,
        "caller": change.caller,
        "port": change.port,
        "portName": change.port_name or None,
        "before": [_term(term) for term in change.before],
        "after": [_term(term) for term in change.after],
        "public": change.public,
        "reason": change.reason or None,
    }


def _term(term: Term) -> JsonValue:
    return {
        "method": term.method or None,
        "path": term.path or None,
        "host": term.host or None,
        "token": term.token,
        "claims": {name: list(values) for name, values in term.claims},
        "where": list(term.where),
    }
