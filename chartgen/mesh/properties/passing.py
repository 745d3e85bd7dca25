"""P1 without a registry: whom an ALLOW rule names with pods among the manifests, the rest of the mesh lets through too.
What refuses all the same, leads elsewhere, or cannot be judged, is told: a rule says that the call is meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from chartgen.mesh import sending
from chartgen.mesh.grants import Who
from chartgen.mesh.model import Decision, Layer, Request, Verdict, Workload, worst
from chartgen.mesh.objects import Action
from chartgen.mesh.properties.rules import PORT, Atom, atoms, attached, on_pods
from chartgen.mesh.subject import MESH, Finding, Node, Subject, at, caller_of, deciding, reason

if TYPE_CHECKING:
    from chartgen.mesh.model import Ref

_SHOWN = frozenset(
    {"source.principal", "source.serviceAccount", "source.namespace", PORT, "operation.methods", "operation.paths"}
)
"""What a sample call can show of what a rule asks."""

_ALL = (*MESH, Layer.SIDECAR, Layer.ROUTE)


def passing(subject: Subject) -> Iterator[Finding]:
    """Calls that rules admit, and something else does not."""
    if subject.expected or not subject.meshed:
        return
    for node in subject.nodes.values():
        told: set[tuple[Ref, Who, int]] = set()
        for workload in node.workloads:
            for atom, ref in _named(subject, node, workload):
                callers = subject.by_account.get((atom.who.namespace, atom.who.account), ())
                for port in [atom.port] if atom.port else sorted(subject.ports_of(node, workload)):
                    found = [_stopped(subject, node, workload, caller, port, atom, ref) for caller in callers]
                    first = next(iter(found), None)
                    if first and all(found) and (ref, atom.who, port) not in told:  # several may share an account
                        told.add((ref, atom.who, port))
                        yield first


def _named(subject: Subject, node: Node, workload: Workload) -> Iterator[tuple[Atom, Ref]]:
    """What ALLOW rules let in, as far as a sample can show it."""
    for policy, service in attached(subject, workload):
        for rule in policy.rules if policy.action is Action.ALLOW and not policy.dry_run else ():
            for atom in atoms(subject, policy, rule):
                if all(clause.attribute in _SHOWN and not clause.denied for clause in atom.clauses):
                    yield on_pods(subject, node, atom, service), policy.ref


def _stopped(
    subject: Subject, node: Node, workload: Workload, caller: Workload, port: int, atom: Atom, ref: Ref
) -> Finding | None:
    request = Request(method=_sample(atom.method, "GET"), path=_sample(atom.path, "/")) if port in node.http else None
    if request is None and (atom.method or atom.path):
        return None
    decision = _ask(subject, caller, workload, port, request)
    verdict = at(decision, _ALL)
    if verdict is Verdict.ALLOWED:
        return None
    what = f" {request.method} {request.path}" if request else ""
    call = f"{ref} lets {caller.name} call {node.name}:{port}{what}"
    why = reason(deciding(decision, _ALL))
    if verdict is Verdict.UNKNOWN:
        return Finding(code="CG770", words=f"{call}, and whether it passes cannot be judged: {why}", ref=ref)
    return Finding(code="CG751", words=f"{call}, and it does not pass: {why}", ref=ref)


def _sample(pattern: str | None, default: str) -> str:
    """One of what a pattern takes."""
    return default if pattern in (None, "*") else str(pattern).replace("*", "x")


def _ask(subject: Subject, caller: Workload, workload: Workload, port: int, request: Request | None) -> Decision:
    """What becomes of a call, what the caller's own side does with it included."""
    service = subject.service_to(workload, port)
    sent = sending.Sent(pods=caller, callee=workload, service=service, port=port, request=request)
    who = caller_of(Who(namespace=caller.namespace, account=caller.account), caller)
    who = replace(who, address="")  # nobody knows where pods are
    if sending.is_bare(subject.world, sent):
        who = replace(who, identity=None)
    decision = subject.ask(who, workload, port, request)
    steps = (*decision.steps, *sending.steps(subject.world, sent))
    return Decision(verdict=worst(each.verdict for each in steps), steps=steps)
