"""Rendered manifests as one side of a comparison: what their rules let through, where their doors lead, and whatever
else they say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from chartgen.mesh.changes import Access, Fact, Openness, Platform, Subject, span_of
from chartgen.mesh.grants import Why
from chartgen.mesh.matrix import Row, rows_of_networks, rows_to
from chartgen.mesh.model import Caller, Identity, Request, Verdict
from chartgen.mesh.objects import Action
from chartgen.mesh.refused import ANYONE_MESHED, denials_of, left, who_of
from chartgen.mesh.routed import Door, is_by, routes, ways_in
from chartgen.mesh.said import said, told
from chartgen.mesh.samples import STRAY_METHOD
from chartgen.mesh.subject import MESH, Node, at
from chartgen.mesh.terms import Term

if TYPE_CHECKING:
    from chartgen.mesh.model import Ref, Tree, Workload
    from chartgen.mesh.subject import Subject as Proven

_STRANGER = "chartgen-stranger"
_ANYONE = "anyone in the mesh"
_TRIED = (STRAY_METHOD, "GET", "POST")
"""A call that no rule narrows passes with one of these, though a DENY may except the others."""


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
        for access in (*(_called(node, row) for row in rows_to(subject, node)), *_unstopped(subject, node, workload)):
            kept = left(subject, workload, denials, access)
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


def _unstopped(subject: Proven, node: Node, workload: Workload) -> Iterator[Access]:
    """Ports that take calls of any account of the mesh, or without a certificate."""
    for port in sorted(subject.ports_of(node, workload)):
        yield from _to(subject, node, workload, port)


def _to(subject: Proven, node: Node, workload: Workload, port: int) -> Iterator[Access]:
    requests = [Request(path=f"/{_STRANGER}", method=each) for each in _TRIED] if port in node.http else [None]
    stranger = Identity(namespace=workload.namespace, account=_STRANGER)
    for who, why, identity in ((_ANYONE, Why.EDGE, stranger), ("anyone", Why.PLAINTEXT, None)):
        caller = Caller(identity=identity, namespace=workload.namespace)
        decisions = (subject.ask(caller, workload, port, request) for request in requests)
        if any(at(decision, MESH) is not Verdict.REFUSED for decision in decisions):
            yield Access(
                subject=Subject.EXCEPTION if why is Why.PLAINTEXT else Subject.CALL,
                why=str(why),
                callee=node.name,
                caller=who,
                port=port,
                http=port in node.http,
                place=span_of(workload.ref),
                open_to=Openness.ANYONE if why is Why.PLAINTEXT else Openness.MESH,
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
