"""What changes between two platforms for those who may call whom: calls, the door, exceptions, nodes, settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, TypeAlias

from chartgen.diagnostics import Span
from chartgen.mesh.fields import differences, shown
from chartgen.mesh.terms import Term

if TYPE_CHECKING:
    from chartgen.mesh.model import Ref, Tree

NOWHERE = Span(file="")


def span_of(ref: Ref) -> Span:
    """Where an object begins."""
    return Span(ref.file, ref.line, 1 if ref.line else 0)


class Subject(StrEnum):
    """What a change is about, in the order in which it is told."""

    ROUTE = "route"
    CALL = "call"
    EXCEPTION = "exception"
    NODE = "node"
    SETTING = "setting"


class Turn(StrEnum):
    """Which way it goes. `changed`: neither wider nor narrower; so is every setting."""

    OPENED = "opened"
    CLOSED = "closed"
    WIDENED = "widened"
    NARROWED = "narrowed"
    CHANGED = "changed"


class Openness(IntEnum):
    """Who else may do what a caller may: a rule for all is one for each."""

    NOBODY = 0
    MESH = 1
    ANYONE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One way in: who may call which port of whom, and on which terms. `subject` and `why` say what it is; `place` is
    where it stands. `open_to`: others who may do the same; `by_door`: a call of those pods to which routes belong."""

    subject: Subject
    why: str
    callee: str
    caller: str
    port: int
    port_name: str = ""
    http: bool = False
    terms: tuple[Term, ...] = (Term(),)
    reason: str = ""
    place: Span = NOWHERE
    open_to: Openness = Openness.NOBODY
    by_door: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that there is, or a setting and its value."""

    name: str
    value: str
    place: Span = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """One side of a comparison. `nodes`: services, datastores and externals (their `value`); `objects`: manifests and
    what they say; of those that are `told` as calls and routes, what is no part of their spec."""

    accesses: tuple[Access, ...]
    nodes: tuple[Fact, ...] = ()
    settings: tuple[Fact, ...] = ()
    objects: Mapping[Ref, Tree] = field(default_factory=dict)
    told: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change. `before` and `after`: of a call or an exception its terms, of a route those that change (empty where
    there was, or is, nothing); of a setting, `values`. `public`: no token is asked for at the door any more (False: it
    is asked for again, or there is no way in); None for what the door has no part in. `place` and `is_after`: where it
    stands, on which side (on the later one, if on both)."""

    subject: Subject
    turn: Turn
    name: str
    place: Span
    is_after: bool
    why: str = ""
    caller: str = ""
    port: int = 0
    port_name: str = ""
    http: bool = False
    before: tuple[Term, ...] = ()
    after: tuple[Term, ...] = ()
    values: tuple[str, str] = ("", "")
    public: bool | None = None
    reason: str = ""


Key: TypeAlias = tuple[str, str, str, int]


def compare(before: Platform, after: Platform) -> tuple[Change, ...]:
    """All changes, by subject, then by callee and caller."""
    found = [
        *_told_once(before, after, list(_accesses(before.accesses, after.accesses))),
        *_nodes(before.nodes, after.nodes),
        *_settings(before.settings, after.settings),
        *_objects(before, after),
    ]
    order = list(Subject)
    return tuple(sorted(found, key=lambda c: (order.index(c.subject), c.name, c.caller, c.port, c.why)))


def _told_once(before: Platform, after: Platform, changes: Sequence[Change]) -> Iterator[Change]:
    """Without the calls of a door's own account that are told as the routes that change."""
    doors = {(each.callee, each.caller) for each in (*before.accesses, *after.accesses) if each.by_door}
    routes = [change for change in changes if change.subject is Subject.ROUTE]
    for change in changes:
        led = (each for each in routes if each.name == change.name and change.port in (0, each.port))
        terms = [term for each in led for term in (*each.before, *each.after)] if doors else []
        turned = {*change.before} ^ {*change.after}
        of_door = change.subject is Subject.CALL and (change.name, change.caller) in doors
        if not (of_door and all(any(one.meet(other) for other in terms) for one in turned)):
            yield change


def _accesses(before: Sequence[Access], after: Sequence[Access]) -> Iterator[Change]:
    old, new = _by_key(_lasting(before, after)), _by_key(_lasting(after, before))
    pairs = ({key[:3] for key in old}, {key[:3] for key in new})
    for key in sorted({*old, *new}):
        ways = old.get(key, []), new.get(key, [])
        if ways[0] and ways[1] and ways[0][0].subject is not Subject.ROUTE:
            yield from _whole(*ways)
            continue
        known = key[:3] in pairs[0] and key[:3] in pairs[1]
        opened = list(_half(ways[1], ways[0], is_after=True, known=known))
        closed = list(_half(ways[0], ways[1], is_after=False, known=known))
        yield from _joined(opened, closed)


def _lasting(mine: Sequence[Access], others: Sequence[Access]) -> Iterator[Access]:
    """The ways in of one side without the calls that on the other, where no rule names the caller, all may make."""
    known = {_key(access) for access in others}
    wide: dict[tuple[str, int], list[Access]] = {}
    for access in others:
        if access.open_to:
            wide.setdefault((access.callee, access.port), []).append(access)
    for access in mine:
        if access.subject is not Subject.CALL or _key(access) in known:
            yield access
            continue
        have = [
            term
            for port in dict.fromkeys((access.port, 0))
            for other in wide.get((access.callee, port), ())
            if other.open_to >= access.open_to
            for term in other.terms
        ]
        kept = tuple(term for term in access.terms if not any(each.covers(term) for each in have))
        if kept:
            yield replace(access, terms=kept)


def _whole(before: Sequence[Access], after: Sequence[Access]) -> Iterator[Change]:
    """A call that is on both sides: all its terms, then and now."""
    old, new = (tuple(dict.fromkeys(term for access in side for term in access.terms)) for side in (before, after))
    wider = [term for term in new if not any(other.covers(term) for other in old)]
    narrower = any(not any(other.covers(term) for other in new) for term in old)
    if wider or narrower:
        turn = Turn.CHANGED if wider and narrower else Turn.WIDENED if wider else Turn.NARROWED
        access = next((each for each in after if {*each.terms} & {*wider}), after[0])
        change = _change(access, new, old, is_after=True, known=True)
        yield replace(change, turn=turn)


def _by_key(accesses: Iterable[Access]) -> dict[Key, list[Access]]:
    """Calls, routes and exceptions by subject, callee, caller and port; exceptions by their reason too."""
    found: dict[Key, list[Access]] = {}
    for access in accesses:
        found.setdefault(_key(access), []).append(access)
    return found


def _key(access: Access) -> Key:
    kind = f"{access.subject} {access.why if access.subject is Subject.EXCEPTION else ''}"
    return kind, access.callee, access.caller, access.port


def _half(mine: Sequence[Access], others: Sequence[Access], *, is_after: bool, known: bool) -> Iterator[Change]:
    """What one side lets through and the other does not. `known`: the other lets that caller through to some port."""
    have = tuple(dict.fromkeys(term for access in others for term in access.terms))
    exact = frozenset(have)
    for access in mine:
        lost = [t for t in access.terms if t not in exact and not any(other.covers(t) for other in have)]
        near: dict[frozenset[object], tuple[list[Term], dict[Term, None]]] = {}
        for term in lost:
            beside = tuple(other for other in have if term.covers(other) or other.reaches(term))
            asked = frozenset((other.token, other.claims) for other in beside)
            terms, others_there = near.setdefault(asked, ([], {}))
            terms.append(term)
            others_there.update(dict.fromkeys(beside))
        for terms, others_there in near.values():
            beside = tuple(others_there)
            change = _change(access, tuple(terms), beside, is_after=is_after, known=known)
            left = next((other for other in others if not is_after and {*other.terms} & {*beside}), None)
            yield replace(change, place=left.place, is_after=True) if left else change


def _change(
    access: Access, terms: tuple[Term, ...], beside: tuple[Term, ...], *, is_after: bool, known: bool
) -> Change:
    partial = bool(beside) or (known and access.subject is Subject.CALL)
    bare = [each for each in terms if not each.token and not any(o.reaches(each) and not o.token for o in beside)]
    public = is_after if access.subject is Subject.ROUTE and bare else None
    return Change(
        subject=access.subject,
        turn=_TURNS[is_after, partial],
        name=access.callee,
        place=access.place,
        is_after=is_after,
        why=access.why,
        caller=access.caller,
        port=access.port,
        port_name=access.port_name,
        http=access.http,
        before=beside if is_after else terms,
        after=terms if is_after else beside,
        public=public,
        reason=access.reason,
    )


_TURNS = {
    (True, False): Turn.OPENED,
    (True, True): Turn.WIDENED,
    (False, False): Turn.CLOSED,
    (False, True): Turn.NARROWED,
}


def _joined(opened: Sequence[Change], closed: Sequence[Change]) -> Iterator[Change]:
    """Both halves; terms that gave way to others of the same calls are one change."""
    swapped = {(c.before, c.after) for c in opened} & {(c.before, c.after) for c in closed}
    for change in opened:
        yield replace(change, turn=Turn.CHANGED) if (change.before, change.after) in swapped else change
    yield from (change for change in closed if (change.before, change.after) not in swapped)


def _nodes(before: Sequence[Fact], after: Sequence[Fact]) -> Iterator[Change]:
    for mine, others, is_after in ((after, before, True), (before, after, False)):
        known = {(fact.name, fact.value) for fact in others}
        for fact in mine:
            if (fact.name, fact.value) not in known:
                turn = Turn.OPENED if is_after else Turn.CLOSED
                yield Change(
                    subject=Subject.NODE,
                    turn=turn,
                    name=fact.name,
                    why=fact.value,
                    place=fact.place,
                    is_after=is_after,
                )


def _settings(before: Sequence[Fact], after: Sequence[Fact]) -> Iterator[Change]:
    old, new = _named(before), _named(after)
    for name in dict.fromkeys((*old, *new)):
        values = (_value(old.get(name)), _value(new.get(name)))
        alone = any((parent in old) != (parent in new) for parent in _parents(name))
        if values[0] != values[1] and not alone:
            stands = new.get(name) or old[name]
            yield Change(
                subject=Subject.SETTING,
                turn=Turn.CHANGED,
                name=name,
                values=values,
                place=stands.place,
                is_after=name in new,
            )


def _objects(before: Platform, after: Platform) -> Iterator[Change]:
    """What manifests say otherwise, field by field; one that only one side has, as a whole."""
    old, new = ({str(ref): (ref, tree) for ref, tree in side.objects.items()} for side in (before, after))
    for name in dict.fromkeys((*old, *new)):
        ref, tree = new.get(name) or old[name]
        told = (name in before.told or name not in old) and (name in after.told or name not in new)
        if name in old and name in new:
            fields = (each for each in differences(old[name][1], tree) if not (told and each[0].startswith("spec")))
            found = [(f"{name} {where}", one, other) for where, one, other in fields]
        else:
            found = [] if told else [(name, "", shown(tree)) if name in new else (name, shown(tree), "")]
        for what, *values in found:
            yield Change(
                subject=Subject.SETTING,
                turn=Turn.CHANGED,
                name=what,
                values=(values[0], values[1]),
                place=span_of(ref),
                is_after=name in new,
            )


def _parents(name: str) -> Iterator[str]:
    """What a setting is a part of: what only one side has is told as a whole."""
    while "." in name:
        name = name.rpartition(".")[0]
        yield name


def _named(facts: Iterable[Fact]) -> Mapping[str, Fact]:
    return {fact.name: fact for fact in facts}


def _value(fact: Fact | None) -> str:
    return fact.value if fact else ""
