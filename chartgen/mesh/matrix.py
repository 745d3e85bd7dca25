"""Who may call whom, as rows for people and programs: from what ought to pass, or read from rules alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

from chartgen.mesh.clauses import HTTP_ONLY
from chartgen.mesh.cover import claims_asked, issuers_asked
from chartgen.mesh.grants import ANYONE, Demand, Grant, Who, Why
from chartgen.mesh.model import Dataplane
from chartgen.mesh.objects import Action, Clause, Rule
from chartgen.mesh.properties.isolation import number_of
from chartgen.mesh.properties.isolation import shown as shown_peer
from chartgen.mesh.properties.rules import PORT, Atom, atoms, attached, on_pods, shown_clause, values
from chartgen.mesh.readers.kube import HTTP
from chartgen.mesh.selection import selects
from chartgen.registry.mesh import Claim

if TYPE_CHECKING:
    from chartgen.mesh.expected import Expected
    from chartgen.mesh.grants import Callee
    from chartgen.mesh.model import Workload
    from chartgen.mesh.subject import Node, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Calls of one caller to one port that pass. `conditions`: what else a rule asks, in its own words. `account`: the
    caller's, as namespace/account; `port` 0: every port.
    `claims`: (name, values) that a token must have; `why`: a word of `Why`, empty for what is read from rules.
    `outside`: the callee is none of the platform's pods, `hosts` where it is."""

    callee: str
    port: int
    port_name: str = ""
    caller: str
    account: str
    methods: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    token: bool = False
    issuer: str = ""
    audiences: tuple[str, ...] = ()
    claims: tuple[tuple[str, tuple[str, ...]], ...] = ()
    why: str = ""
    reason: str = ""
    conditions: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    transport: str = "TCP"
    outside: bool = False

    @property
    def is_exception(self) -> bool:
        """Whether it is none of the declared calls between services."""
        return self.why not in ("", Why.EDGE, Why.PEERS)


def rows(expected: Expected) -> Iterator[Row]:
    """What passes, by callee, port and caller."""
    for name, callee in expected.callees.items():
        found = {_row(grant, _port_name(expected, callee, grant)) for grant in expected.grants[name]}
        yield from sorted(found, key=_order)
    yield from sorted(set(_rows_outward(expected)), key=_order)


def _port_name(expected: Expected, callee: Callee, grant: Grant) -> str:
    """The registry's name of the port; the proxy knows none that speaks UDP."""
    if grant.transport == "TCP":
        return callee.ports.get(grant.port, "")
    ports = expected.by_name[callee.name].exposed_ports
    return next((p.name for p in ports if (p.target_port, p.transport) == (grant.port, grant.transport)), "")


def _rows_outward(expected: Expected) -> Iterator[Row]:
    """The declared calls that leave the platform."""
    for call in (call for calls in expected.outward.values() for call in calls):
        caller = expected.callees.get(call.caller)
        account = Who(namespace=expected.premises.namespace, account=caller.account if caller else call.caller)
        names = {(p.target_port, p.transport): p.name for p in expected.by_name[call.target].exposed_ports}
        for port in call.ports:
            yield Row(
                callee=call.target,
                port=port[0],
                port_name=names.get(port, ""),
                caller=call.caller,
                account=str(account),
                hosts=(call.host,),
                why=Why.EDGE.value,
                transport=port[1],
                outside=True,
            )


def united(sets: Iterable[tuple[str, Iterable[Row]]]) -> tuple[Row, ...]:
    """The rows of several sets of values, each with those that have it."""
    found: dict[Row, list[str]] = {}
    for name, of_set in sets:
        for row in of_set:
            found.setdefault(row, []).append(name)
    return tuple(sorted((replace(row, sets=tuple(names)) for row, names in found.items()), key=_order))


def _order(row: Row) -> tuple[object, ...]:
    return (
        row.callee,
        row.outside,
        row.port,
        row.transport,
        row.is_exception,
        row.caller,
        row.account,
        row.methods,
        row.paths,
        row.hosts,
        row.claims,
    )


def _row(grant: Grant, port_name: str) -> Row:
    demand = grant.demand
    return Row(
        callee=grant.callee,
        port=grant.port,
        port_name=port_name,
        caller=grant.caller,
        account=str(grant.who),
        methods=grant.methods,
        paths=grant.paths,
        hosts=grant.hosts,
        token=demand is not None,
        issuer=demand.issuer if demand else "",
        audiences=demand.audiences if demand else (),
        claims=_claims(demand.claims) if demand else (),
        why=grant.why.value,
        reason=grant.reason,
        transport=grant.transport,
    )


def _claims(claims: Iterable[Claim]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(dict.fromkeys((shown(claim.path), claim.values) for claim in claims))


def shown(path: tuple[str, ...]) -> str:
    """A claim's name as the registry writes it: nested ones in brackets."""
    return path[0] + "".join(f"[{name}]" for name in path[1:])


def rows_of_rules(subject: Subject) -> Iterator[Row]:
    """What ALLOW rules say, where there is no registry to say more."""
    for node in subject.nodes.values():
        yield from rows_to(subject, node)


def rows_to(subject: Subject, node: Node) -> list[Row]:
    """The same of one node."""
    return sorted(dict.fromkeys(_read(subject, node)), key=_order)


def _read(subject: Subject, node: Node) -> Iterator[Row]:
    for workload in node.workloads:
        for policy, service in attached(subject, workload):
            for rule in policy.rules if policy.action is Action.ALLOW and not policy.dry_run else ():
                gathered: dict[tuple[str, int, tuple[Clause, ...]], list[Atom]] = {}
                for atom in (on_pods(subject, node, each, service) for each in atoms(subject, policy, rule)):
                    if service or not _is_dropped(subject, workload, rule, atom.port):
                        gathered.setdefault((_caller(atom), atom.port or 0, atom.clauses), []).append(atom)
                for (account, port, clauses), found in gathered.items():
                    demand = _demand(clauses)
                    yield Row(
                        callee=node.name,
                        port=port,
                        caller=account,
                        account=account,
                        methods=tuple(sorted({atom.method for atom in found if atom.method})),
                        paths=tuple(sorted({atom.path for atom in found if atom.path})),
                        hosts=found[0].hosts,
                        token=demand is not None,
                        issuer=demand.issuer if demand else "",
                        claims=_claims(demand.claims) if demand else (),
                        conditions=_conditions(clauses),
                    )


def _is_dropped(subject: Subject, workload: Workload, rule: Rule, port: int | None) -> bool:
    """Whether the proxy passes a rule over, since it sees bytes alone there and the rule speaks of requests."""
    groups = (*rule.sources, *rule.operations, rule.conditions)
    asks = any(clause.attribute in HTTP_ONLY for group in groups for clause in group)
    spoken = subject.world.protocols(workload, port) if port else frozenset()
    bytes_alone = bool(spoken) and "" not in spoken and not spoken & HTTP
    return asks and (bytes_alone or workload.dataplane is Dataplane.AMBIENT)


def _caller(atom: Atom) -> str:
    """Who an atom means; names with wildcards as they are written."""
    named = values("source.principal", atom.clauses)
    return str(atom.who) if atom.who != ANYONE else ", ".join(named) if named else "anyone"


_SAID_ELSEWHERE = frozenset({"source.principal", "source.serviceAccount", "source.namespace", PORT})


def _conditions(clauses: Iterable[Clause]) -> tuple[str, ...]:
    """What clauses ask beside caller, port, method, path, host and token, and what it excepts of these."""
    asked = (clause for clause in clauses if clause.denied or not _is_said_elsewhere(clause))
    return tuple(dict.fromkeys(shown_clause(clause) for clause in asked))


def _is_said_elsewhere(clause: Clause) -> bool:
    return clause.attribute in _SAID_ELSEWHERE or clause.attribute.startswith(("operation.", "request.auth."))


def rows_of_networks(subject: Subject) -> Iterator[Row]:
    """What NetworkPolicies say, where there is no mesh: callers are pods, by their labels."""
    for node in subject.nodes.values():
        for workload in node.workloads:
            yield from sorted(dict.fromkeys(_let_in(subject, node, workload)), key=_order)


def _let_in(subject: Subject, node: Node, workload: Workload) -> Iterator[Row]:
    policies = subject.world.networks_of(workload.namespace, workload.labels)
    selected = [each for each in policies if each.ingress is not None and selects(each.pods, workload.labels)]
    if not selected:
        yield Row(callee=node.name, port=0, caller="anyone", account="anyone")
    for rule in (rule for policy in selected for rule in policy.ingress or ()):
        for peer, port in product(rule.peers or (None,), rule.ports or (None,)):
            caller = shown_peer(peer)
            yield Row(callee=node.name, port=number_of(workload, port), caller=caller, account=caller)


def _demand(clauses: Iterable[Clause]) -> Demand | None:
    found = tuple(clauses)
    issuers, claims = issuers_asked(found), claims_asked(found)
    return Demand(issuer=", ".join(issuers), audiences=(), claims=claims) if issuers or claims else None
