"""P1, P2, P3, P5, P7, from the policies' side: no rule admits more than what ought to pass.

Each rule is taken apart into who, port, method and path; each of these lies within one grant, or is a finding. What
no rule admits is refused (P10 sees to that): so this holds for every caller there can be, not for those tried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

from chartgen.mesh.cover import demands, host_within, identities, method_within, path_within, whos
from chartgen.mesh.grants import ANYONE, Grant, Who
from chartgen.mesh.model import Dataplane
from chartgen.mesh.objects import Action, AuthorizationPolicy, Clause, Rule
from chartgen.mesh.subject import Finding, Node, Subject
from chartgen.registry.waypoints import behind_waypoint, waypoint_name

if TYPE_CHECKING:
    from chartgen.mesh.model import Identity, KubeService, Workload

HINT = "run `chartgen generate`, and look for an overlay or patch that adds the rule"


PORT = "destination.port"


@dataclass(frozen=True, slots=True, kw_only=True)
class Atom:
    """One who, port, method, path and host that a rule admits together (None: all), under these clauses."""

    who: Who
    port: int | None
    method: str | None
    path: str | None
    hosts: tuple[str, ...]
    clauses: tuple[Clause, ...]
    policy: AuthorizationPolicy
    where: str

    def within(self, grant: Grant, *, token: bool = True) -> bool:
        """Whether the grant lets all of it through; `token` False: but for the token."""
        return (
            includes(grant.who, self.who)
            and grant.port == self.port
            and (not grant.methods or (self.method is not None and method_within(self.method, grant.methods)))
            and (not grant.paths or (self.path is not None and path_within(self.path, grant.paths)))
            and (not grant.hosts or (bool(self.hosts) and all(host_within(h, grant.hosts) for h in self.hosts)))
            and all(_has_header(name, self.clauses) for name in grant.headers)
            and (not token or demands(grant.demand, self.clauses))
        )


def rules(subject: Subject) -> Iterator[Finding]:
    """What rules admit beyond what ought to pass."""
    for node in subject.nodes.values() if subject.expected else ():
        seen: set[object] = set()
        for workload in node.workloads:
            for policy, service in attached(subject, workload):
                key = (policy.ref, service.ref if service else None)
                if policy.action is Action.ALLOW and key not in seen:
                    seen.add(key)
                    yield from _policy(subject, node, policy, service)


def attached(subject: Subject, workload: Workload) -> Iterator[tuple[AuthorizationPolicy, KubeService | None]]:
    """The policies that speak of a workload; those at a waypoint with the Service that they name."""
    yield from ((policy, None) for policy in subject.world.policies_of(workload))
    for service in subject.world.services_of(workload):
        named = subject.world.targeting("authorization", service.ref.namespace, "Service", service.ref.name)
        yield from ((policy, service) for policy in named)


def _policy(
    subject: Subject, node: Node, policy: AuthorizationPolicy, service: KubeService | None
) -> Iterator[Finding]:
    for rule in policy.rules:
        told: set[str] = set()
        for atom in atoms(subject, policy, rule):
            seen = on_pods(subject, node, atom, service)
            finding = None if _is_blind(node, seen, service) else _judged(subject, node, seen)
            if finding and finding.words not in told:
                told.add(finding.words)
                yield finding


def atoms(subject: Subject, policy: AuthorizationPolicy, rule: Rule) -> Iterator[Atom]:
    """A rule, taken apart; nothing of a policy that cannot be judged, which is told by itself."""
    if policy.flaw:
        return
    assumed = subject.world.assumed
    for source, operation in product(rule.sources or ((),), rule.operations or ((),)):
        clauses = (*source, *operation, *rule.conditions)
        found = whos(clauses, assumed.trust_domain, policy.ref.namespace)
        ports = [int(value) for value in values(PORT, clauses)]
        methods, paths = values("operation.methods", clauses), values("operation.paths", clauses)
        for who, port, method, path in product(
            found or (ANYONE,), ports or (None,), methods or (None,), paths or (None,)
        ):
            yield Atom(
                who=who,
                port=port,
                method=method,
                path=path,
                hosts=tuple(values("operation.hosts", clauses)),
                clauses=clauses,
                policy=policy,
                where=rule.where,
            )


def values(attribute: str, clauses: Sequence[Clause]) -> list[str]:
    """The values that clauses give an attribute; several clauses on one are all to hold: the first will do."""
    return next((list(c.values) for c in clauses if c.attribute == attribute and c.values), [])


def includes(wide: Who, narrow: Who) -> bool:
    """Whether the one means all that the other means."""
    if wide == ANYONE:
        return True
    return wide.namespace == narrow.namespace and wide.account in ("", narrow.account)


def _has_header(name: str, clauses: Sequence[Clause]) -> bool:
    return any(c.attribute == "request.headers" and c.argument == (name,) and c.values for c in clauses)


def on_pods(subject: Subject, node: Node, atom: Atom, service: KubeService | None) -> Atom:
    """At a waypoint, rules speak of the Service's ports: the same of the pods'."""
    if service is None or atom.port is None:
        return atom
    for port in service.ports:
        if port.number == atom.port and node.workloads:
            numbers = subject.world.target_ports(node.workloads[0], port)
            return replace(atom, port=numbers[0]) if numbers else atom
    return atom


def shown_as(subject: Subject, workload: Workload, port: int, service: KubeService | None) -> int:
    """The number by which the enforcing proxy knows a pod's port: at a waypoint, the Service's."""
    for each in service.ports if service else ():
        if port in subject.world.target_ports(workload, each):
            return each.number
    return port


def _judged(subject: Subject, node: Node, atom: Atom) -> Finding | None:
    if any(atom.within(grant) for grant in node.grants) or _is_waypoints(subject, node, atom):
        return None
    mine = [grant for grant in node.grants if includes(grant.who, atom.who)]
    words = f"{atom.policy.ref}, {atom.where}, lets {_words(subject, atom.who)} call {node.name}{_on(atom)}"
    path, ref = node.path, atom.policy.ref
    if not mine:
        return Finding(
            code=_code_of_stranger(subject, atom.who), words=f"{words}, which no edge declares", hint=HINT, ref=ref
        )
    if not any(grant.port == atom.port for grant in mine):
        return Finding(code="CG752", words=f"{words}, a port that it does not declare", hint=HINT, ref=ref)
    if any(atom.within(grant, token=False) for grant in mine):
        return Finding(code="CG755", words=f"{words} without the token that is wanted", hint=HINT, path=path, ref=ref)
    return Finding(code="CG751", words=f"{words}, with more methods, paths or hosts than declared", hint=HINT, ref=ref)


_NAMES_CALLERS = ("source.principal", "source.serviceAccount", "source.namespace", "request.auth.principal")
"""What tells one caller of the mesh, or one user, from another."""


def anonymous(subject: Subject) -> Iterator[Finding]:
    """P3, where no registry says who is meant: a rule that names no caller, but only what is to be said in the request,
    lets every stranger in who says it. (One that asks for nothing at all is found by asking.)"""
    if subject.expected or not subject.meshed:
        return
    for node in subject.nodes.values():
        told: set[object] = set()
        for workload in node.workloads:
            for policy, _ in attached(subject, workload):
                for rule in policy.rules if policy.action is Action.ALLOW and not policy.dry_run else ():
                    terms = _terms(rule)
                    if terms and (policy.ref, rule.where) not in told:
                        told.add((policy.ref, rule.where))
                        yield Finding(
                            code="CG753",
                            words=f"{policy.ref}, {rule.where}, lets anyone call {node.name} with {', '.join(terms)}",
                            hint="name the callers: from.source.serviceAccounts, or principals",
                            ref=policy.ref,
                        )


def _terms(rule: Rule) -> list[str]:
    """What a rule without callers asks of a call beside its port; empty where it names callers, or asks for nothing."""
    for source, operation in product(rule.sources or ((),), rule.operations or ((),)):
        clauses = (*source, *operation, *rule.conditions)
        named = any(c.attribute in _NAMES_CALLERS and set(c.values) - {"*"} for c in clauses)
        named = named or any(c.attribute == "request.auth.principal" and c.values for c in clauses)
        asked = [shown_clause(c) for c in clauses if c.attribute not in (PORT, *_NAMES_CALLERS)]
        if asked and not named:
            return list(dict.fromkeys(asked))
    return []


def shown_clause(clause: Clause) -> str:
    """A demand as a policy writes it: `request.headers[x-a] b, c`."""
    name = clause.attribute.removeprefix("operation.") + "".join(f"[{part}]" for part in clause.argument)
    values = [*clause.values, *(f"not {value}" for value in clause.denied)]
    return f"{name} {', '.join(values)}"


def _code_of_stranger(subject: Subject, who: Who) -> str:
    assert subject.expected
    if who == ANYONE or not who.account:
        return "CG753"
    return "CG751" if (who.namespace, who.account) in subject.expected.accounts else "CG757"


def _is_waypoints(subject: Subject, node: Node, atom: Atom) -> bool:
    """In ambient a waypoint calls in the callers' place; what it lets through are rules of its own."""
    assert subject.expected
    account = waypoint_name(subject.expected.registry.metadata.name)
    return (
        node.name in behind_waypoint(subject.expected.registry)
        and atom.who == Who(namespace=subject.home, account=account)
        and node.callee is not None
        and (atom.port in node.callee.ports or any(grant.port == atom.port for grant in node.grants))
    )


def _is_blind(node: Node, atom: Atom, service: KubeService | None) -> bool:
    """ztunnel sees neither methods nor paths: an exception for anyone holds for all of its port there."""
    ambient = any(workload.dataplane is Dataplane.AMBIENT for workload in node.workloads)
    open_to_all = any(grant.who == ANYONE and grant.port == atom.port for grant in node.grants)
    return ambient and service is None and open_to_all and not (atom.method or atom.path)


def _words(subject: Subject, who: Who) -> str:
    named = subject.expected.names.get((who.namespace, who.account)) if subject.expected else None
    return named or str(who)


def _on(atom: Atom) -> str:
    port = f" on port {atom.port}" if atom.port is not None else " on every port"
    request = " ".join(part for part in (atom.method, atom.path) if part)
    return f"{port} ({request})" if request else port


def elsewhere(subject: Subject) -> Finding | None:
    """The one thing to say where policies name accounts of another namespace than the pods are in: of that the
    manifests cannot be compared."""
    if subject.expected is None:
        return None
    clauses = (
        clause
        for policy in subject.world.found.authorization
        for rule in policy.rules
        for group in (*rule.sources, rule.conditions)
        for clause in group
    )
    domain, home = subject.world.assumed.trust_domain, subject.home
    own = {name for space, name in subject.expected.accounts if space == home}
    named = Counter(each.namespace for each in identities(clauses, domain, home) if each.account in own)
    if not named or home in named:
        return None
    other = named.most_common(1)[0][0]
    words = f"policies name accounts of namespace {other}, and the manifests are taken for those of {home}"
    return Finding(code="CG757", words=words, hint=f"say --namespace {other}")


def selects_all(subject: Subject) -> Iterator[Finding]:
    """P7: a policy speaks of its own service alone; only the deny-all has no selector."""
    for policy in subject.world.found.authorization if subject.expected else ():
        bare = policy.scope.labels is None and not policy.scope.targets
        if bare and policy.rules and policy.ref.namespace == subject.home:
            words = f"{policy.ref} has no selector: its rules hold for every pod of the namespace"
            yield Finding(code="CG757", words=words, hint=HINT, ref=policy.ref)


def names_nobody(subject: Subject) -> Iterator[Finding]:
    """P7: accounts in policies that nobody has."""
    told: set[tuple[object, str]] = set()
    for policy in subject.world.found.authorization:
        for rule in policy.rules:
            clauses = [clause for source in rule.sources for clause in source] + list(rule.conditions)
            for each in identities(clauses, subject.world.assumed.trust_domain, policy.ref.namespace):
                words = f"names account {each.namespace}/{each.account}, which nobody has"
                if not _is_known(subject, each) and (policy.ref, words) not in told:
                    told.add((policy.ref, words))
                    yield Finding(
                        code="CG757",
                        words=f"{policy.ref}, {rule.where}, {words}",
                        hint="a service that is gone, or misspelt: take the name out of the rule",
                        ref=policy.ref,
                    )


def _is_known(subject: Subject, identity: Identity) -> bool:
    """Whether somebody has that account. Without a registry, of a namespace that is not rendered nothing is known; for
    Gateways, Istio makes one."""
    name = (identity.namespace, identity.account)
    if subject.expected:
        return name in subject.expected.accounts
    found = subject.world.found
    rendered = any(workload.namespace == identity.namespace for workload in found.workloads)
    of_gateways = ((each.ref.namespace, each.account) for each in found.gateways if each.class_name)
    return not rendered or name in subject.by_account or name in found.accounts or name in of_gateways
