"""The matrix as text and as data."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chartgen.mesh.audited import Unrefused
    from chartgen.mesh.matrix import Row

_INDENT = "  "


def as_text(rows: Sequence[Row], value_sets: Sequence[str] = ()) -> str:
    """The declared calls inside, by callee; one line for all callers of a port that may do the same."""
    return _by_callee([row for row in rows if not row.is_exception and not row.outside], value_sets)


def outward_as_text(rows: Sequence[Row], value_sets: Sequence[str] = ()) -> str:
    """The declared calls that leave the platform, likewise."""
    return _by_callee([row for row in rows if row.outside], value_sets)


def _by_callee(plain: Sequence[Row], value_sets: Sequence[str]) -> str:
    lines = list[str]()
    width = max((len(port_of(row)) for row in plain), default=0)
    for callee, group in groupby(plain, key=lambda row: row.callee):
        lines.append(callee)
        lines += [f"{_INDENT}{line}" for line in _of_callee(list(group), width, value_sets)]
    return "\n".join(lines)


def _of_callee(rows: Sequence[Row], width: int, value_sets: Sequence[str]) -> Iterator[str]:
    """A caller whose account differs from one set of values to another is the same caller."""
    names = {(row.port, row.transport): port_of(row) for row in sorted(rows, key=lambda row: row.port_name)}
    callers: dict[tuple[tuple[int, str], str, str], set[str]] = {}
    for row in rows:
        callers.setdefault(((row.port, row.transport), request(row), row.caller), set()).update(row.sets)
    same: dict[tuple[tuple[int, str], str, frozenset[str]], list[str]] = {}
    for (port, what, caller), sets in callers.items():
        same.setdefault((port, what, frozenset(sets)), []).append(caller)
    for (port, what, where), found in same.items():
        with_ = _sets(where, value_sets)
        yield f"{names[port]:<{width}}  ← {', '.join(found)}{f': {what}' if what else ''}{with_}"


def exceptions_as_text(rows: Sequence[Row], value_sets: Sequence[str] = ()) -> str:
    """What passes beside the declared calls, one line for each."""
    lines = list[str]()
    for why, group in groupby(sorted((row for row in rows if row.is_exception), key=_by_reason), key=_by_why):
        lines.append(why)
        for row in group:
            what = ", ".join(part for part in (request(row), row.reason) if part)
            caller = row.caller if row.caller == row.account else f"{row.caller} ({row.account})"
            more = f"{f': {what}' if what else ''}{_sets(row.sets, value_sets)}"
            lines.append(f"{_INDENT}{row.callee}{port_of(row)} ← {caller}{more}")
    return "\n".join(lines)


def _by_why(row: Row) -> str:
    return row.why


def _by_reason(row: Row) -> tuple[str, str, int]:
    return row.why, row.callee, row.port


def unrefused_as_text(found: Sequence[Unrefused], value_sets: Sequence[str] = ()) -> str:
    """What passes while policies are dry runs, by callee; one line for all callers of a port of whom the same holds."""
    lines = list[str]()
    width = max((len(port_of(each)) for each in found), default=0)
    for callee, group in groupby(found, key=lambda each: each.callee):
        lines.append(callee)
        same: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
        for each in group:
            same.setdefault((port_of(each), each.what, each.sets), []).append(each.caller)
        for (port, what, sets), callers in same.items():
            lines.append(f"{_INDENT}{port:<{width}}  ← {', '.join(callers)}: {what}{_sets(sets, value_sets)}")
    return "\n".join(lines)


def unrefused_as_data(found: Iterable[Unrefused]) -> list[Any]:
    """The same as JSON has it."""
    return [
        {
            "callee": each.callee,
            "port": each.port or None,
            "portName": each.port_name,
            "caller": each.caller,
            "what": each.what,
            "valueSets": list(each.sets),
        }
        for each in found
    ]


def port_of(row: Row | Unrefused) -> str:
    """The port in words: `:80 http`, `:53/udp dns`; `:*` for every port."""
    if not row.port:
        return ":*"
    transport = "" if row.transport == "TCP" else f"/{row.transport.lower()}"
    return f":{row.port}{transport}" + (f" {row.port_name}" if row.port_name and row.port_name != str(row.port) else "")


def request(row: Row) -> str:
    """What of a call is narrowed, in words; empty where nothing is."""
    parts = [" ".join(part for part in (", ".join(row.methods), " ".join(row.paths)) if part)]
    parts += [f"host {' '.join(row.hosts)}"] if row.hosts else []
    parts += [token(row)] if row.token else []
    parts += [f"where {' and '.join(row.conditions)}"] if row.conditions else []
    return ", ".join(part for part in parts if part)


def token(row: Row) -> str:
    """The token that is wanted, in words."""
    claims = [f"{name} {'|'.join(values)}" for name, values in row.claims]
    return "with a token" + (f" ({', '.join(claims)})" if claims else "")


def _sets(sets: Collection[str], value_sets: Sequence[str]) -> str:
    return "" if len(sets) == len(value_sets) else f" [with {', '.join(name for name in value_sets if name in sets)}]"


def as_data(rows: Iterable[Row]) -> list[Any]:
    """Every row as JSON has it; the same keys in each."""
    return [
        {
            "kind": "outside" if row.outside else "inside",
            "callee": row.callee,
            "transport": row.transport,
            "port": row.port or None,
            "portName": row.port_name,
            "caller": row.caller,
            "account": row.account,
            "methods": list(row.methods),
            "paths": list(row.paths),
            "hosts": list(row.hosts),
            "token": _token(row) if row.token else None,
            "conditions": list(row.conditions),
            "why": row.why,
            "exception": row.is_exception,
            "reason": row.reason,
            "valueSets": list(row.sets),
        }
        for row in rows
    ]


def _token(row: Row) -> dict[str, Any]:
    claims = {name: list(values) for name, values in row.claims}
    return {"issuer": row.issuer, "audiences": list(row.audiences), "claims": claims}
