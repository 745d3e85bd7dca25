"""P9: what objects name is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from chartgen.mesh.grants import NAME, VERSION
from chartgen.mesh.objects import AuthorizationPolicy, PeerAuthentication, RequestAuthentication, Scope
from chartgen.mesh.properties.rules import attached
from chartgen.mesh.properties.shapes import clauses_of
from chartgen.mesh.readers.unread import BY_HAND
from chartgen.mesh.selection import subset
from chartgen.mesh.subject import Finding, Subject
from chartgen.registry.kubernetes import is_service
from chartgen.registry.service import Service

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chartgen.mesh.model import Ref
    from chartgen.mesh.traffic import Destination, TrafficRule
    from chartgen.registry.service import Version

_PER_CENT = 100


def references(subject: Subject) -> Iterator[Finding]:
    """Every name that leads nowhere."""
    found = subject.world.found
    scoped: Sequence[AuthorizationPolicy | PeerAuthentication | RequestAuthentication] = [
        *found.authorization,
        *found.peers,
        *found.requests,
    ]
    for policy in scoped:
        yield from _scope(subject, policy.ref, policy.scope)
    for sidecar in found.sidecars:
        yield from _selector(subject, sidecar.ref, sidecar.labels)
    yield from _ports(subject)
    yield from _exceptions(subject)
    yield from _routes(subject)
    yield from _subsets(subject)
    yield from _accounts(subject)
    yield from _addresses(subject)


def _addresses(subject: Subject) -> Iterator[Finding]:
    """Services that lead to addresses which are not those of the outside datastore behind them."""
    hosts = subject.expected.premises.hosts if subject.expected else {}
    for each in subject.world.found.addresses:
        host, _ = hosts.get(each.service, ("", 0))
        if each.ref.namespace != subject.home or each.addresses != (host,):
            yield Finding(code="CG770", words=f"{each.ref}: {BY_HAND}", ref=each.ref)


def _told(ref: Ref, words: str) -> Finding:
    return Finding(code="CG759", words=f"{ref} {words}", ref=ref)


def _scope(subject: Subject, ref: Ref, scope: Scope) -> Iterator[Finding]:
    yield from _selector(subject, ref, scope.labels)
    for target in scope.targets:
        there = {
            "Service": subject.world.service(ref.namespace, target.name),
            "Gateway": subject.world.gateway(ref.namespace, target.name),
        }
        if target.kind in there and there[target.kind] is None and not subject.is_off(target.name):
            yield _told(ref, f"is attached to {target.kind} {target.name}, which is not there")


def _selector(subject: Subject, ref: Ref, labels: Mapping[str, str] | None) -> Iterator[Finding]:
    if not labels or _is_off(subject, labels):
        return
    if not any(subset(labels, each.labels) for each in subject.selectable(ref.namespace, labels)):
        wanted = ", ".join(f"{key}: {value}" for key, value in labels.items())
        yield _told(ref, f"selects no pod ({wanted})")


def _is_off(subject: Subject, labels: Mapping[str, str]) -> bool:
    """Whether whoever has these labels is switched off: rules for it stay."""
    name = labels.get(NAME, "")
    return subject.is_off(name) or subject.is_off_version(name, labels.get(VERSION, ""))


def _ports(subject: Subject) -> Iterator[Finding]:
    """Ports in rules that no selected pod has."""
    told: set[tuple[Ref, int]] = set()
    for node in subject.nodes.values():
        for workload in node.workloads:
            known = subject.ports_of(node, workload)
            for policy, service in attached(subject, workload):
                if policy.scope.labels is None and not policy.scope.targets:
                    continue
                numbers = {port.number for port in service.ports} if service else known
                for number in _numbers(policy):
                    if number not in numbers and (policy.ref, number) not in told:
                        told.add((policy.ref, number))
                        yield _told(policy.ref, f"names port {number}, which {node.name} does not have")


def _numbers(policy: AuthorizationPolicy) -> Iterator[int]:
    for rule in policy.rules if not policy.flaw else ():
        for clause in clauses_of(rule):
            if clause.attribute == "destination.port":
                yield from (int(value) for value in (*clause.values, *clause.denied))


def _exceptions(subject: Subject) -> Iterator[Finding]:
    """Ports of PeerAuthentications that no selected pod has."""
    for node in subject.nodes.values():
        for workload in node.workloads:
            for policy in subject.world.peers_of(workload):
                for number in policy.ports if policy.scope.labels else ():
                    if number not in subject.ports_of(node, workload):
                        yield _told(policy.ref, f"names port {number}, which {node.name} does not have")


def _routes(subject: Subject) -> Iterator[Finding]:
    found = subject.world.found
    gateways = {(each.ref.namespace, each.ref.name) for each in found.gateways}
    for service in found.virtual_services:
        for name in service.gateways:
            home, _, own = name.rpartition("/")
            place = (home or service.ref.namespace, own)
            if name != "mesh" and place not in gateways and place[0] in subject.by_namespace:
                yield _told(service.ref, f"names gateway {name}, which is not there")
        for rule in service.rules:
            yield from _rule(subject, service.ref, rule)
    for route in found.routes:
        for parent in route.parents:
            place = (parent.namespace or route.ref.namespace, parent.name)
            there = place in gateways if parent.kind == "Gateway" else subject.world.service(*place) is not None
            if not there and not subject.is_off(parent.name):
                yield _told(route.ref, f"is attached to {parent.kind} {parent.name}, which is not there")
        for rule in route.rules:
            yield from _rule(subject, route.ref, rule)


def _rule(subject: Subject, ref: Ref, rule: TrafficRule) -> Iterator[Finding]:
    weights = [each.weight for each in rule.destinations if each.weight is not None]
    if ref.kind == "VirtualService" and len(weights) > 1 and sum(weights) != _PER_CENT:
        yield _told(ref, f"{rule.where}: weights add up to {sum(weights)}, not to {_PER_CENT}")
    for each in rule.destinations:
        yield from _destination(subject, ref, rule, each)


def _destination(subject: Subject, ref: Ref, rule: TrafficRule, each: Destination) -> Iterator[Finding]:
    place = subject.place_of(each.namespace or ref.namespace, each.host)
    service = subject.world.service(*place)
    gone = _switched_off(subject, place[1], each)
    if gone:
        yield from _share_of_nobody(ref, rule, each, *gone)
        return
    if service is None:
        known = {host for entry in subject.world.found.service_entries for host in entry.hosts}
        if subject.expected:  # Services of other namespaces, which are not among the manifests
            known |= {host for host in subject.expected.outer_hosts if is_service(host)}
        if each.host not in known and not subject.is_off(place[1]) and each.kind == "Service":
            yield _told(ref, f"{rule.where} leads to {each.host}, which is not there")
        return
    if each.port and each.port not in {port.number for port in service.ports}:
        yield _told(ref, f"{rule.where} leads to port {each.port}, which {each.host} does not have")
    if each.subset and each.subset not in subject.subsets.get(place, ()):
        yield _told(ref, f"{rule.where} leads to subset {each.subset} of {each.host}, which no DestinationRule forms")


def _switched_off(subject: Subject, host: str, to: Destination) -> tuple[str, Version] | None:
    """(service, version) to which a route leads, where it is switched off and other pods of the service are there."""
    expected = subject.expected
    for name, off in sorted(expected.premises.off_versions) if expected else ():
        service = expected.by_name[name] if expected else None
        for version in service.versions if isinstance(service, Service) and subject.rendered(name) else ():
            if version.name == off and (host, to.subset) in ((name, off), (version.workload.name, "")):
                return name, version
    return None


def _share_of_nobody(ref: Ref, rule: TrafficRule, to: Destination, name: str, version: Version) -> Iterator[Finding]:
    """Calls for which nobody is there. The share is compiled, so no value can give it to another version."""
    if to.weight != 0:
        share = "the calls" if to.weight is None else f"{to.weight} % of the calls"
        where = f"version {version.name} of {name}, which is switched off"
        yield Finding(
            code="CG759",
            words=f"{ref}: {rule.where} leads {share} to {where}: they get a 503",
            hint="give its weight to others in the registry, or switch it on",
            path=version.path,
            ref=ref,
        )


def _subsets(subject: Subject) -> Iterator[Finding]:
    for rule in subject.world.found.destination_rules:
        place = subject.place_of(rule.ref.namespace, rule.host)
        service = subject.world.service(*place)
        known = {host for entry in subject.world.found.service_entries for host in entry.hosts}
        if service is None:
            if rule.host not in known and not subject.is_off(place[1]) and not subject.called(rule.host):
                yield _told(rule.ref, f"is about {rule.host}, which is not there")
            continue
        yield from _selector(subject, rule.ref, rule.labels)
        for place_of_it, each in enumerate(rule.subsets):
            same = next((one.name for one in rule.subsets[:place_of_it] if one.labels == each.labels), "")
            if same:
                yield _told(rule.ref, f"forms subset {each.name} of the same pods as {same}")
            if not subject.is_off_version(place[1], each.name) and not any(
                subset(each.labels, workload.labels) for workload in subject.world.pods_of(service)
            ):
                yield _told(rule.ref, f"forms subset {each.name}, of which there is no pod")


def _accounts(subject: Subject) -> Iterator[Finding]:
    """Accounts of pods: those that the charts make themselves. Without one, no pod starts."""
    if subject.expected is None:
        return
    made = subject.world.found.accounts
    shared = {
        workload.account.name
        for service in subject.expected.registry.services
        for workload in service.workloads
        if not workload.account.own
    }
    for workload in subject.by_namespace.get(subject.home, ()):
        account = workload.account
        is_there = (workload.namespace, account) in made or account in shared or account == "default"
        if not is_there and workload.ref.kind != "Pods":
            yield _told(workload.ref, f"runs as account {account}, which is not there")
