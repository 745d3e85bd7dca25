"""P1, from the side of what refuses: no DENY in force takes away a part of what the registry declares.

Samples alone do not tell, for a DENY may speak of one method, path, host, header or claim that nobody would try: so
each rule that looks at requests is held against what is granted. What cannot be told apart from a granted call counts
as one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING

from chartgen.mesh import meets
from chartgen.mesh.clauses import HTTP_ONLY, compiled
from chartgen.mesh.envoy import facts_of
from chartgen.mesh.facts import Chain, Facts
from chartgen.mesh.grants import Grant, Why
from chartgen.mesh.meets import Meet
from chartgen.mesh.model import Dataplane
from chartgen.mesh.objects import Action, AuthorizationPolicy, Clause, Rule
from chartgen.mesh.properties.networks import callers_of
from chartgen.mesh.properties.rules import attached, shown_as
from chartgen.mesh.subject import Finding, Node, Subject
from chartgen.registry.mesh import Enforce

if TYPE_CHECKING:
    from chartgen.mesh.model import KubeService, Workload

_DOORS = frozenset({Why.ROUTE, Why.PUBLIC, Why.PREFLIGHT})
_HINT = "take the rule away, or narrow the dependency or the route in the registry"


def denials(subject: Subject) -> Iterator[Finding]:
    """The rules that refuse some of the requests that are declared."""
    for node in subject.nodes.values() if subject.meshed and subject.expected else ():
        seen: set[object] = set()
        for workload in node.workloads:
            for policy, service in _denying(subject, workload):
                for rule in policy.rules:
                    if (policy.ref, rule.where) not in seen and _is_judged(workload, rule, service):
                        found = list(_hit(subject, node, workload, policy, rule, service))
                        seen |= {(policy.ref, rule.where)} if found else set()
                        yield from found
    yield from _at_door(subject)


def _at_door(subject: Subject) -> Iterator[Finding]:
    """What policies of the door's own pods refuse: whoever calls from outside, all its routes are concerned."""
    gateway = subject.expected.registry.gateway if subject.expected else None
    if not subject.meshed or not subject.expected or not gateway:
        return
    routes = [(node, grant) for node in subject.nodes.values() for grant in node.grants if grant.why in _DOORS]
    for policy in subject.world.targeting("authorization", subject.home, "Gateway", gateway.name):
        for rule in policy.rules if policy.action is Action.DENY and (subject.audits or not policy.dry_run) else ():
            for node, grant in routes:
                hosts = _hosts(subject, node, grant)
                met = [each for each in _ways(rule) if _asks_no_more(each, grant, hosts)]
                if met:
                    yield _refuses(policy, rule, node, grant, met[0])
                    break


def _denying(subject: Subject, workload: Workload) -> Iterator[tuple[AuthorizationPolicy, KubeService | None]]:
    """The DENY policies in force before a workload: its own, its waypoint's, and the door's."""
    found = [*attached(subject, workload), *_before(subject, workload)]
    return ((p, s) for p, s in found if p.action is Action.DENY and (subject.audits or not p.dry_run))


def _before(subject: Subject, workload: Workload) -> Iterator[tuple[AuthorizationPolicy, KubeService | None]]:
    """What waypoints hold for all calls that pass them."""
    for service in subject.world.services_of(workload):
        namespace, _, name = service.waypoint.partition("/")
        if name:
            named = subject.world.targeting("authorization", namespace, "Gateway", name)
            yield from ((policy, service) for policy in named)


def _is_judged(workload: Workload, rule: Rule, service: KubeService | None) -> bool:
    """Rules that look at requests: what others refuse, samples show. ztunnel sees no requests."""
    if workload.dataplane is Dataplane.AMBIENT and service is None:
        return False
    return any(c.attribute in HTTP_ONLY for each in _ways(rule) for c in each)


def _ways(rule: Rule) -> Iterator[tuple[Clause, ...]]:
    """The clauses of a rule that are to hold together: one source, one operation, all conditions."""
    for source, operation in product(rule.sources or ((),), rule.operations or ((),)):
        yield (*source, *operation, *rule.conditions)


def _hit(
    subject: Subject,
    node: Node,
    workload: Workload,
    policy: AuthorizationPolicy,
    rule: Rule,
    service: KubeService | None,
) -> Iterator[Finding]:
    for grant in node.grants:
        if not grant.http or (service is not None and grant.is_direct):
            continue
        port = shown_as(subject, workload, grant.port, service)
        calling = [facts_of(subject.world, caller, port) for caller, _ in callers_of(subject, grant)]
        for clauses in _ways(rule):
            if _overlaps(subject, node, policy, grant, clauses, calling):
                yield _refuses(policy, rule, node, grant, clauses)
                return


def _refuses(policy: AuthorizationPolicy, rule: Rule, node: Node, grant: Grant, clauses: Sequence[Clause]) -> Finding:
    asked = [c for c in clauses if c.attribute in HTTP_ONLY]
    which = ", ".join(dict.fromkeys(" ".join((*c.values, *(f"not {each}" for each in c.denied))) for c in asked))
    call = f"{grant.caller} → {node.name}:{grant.port}" + (f" ({which})" if which else "")
    words = f"{policy.ref}, {rule.where}, refuses calls that are declared: {call}"
    return Finding(code="CG751", words=words, hint=_HINT, path=grant.path, ref=policy.ref)


def _overlaps(
    subject: Subject,
    node: Node,
    policy: AuthorizationPolicy,
    grant: Grant,
    clauses: Sequence[Clause],
    calling: Sequence[Facts],
) -> bool:
    """Whether a call may be granted, and match all of these clauses."""
    if _is_guard(subject, grant, clauses):
        return False
    known = [c for c in clauses if c.attribute not in HTTP_ONLY]
    assumed = subject.world.assumed
    asks = [compiled(c, Chain.HTTP, assumed.trusted, policy.ref.namespace) for c in known]
    if not any(all(ask(facts) is not False for ask in asks) for facts in calling):
        return False
    return _asks_no_more(clauses, grant, _hosts(subject, node, grant))


def _asks_no_more(clauses: Sequence[Clause], grant: Grant, hosts: tuple[str, ...]) -> bool:
    """Whether a granted request may match all that the clauses say of requests."""
    return all(_may(c, grant, hosts) for c in clauses if c.attribute in HTTP_ONLY)


def _is_guard(subject: Subject, grant: Grant, clauses: Sequence[Clause]) -> bool:
    """The DENY that keeps the headers which the proxy makes of claims from those who have no token; where no token is
    read, from those who come from outside. Between services a token is looked for at every hop, or not at all."""
    mesh = subject.expected.registry.mesh if subject.expected else None
    jwt = mesh.jwt if mesh else None
    own = {name.lower() for name, _ in jwt.claim_headers} if jwt else set()
    if not jwt or not any(c.attribute == "request.headers" and c.argument[0].lower() in own for c in clauses):
        return False
    tokens = any(c.attribute == "request.auth.principal" and c.denied and not c.values for c in clauses)
    if grant.why is Why.EDGE:
        return tokens and jwt.enforce is Enforce.EVERY_HOP
    return tokens or grant.demand is None


def _hosts(subject: Subject, node: Node, grant: Grant) -> tuple[str, ...]:
    """The hosts that a granted call may name."""
    assert subject.expected
    gateway = subject.expected.registry.gateway
    if grant.why in _DOORS and gateway:
        return grant.hosts or gateway.hosts
    return tuple(
        form
        for name in sorted(subject.expected.fronts.get(node.name, (node.name,)))
        for form in (name, f"{name}.{subject.home}", f"{name}.{subject.home}.svc", subject.host_of(name, subject.home))
    )


def _may(clause: Clause, grant: Grant, hosts: tuple[str, ...]) -> bool:
    """Whether a granted call may have one of the clause's values, and none that it excepts."""
    match clause.attribute:
        case "operation.methods":
            return _some(clause, grant.methods, meets.word)
        case "operation.paths":
            return _some(clause, grant.paths, meets.path)
        case "operation.hosts":
            return _some(clause, hosts, meets.host)
        case "request.headers":
            return True
    return _token(clause, grant)


def _some(clause: Clause, declared: Sequence[str], meet: Meet) -> bool:
    """Whether one of the declared values (none: any) is among the clause's, and not wholly excepted."""
    if not declared:
        return True
    met = [each for each in declared if not clause.values or any(meet(value, each)[0] for value in clause.values)]
    return any(not any(meet(value, each)[1] for value in clause.denied) for each in met)


def _token(clause: Clause, grant: Grant) -> bool:
    """Whether a granted call may carry such a token: without a demand it may carry any, or none."""
    demand = grant.demand
    if demand is None:
        return True
    if clause.attribute == "request.auth.principal":
        issuer = f"{demand.issuer}/*"
        ours = [value for value in clause.values if value.startswith((issuer[:-1], "*"))]
        return (bool(ours) or not clause.values) and not {"*", issuer} & set(clause.denied)
    wanted: Mapping[str, Sequence[tuple[str, ...]]] = {
        "request.auth.audiences": [demand.audiences],
        "request.auth.claims": [claim.values for claim in demand.claims if claim.path == clause.argument],
    }
    return all(_some(clause, values, meets.word) for values in wanted.get(clause.attribute, ()))
