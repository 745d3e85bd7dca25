"""P5 and P6: tokens that must not do, and paths that mean more than they seem to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from chartgen.mesh.grants import Grant, Why
from chartgen.mesh.model import Dataplane, Request, Verdict
from chartgen.mesh.objects import Action, Clause
from chartgen.mesh.properties.calls import caller_for, described, guarded, host_of, judgement
from chartgen.mesh.properties.coverage import requests_of
from chartgen.mesh.properties.rules import PORT, attached, shown_as
from chartgen.mesh.samples import bad_tokens, covered, is_path, meant, paths_of, tricks
from chartgen.mesh.subject import Finding, Node, Subject, at, deciding, most_open, reason

if TYPE_CHECKING:
    from chartgen.mesh.model import Workload

_DOOR = (Why.ROUTE, Why.EXPOSED)


def tokens(subject: Subject) -> Iterator[Finding]:
    """P5: the table of tokens, at every door, and for one caller of each hop that asks for one."""
    for node in subject.nodes.values() if subject.meshed and not subject.audits else ():
        workloads = guarded(subject, node)
        tried: set[object] = set()
        for grant in node.grants:
            kind = grant.path if grant.why in _DOOR else (grant.port, grant.demand)
            if grant.demand and kind not in tried and workloads:
                tried.add(kind)
                yield from _table(subject, node, workloads[0], grant)


def _table(subject: Subject, node: Node, workload: Workload, grant: Grant) -> Iterator[Finding]:
    assert grant.demand
    caller = caller_for(subject, grant)
    method, path = (grant.methods or ("GET",))[0], paths_of(grant.paths)[0]
    others = [each for each in node.to(grant.port) if each.who.holds(caller.identity) and each.demand != grant.demand]
    if covered([each for each in others if not each.headers], method, path):
        return
    for fault, token in bad_tokens(grant.demand):
        request = Request(method=method, path=path, host=host_of(subject, grant), token=token)
        decision = most_open(subject.ask_every_way(caller, workload, grant.port, request))
        if at(decision) is not Verdict.REFUSED:
            code, passes = judgement("CG755", at(decision))
            words = f"{described(grant.caller, node, grant.port, request)} {passes} with {fault}: "
            yield Finding(code=code, words=words + reason(deciding(decision)), path=grant.path)


def spoofed(subject: Subject) -> Iterator[Finding]:
    """P5: headers that the proxy makes of claims are nobody else's to send: where tokens are read, a DENY says so on
    every port that speaks HTTP."""
    mesh = subject.expected.registry.mesh if subject.expected else None
    headers = [name for name, _ in mesh.jwt.claim_headers] if mesh and mesh.jwt else []
    for node in subject.nodes.values() if headers else ():
        for workload in node.workloads[:1]:
            read = any(True for _ in requests_of(subject, workload))
            passing_by = workload.dataplane is Dataplane.AMBIENT
            http = [each for each in node.grants if each.http and not (each.is_direct and passing_by)]
            ports = {grant.port: grant for grant in http}
            for port, grant in ports.items() if read or any(each.why is Why.PUBLIC for each in ports.values()) else ():
                for name in headers:
                    if not _is_guarded(subject, workload, name, port):
                        words = f"{node.name}:{port} takes {name} from callers without a token"
                        hint = "a DENY with notRequestPrincipals and request.headers refuses what only a token may say"
                        yield Finding(code="CG755", words=words, hint=hint, path=grant.path)


def _is_guarded(subject: Subject, workload: Workload, header: str, port: int) -> bool:
    for policy, service in attached(subject, workload):
        seen = shown_as(subject, workload, port, service)
        for rule in policy.rules if policy.action is Action.DENY else ():
            ports = [int(v) for op in rule.operations for c in op if c.attribute == PORT for v in c.values]
            named = any(_is_any(c, header) for c in rule.conditions)
            if named and seen in ports:
                return True
    return False


def _is_any(clause: Clause, header: str) -> bool:
    """Whether a condition holds for that header, whatever stands in it."""
    return clause.attribute == "request.headers" and clause.argument == (header,) and "*" in clause.values


def split(subject: Subject) -> Iterator[Finding]:
    """P5: a claim that is taken apart at spaces has values that its issuer does not give it: `staff admin` is one role
    to the registry, and then two."""
    for policy in subject.world.found.requests if subject.expected else ():
        for rule in policy.rules:
            if rule.split_claims:
                shown = ", ".join(rule.split_claims)
                words = f"{policy.ref}: {rule.where} splits claims at spaces ({shown}): each word counts as a value"
                yield Finding(code="CG755", words=words, hint="take spaceDelimitedClaims away", ref=policy.ref)


def public_paths(subject: Subject) -> Iterator[Finding]:
    """P6: what passes without a token is what the registry calls public, also as the service understands it."""
    for node in subject.nodes.values() if subject.meshed else ():
        public = [grant for grant in node.grants if grant.why is Why.PUBLIC and grant.paths]
        for grant in public if guarded(subject, node) else ():
            same = [each for each in node.to(grant.port) if each.who == grant.who and each.demand is None]
            yield from _tricked(subject, node, grant, same)


def _tricked(subject: Subject, node: Node, grant: Grant, same: list[Grant]) -> Iterator[Finding]:
    caller, host = caller_for(subject, grant), host_of(subject, grant)
    method = (grant.methods or ("GET",))[0]
    public = [path for each in same for path in each.paths]
    if not all(each.paths for each in same):
        return
    for path in dict.fromkeys(trick for pattern in grant.paths for trick in tricks(pattern)):
        if is_path(meant(path), public):
            continue
        request = Request(method=method, path=path, host=host)
        decision = most_open(subject.ask_every_way(caller, node.workloads[0], grant.port, request))
        if at(decision) is not Verdict.REFUSED:
            code, passes = judgement("CG756", at(decision))
            words = f"{described(grant.caller, node, grant.port, request)} {passes}, and means {meant(path)}: "
            yield Finding(code=code, words=words + reason(deciding(decision)), path=grant.path)
            return
