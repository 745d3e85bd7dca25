"""Rendered manifests as one side of a comparison: what their rules let through, where their doors lead, and whatever
else they say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from chartgen.mesh import mtls
from chartgen.mesh.changes import Access, Fact, Openness, Platform, Subject, span_of
from chartgen.mesh.grants import Why
from chartgen.mesh.matrix import Row, rows_of_networks, rows_to
from chartgen.mesh.model import Caller, Verdict
from chartgen.mesh.objects import Action
from chartgen.mesh.properties.rules import attached
from chartgen.mesh.refused import ANYONE_MESHED, denials_of, left, who_of
from chartgen.mesh.routed import Door, is_by, routes, ways_in
from chartgen.mesh.said import said, told
from chartgen.mesh.subject import Node
from chartgen.mesh.terms import Term

if TYPE_CHECKING:
    from chartgen.mesh.model import Ref, Tree, Workload
    from chartgen.mesh.subject import Subject as Proven

_ANYONE = "anyone in the mesh"


def platform_of_manifests(subject: Proven, objects: Mapping[Ref, Tree]) -> Platform:
    """What the manifests let through: the rules' own words, and beside them whatever passes without one; the routes of
    doors; and of `objects` what is told as neither."""
    found = routes(subject)
    calls = {name: list(_calls(subject, node)) for name, node in subject.nodes.items()}
    if not subject.meshed:
        calls = {name: [_of_anyone(node)] for name, node in subject.nodes.items()}
    outside = [way for led in found for way in ways_in(subject, led, calls[led.node], _gate(subject, led.door))]
    if subject.meshed:
        inside = [each for own in calls.values() for each in own]
    else:
        inside = [_called(subject.nodes[row.callee], row) for row in rows_of_networks(subject)]
    marked = (replace(each, by_door=_is_alone(subject, each) and is_by(each, found)) for each in inside)
    return Platform(
        accesses=(*marked, *dict.fromkeys(outside)),
        nodes=_nodes(subject),
        objects=said(subject, objects, found),
        told=frozenset(str(ref) for ref in told(subject)),
    )


def _calls(subject: Proven, node: Node) -> Iterator[Access]:
    """The calls to a node that rules let through, or that nothing stops, but for what others refuse."""
    for workload in node.workloads:
        denials = denials_of(subject, workload)
        ruled = [_called(node, row) for row in rows_to(subject, node)]
        for access in (*ruled, *_unstopped(subject, node, workload, ruled)):
            seen = not access.port or mtls.is_guarded(workload, access.port)
            kept = left(subject, workload, denials, access) if seen else access
            if kept:
                yield kept


def _called(node: Node, row: Row) -> Access:
    """A row as calls from that account."""
    terms = tuple(
        Term(
            method="" if method == "*" else method,
            path="" if path == "*" else path,
            host="" if host == "*" else host,
            token=row.token,
            claims=tuple(sorted(row.claims)),
            where=row.conditions,
        )
        for method in row.methods or ("",)
        for path in row.paths or ("",)
        for host in row.hosts or ("",)
    )
    return Access(
        subject=Subject.CALL,
        why=str(Why.EDGE),
        callee=row.callee,
        caller=row.account,
        port=row.port,
        http=row.port in node.http,
        terms=terms,
        place=span_of(node.workloads[0].ref),
        open_to=Openness.ANYONE if row.account == "anyone" else Openness.NOBODY,
    )


def _unstopped(subject: Proven, node: Node, workload: Workload, ruled: Sequence[Access]) -> Iterator[Access]:
    """Ports that take calls of any account of the mesh, or without a certificate."""
    open_ = tuple(_open(subject, workload))
    for port in sorted(subject.ports_of(node, workload)):
        guarded = mtls.is_guarded(workload, port)
        plain, _ = mtls.judge(subject.world, workload, port, Caller(identity=None))
        named = (each for each in ruled if each.open_to is Openness.ANYONE and each.port in (0, port))
        terms = dict.fromkeys((*open_, *(term for each in named for term in each.terms)))
        everyone = _of_all(node, workload, port)
        if open_ or not guarded:
            yield replace(everyone, terms=open_ if guarded else (Term(),))
        if plain.verdict is not Verdict.REFUSED and (terms or not guarded):
            yield replace(
                everyone,
                subject=Subject.EXCEPTION,
                why=str(Why.PLAINTEXT),
                caller="anyone",
                terms=tuple(terms) if guarded else (Term(),),
                open_to=Openness.ANYONE,
            )


def _open(subject: Proven, workload: Workload) -> Iterator[Term]:
    """What no rule need name: without an ALLOW policy everything, and nobody knows what one lets in that cannot be
    judged."""
    policies = [each for each, _ in attached(subject, workload) if each.action is Action.ALLOW and not each.dry_run]
    if not policies:
        yield Term()
    yield from (Term(where=(f"{each.ref}, which cannot be judged, lets it",)) for each in policies if each.flaw)


def _of_all(node: Node, workload: Workload, port: int) -> Access:
    return Access(
        subject=Subject.CALL,
        why=str(Why.EDGE),
        callee=node.name,
        caller=_ANYONE,
        port=port,
        http=port in node.http,
        place=span_of(workload.ref),
        open_to=Openness.MESH,
    )


def _of_anyone(node: Node) -> Access:
    """Without a mesh a route leads whoever comes through the door to the pods."""
    return Access(subject=Subject.CALL, why=str(Why.EDGE), callee=node.name, caller="anyone", port=0)


def _gate(subject: Proven, door: Door) -> Sequence[Access]:
    """What a door's own policies let through."""
    node = Node(name=door.pods.name, workloads=(door.pods,))
    policies = subject.world.policies_of(door.pods)
    guarded = any(each.action is Action.ALLOW and not each.dry_run for each in policies)
    rows = rows_to(subject, node) if guarded else []
    let_in = [_called(node, row) for row in rows if row.account == "anyone"] if guarded else [_of_anyone(node)]
    denials = denials_of(subject, door.pods)
    whole = (replace(each, port=0) for each in let_in)
    return [kept for each in whole if (kept := left(subject, door.pods, denials, each))]


def _is_alone(subject: Proven, access: Access) -> bool:
    """Whether the caller is an account that no rendered workload has, or that of a door among them."""
    who = who_of(access.caller)
    if who is None or not who.namespace or who == ANYONE_MESHED:
        return False
    return (who.namespace, who.account) not in subject.by_account


def _nodes(subject: Proven) -> tuple[Fact, ...]:
    return tuple(
        Fact(name=node.name, value="service", place=span_of(node.workloads[0].ref)) for node in subject.nodes.values()
    )
