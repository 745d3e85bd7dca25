"""Rendered manifests as one side of a comparison: what their rules let through, and what nothing stops."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from chartgen.diagnostics import Span
from chartgen.mesh.changes import Access, Fact, Platform, Subject
from chartgen.mesh.grants import Why
from chartgen.mesh.matrix import Row, rows_of_networks, rows_of_rules
from chartgen.mesh.model import Caller, Identity, Request, Verdict
from chartgen.mesh.objects import Action
from chartgen.mesh.subject import MESH, at
from chartgen.mesh.terms import Term

if TYPE_CHECKING:
    from chartgen.mesh.model import Ref, Workload
    from chartgen.mesh.subject import Node
    from chartgen.mesh.subject import Subject as Proven

_STRANGER = "chartgen-stranger"
_ANYONE = "anyone in the mesh"


def platform_of_manifests(subject: Proven) -> Platform:
    """What the manifests let through: the rules' own words, and beside them whatever passes without one."""
    read = rows_of_rules if subject.meshed else rows_of_networks
    open_to_all = _unstopped(subject) if subject.meshed else ()
    accesses = (*(_called(subject, row) for row in read(subject)), *open_to_all)
    return Platform(accesses=accesses, nodes=_nodes(subject), settings=tuple(_objects(subject)))


def _objects(subject: Proven) -> Iterator[Fact]:
    """What narrows or turns calls beside the rules that allow them: a change of it is told as such, unread."""
    found = subject.world.found
    for policy in found.authorization:
        if policy.action is not Action.ALLOW:
            yield _object(policy.ref, f"{policy.action}, ", policy.rules)
    for service in found.virtual_services:
        yield _object(service.ref, "", service.rules)


def _object(ref: Ref, action: str, rules: Sequence[object]) -> Fact:
    digest = hashlib.sha256(repr(rules).encode()).hexdigest()[:8]
    value = f"{action}{len(rules)} rule{'s' * (len(rules) != 1)} ({digest})"
    return Fact(name=str(ref), value=value, place=Span(ref.file, ref.line, 1 if ref.line else 0))


def _called(subject: Proven, row: Row) -> Access:
    """A row as calls from that account."""
    terms = tuple(
        Term(method=method, path=path, host=host, token=row.token, claims=tuple(sorted(row.claims)))
        for method in row.methods or ("",)
        for path in row.paths or ("",)
        for host in row.hosts or ("",)
    )
    node = subject.nodes[row.callee]
    return Access(
        subject=Subject.CALL,
        why=str(Why.EDGE),
        callee=row.callee,
        caller=row.account,
        port=row.port,
        http=row.port in node.http,
        terms=terms,
        place=_place(node.workloads[0]),
    )


def _unstopped(subject: Proven) -> Iterator[Access]:
    """Ports that take calls of any account of the mesh, or without a certificate."""
    for node in subject.nodes.values():
        for workload in node.workloads:
            for port in sorted(subject.ports_of(node, workload)):
                yield from _to(subject, node, workload, port)


def _to(subject: Proven, node: Node, workload: Workload, port: int) -> Iterator[Access]:
    request = Request(path=f"/{_STRANGER}", method="PURGE") if port in node.http else None
    stranger = Identity(namespace=workload.namespace, account=_STRANGER)
    for who, why, identity in ((_ANYONE, Why.EDGE, stranger), ("anyone", Why.PLAINTEXT, None)):
        decision = subject.ask(Caller(identity=identity, namespace=workload.namespace), workload, port, request)
        if at(decision, MESH) is not Verdict.REFUSED:
            yield Access(
                subject=Subject.EXCEPTION if why is Why.PLAINTEXT else Subject.CALL,
                why=str(why),
                callee=node.name,
                caller=who,
                port=port,
                http=port in node.http,
                place=_place(workload),
            )


def _nodes(subject: Proven) -> tuple[Fact, ...]:
    return tuple(
        Fact(name=node.name, value="service", place=_place(node.workloads[0])) for node in subject.nodes.values()
    )


def _place(workload: Workload) -> Span:
    return Span(workload.ref.file, workload.ref.line, 1 if workload.ref.line else 0)
