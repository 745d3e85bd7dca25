"""P8: forms that Istio takes otherwise than people mean them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from chartgen.mesh.authorization import is_lost_on_ztunnel, unseen_by_ztunnel
from chartgen.mesh.model import Dataplane
from chartgen.mesh.mtls import mode
from chartgen.mesh.objects import Action, AuthorizationPolicy, Clause, Mtls, Rule
from chartgen.mesh.properties.rules import attached
from chartgen.mesh.subject import Finding, Subject
from chartgen.registry.past_proxies import PROBES

if TYPE_CHECKING:
    from chartgen.mesh.model import Ref, Workload

_READ = ("operation.hosts", "operation.methods", "operation.paths", "request.headers", "request.auth.")
"""What only a proxy can see that reads HTTP."""

_HTTP = frozenset({"http", "http2", "grpc", "grpc-web"})
_AT_WAYPOINT = "targetRefs: at a waypoint, it holds"
_TUNNEL = ("HBONE", 15008)
_LONGEST_LIVED = ("exp", "iat", "nbf")


def shapes(subject: Subject) -> Iterator[Finding]:
    """Every trap that an object falls into."""
    for policy in subject.world.found.authorization:
        for rule in policy.rules:
            for words in _of_rule(policy, rule):
                yield _told(policy.ref, f"{rule.where} {words}")
        if not policy.rules and policy.ref.namespace == subject.world.assumed.root_namespace and subject.expected:
            yield _told(policy.ref, "denies all in the root namespace: the ingress too")
    yield from _of_chains(subject)
    yield from _of_ztunnels(subject)
    yield from _of_tokens(subject)
    yield from _of_traffic(subject)
    for problem in subject.world.problems:
        if not problem.blinds:
            yield _told(problem.ref, " ".join(filter(None, (problem.where, problem.words))))


def unknowns(subject: Subject) -> Iterator[Finding]:
    """What cannot be judged, and so is never called safe."""
    unread = any(not problem.ref.kind for problem in subject.world.problems)
    if not subject.world.workloads and not subject.is_all_off and not unread:
        yield Finding(code="CG771", words="there is no workload here, so there is nothing to prove")
    for problem in subject.world.problems:
        if problem.blinds:
            what = f"{problem.ref}: {problem.where}" if problem.ref.kind else "this document"
            yield Finding(code="CG770", words=f"{what.rstrip()} {problem.words}", ref=problem.ref)


def unprobed(subject: Subject) -> Iterator[Finding]:
    """Probes that come to a port as plaintext, and are refused there: pods that are never ready take no call."""
    for workload in subject.world.workloads if subject.meshed else ():
        for port in sorted(workload.unprobed, key=str):
            numbers = [each.number for each in workload.ports if each.name == port]
            numbers += [port] if isinstance(port, int) else []
            strict = (mode(subject.world, workload, n).mode is Mtls.STRICT for n in numbers if workload.captures(n))
            if any(strict):
                words = (
                    f"probes of port {port} come without mTLS ({PROBES}: false), and STRICT refuses them: none is ready"
                )
                yield _told(workload.ref, words)


def _told(ref: Ref, words: str) -> Finding:
    return Finding(code="CG758", words=f"{ref}: {words}", ref=ref)


def _of_rule(policy: AuthorizationPolicy, rule: Rule) -> Iterator[str]:
    clauses = clauses_of(rule)
    if policy.action is Action.ALLOW:
        if not clauses:
            yield "is empty: it lets everyone do everything"
        for clause in clauses:
            if clause.denied and clause.attribute.startswith("operation."):
                yield f"allows all but some ({clause.where}): what is new is open"
    if policy.action is Action.DENY and _reads(rule) and not _has_ports(rule):
        yield "denies without ports: on a TCP port what is left of it closes all"
    for clause in clauses:
        if clause.attribute == "request.auth.claims" and clause.argument and clause.argument[0] in _LONGEST_LIVED:
            yield f"asks for claim {clause.argument[0]}, a number: a number never matches"
        if policy.action is Action.ALLOW and clause.attribute == "request.auth.principal" and "*" in clause.values:
            yield 'takes tokens of any issuer ("*")'


def clauses_of(rule: Rule) -> list[Clause]:
    """Every clause of a rule."""
    return [each for group in (*rule.sources, *rule.operations, rule.conditions) for each in group]


def _has_ports(rule: Rule) -> bool:
    if any(clause.attribute == "destination.port" for clause in rule.conditions):
        return True
    return bool(rule.operations) and all(
        any(clause.attribute == "destination.port" for clause in operation) for operation in rule.operations
    )


def _of_chains(subject: Subject) -> Iterator[Finding]:
    """Rules that read HTTP where nobody does."""
    seen: set[object] = set()
    for node in subject.nodes.values():
        for workload in node.workloads:
            for policy, service in attached(subject, workload):
                for rule in policy.rules if service is None and workload.dataplane is not Dataplane.AMBIENT else ():
                    if (policy.ref, rule.where) in seen or not _reads(rule):
                        continue
                    words = _unread(subject, workload, policy, rule)
                    if words:
                        seen.add((policy.ref, rule.where))
                        yield _told(policy.ref, f"{rule.where} {words}")


def _of_ztunnels(subject: Subject) -> Iterator[Finding]:
    """What is handed to a ztunnel, and what it does not see of it."""
    for node in subject.nodes.values():
        for workload in node.workloads if any(w.dataplane is Dataplane.AMBIENT for w in node.workloads) else ():
            for policy in subject.world.policies_of(workload):
                if policy.action is Action.CUSTOM:
                    words = f"is CUSTOM, and the ztunnel before {node.name} asks no authorizer: the policy does nothing"
                    yield _told(policy.ref, f"{words} ({_AT_WAYPOINT})")
                for rule in policy.rules if policy.action in (Action.ALLOW, Action.DENY) else ():
                    words = _unseen(policy, rule)
                    if words:
                        yield _told(policy.ref, f"{rule.where} {words}")
            for each in subject.world.requests_of(workload):
                if each.scope.labels:
                    words = f"checks tokens at {node.name}, whose ztunnel reads none: nobody checks them"
                    yield _told(each.ref, f"{words} ({_AT_WAYPOINT})")


def _unseen(policy: AuthorizationPolicy, rule: Rule) -> str:
    """What becomes of a rule that asks for more than a ztunnel sees."""
    unseen = unseen_by_ztunnel(rule)
    if not unseen:
        return ""
    names = ", ".join(dict.fromkeys(_name(clause) for clause in unseen))
    reads = "reads HTTP" if _reads(rule) else f"asks for {names}"
    if is_lost_on_ztunnel(rule, policy.action):
        lost = "it is dropped whole" if policy.action is Action.ALLOW else "it never matches, and closes nothing"
    else:
        lost = "it loses that and opens more" if policy.action is Action.ALLOW else "it loses that and closes more"
    return f"{reads}, which ztunnel does not see: {lost}"


def _name(clause: Clause) -> str:
    return clause.attribute + "".join(f"[{each}]" for each in clause.argument)


def _unread(subject: Subject, workload: Workload, policy: AuthorizationPolicy, rule: Rule) -> str:
    lost = "it is dropped whole" if policy.action is Action.ALLOW else "it loses that and closes more"
    for port in _ports(rule):
        spoken = subject.world.protocols(workload, port)
        if spoken and not spoken & _HTTP and "" not in spoken:
            return f"reads HTTP on port {port}, which speaks {', '.join(sorted(spoken))}: {lost}"
    return ""


def _reads(rule: Rule) -> bool:
    return any(clause.attribute.startswith(_READ) for clause in clauses_of(rule))


def _ports(rule: Rule) -> list[int]:
    """The ports of the operations that read HTTP, or of all where a source or a condition does."""
    elsewhere = any(c.attribute.startswith(_READ) for group in (*rule.sources, rule.conditions) for c in group)
    found = [op for op in rule.operations if elsewhere or any(c.attribute.startswith(_READ) for c in op)]
    return [int(value) for op in found for c in op if c.attribute == "destination.port" for value in c.values]


def _of_tokens(subject: Subject) -> Iterator[Finding]:
    for each in subject.world.found.requests:
        for rule in each.rules:
            if not rule.audiences:
                yield _told(each.ref, f"{rule.where} takes tokens for any audience")
            if rule.jwks and rule.jwks_uri:
                yield _told(each.ref, f"{rule.where} has both jwks and jwksUri")


def _of_doors(subject: Subject) -> Iterator[Finding]:
    for gateway in subject.world.found.gateways:
        if gateway.is_waypoint and any(listener.hosts for listener in gateway.listeners):
            yield _told(gateway.ref, "is a waypoint for some hosts: calls to others of its Services are lost")
        if gateway.is_waypoint and not any((each.protocol, each.port) == _TUNNEL for each in gateway.listeners):
            yield _told(gateway.ref, "is a waypoint without a listener for HBONE on port 15008: no call gets through")
        for listener in () if gateway.is_waypoint else gateway.listeners:
            if not listener.hosts or "*" in listener.hosts or "*/*" in listener.hosts:
                yield _told(gateway.ref, f"listener {listener.name or listener.port} takes every host")


def _of_traffic(subject: Subject) -> Iterator[Finding]:
    found = subject.world.found
    yield from _of_doors(subject)
    for each in found.destination_rules:
        modes = set(each.tls.values()) - {"", "ISTIO_MUTUAL"}
        if modes and subject.called(each.host, each.ref.namespace):
            yield _told(each.ref, f"sets tls to {', '.join(sorted(modes))} for a host of the mesh: mTLS is off")
    parents = ((route.ref.namespace, parent) for route in found.routes for parent in route.parents)
    routed = {_host(home, parent.name) for home, parent in parents if parent.kind == "Service"}
    for service in found.virtual_services:
        for host in service.hosts if not service.gateways or "mesh" in service.gateways else ():
            if _host(service.ref.namespace, host) in routed:
                yield _told(service.ref, f"{host} has a route of the Gateway API too: one of them is ignored")


def _host(namespace: str, host: str) -> tuple[str, str]:
    """(name, namespace) of a Service by a host that a mesh's object gives."""
    name, _, rest = host.partition(".")
    return name, rest.partition(".")[0] or namespace
