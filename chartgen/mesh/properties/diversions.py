"""P1 and P9, of what routes do with calls: they lead to the service that was called, in the declared shares, and change
nothing on the way. A policy that admits a call says little where a route sends it elsewhere, or makes it another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chartgen.mesh.subject import Finding, Subject
from chartgen.registry.service import Service

if TYPE_CHECKING:
    from chartgen.mesh.model import Ref
    from chartgen.mesh.traffic import Destination, Parent, Route, TrafficRule, VirtualService

_FAULT = "fault"


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """A rule and the host whose calls it takes; at the door, where calls have no service yet, an empty one."""

    ref: Ref
    host: str
    rule: TrafficRule


def diversions(subject: Subject) -> Iterator[Finding]:
    """Routes that lead elsewhere, share calls otherwise, or change them."""
    if subject.expected:
        for each in _routed(subject):
            yield from _elsewhere(subject, each)
            yield from _shares(subject, each)
        yield from _unshared(subject)
    for ref, rules in _all_rules(subject):
        for rule in rules:
            yield from _changes(subject, ref, rule)
    yield from _twice(subject)


def reaching(subject: Subject) -> Iterator[Finding]:
    """Doors and waypoints that take routes from other namespaces: what those lead to nobody here sees."""
    for gateway in subject.world.found.gateways if subject.expected else ():
        for listener in gateway.listeners:
            if listener.routes_from:
                words = f"listener {listener.name or listener.port} takes routes from other namespaces"
                yield _told("CG751", gateway.ref, f"{words} ({listener.routes_from})", "only from: Same can be proven")


def _told(code: str, ref: Ref, words: str, hint: str = "") -> Finding:
    return Finding(code=code, words=f"{ref}: {words}", hint=hint, ref=ref)


def _all_rules(subject: Subject) -> Iterator[tuple[Ref, Sequence[TrafficRule]]]:
    found: list[VirtualService | Route] = [*subject.world.found.virtual_services, *subject.world.found.routes]
    return ((each.ref, each.rules) for each in found)


def _routed(subject: Subject) -> Iterator[Routed]:
    for service in subject.world.found.virtual_services:
        hosts = service.hosts if not service.gateways or "mesh" in service.gateways else ()
        doors = [""] if set(service.gateways) - {"mesh"} else []
        for host in (*hosts, *doors):
            yield from (Routed(ref=service.ref, host=host, rule=rule) for rule in service.rules)
    for route in subject.world.found.routes:
        for host in dict.fromkeys(_called(route.ref, parent) for parent in route.parents):
            yield from (Routed(ref=route.ref, host=host, rule=rule) for rule in route.rules)


def _called(ref: Ref, parent: Parent) -> str:
    if parent.kind == "Gateway":
        return ""
    return f"{parent.name}.{parent.namespace or ref.namespace}"


def _place(subject: Subject, namespace: str, host: str) -> tuple[str, str]:
    """(namespace, name) of the Service of a host; of another host, it alone."""
    place = subject.place_of(namespace, host)
    name = subject.host_of(place[1], place[0])
    known = {place[1], f"{place[1]}.{place[0]}", f"{place[1]}.{place[0]}.svc", name}
    return place if host in known else ("", host)


def _node_of(subject: Subject, place: tuple[str, str]) -> str:
    """The callee that a Service stands for; empty for none."""
    if not subject.expected or place[0] != subject.home:
        return ""
    if "nodes by front" not in subject.world.memo:
        fronts = subject.expected.fronts.items()
        subject.world.memo["nodes by front"] = {front: name for name, of_node in fronts for front in of_node}
    found: str = subject.world.memo["nodes by front"].get(place[1], "")
    return found


def _elsewhere(subject: Subject, each: Routed) -> Iterator[Finding]:
    home = each.ref.namespace
    own = _place(subject, home, each.host) if each.host else None
    for to in each.rule.destinations:
        place = _place(subject, to.namespace or home, to.host)
        if own is None:
            stray = place[0] != subject.home
        else:
            node = "" if _names_pods(subject, own) else _node_of(subject, own)
            stray = place != own and not (node and _node_of(subject, place) == node)
        if stray or to.kind != "Service":
            whose = f"calls to {each.host}" if each.host else "calls through the door"
            words = f"{to.where or each.rule.where} leads {whose} to {to.kind} {to.host}"
            yield _told("CG751", each.ref, words.replace("Service ", ""), "routes lead to the service that is called")


def _names_pods(subject: Subject, place: tuple[str, str]) -> bool:
    """Whether callers of that Service choose the pod by themselves."""
    service = subject.world.service(*place)
    return service is not None and service.headless


def _changes(subject: Subject, ref: Ref, rule: TrafficRule) -> Iterator[Finding]:
    """With a registry, all that it does not know of; else what is wrong by itself."""
    for words in rule.changes:
        if subject.expected or words == _FAULT:
            hint = "the registry declares no such thing: take it away"
            yield _told("CG751", ref, f"{rule.where} changes calls on their way ({words})", hint)
    for to in rule.mirrors:
        if subject.expected:
            yield _told("CG751", ref, f"{rule.where} sends copies of calls to {to.host}", "nobody declares that")
        elif not _is_there(subject, to.namespace or ref.namespace, to.host):
            yield _told("CG759", ref, f"{rule.where} sends copies of calls to {to.host}, which is not there")


def _is_there(subject: Subject, namespace: str, host: str) -> bool:
    place = _place(subject, namespace, host)
    entries = subject.world.found.service_entries
    return subject.world.service(*place) is not None or any(host in entry.hosts for entry in entries)


def _shares(subject: Subject, each: Routed) -> Iterator[Finding]:
    """The versions of a service share its calls as the registry says."""
    assert subject.expected
    home = each.ref.namespace
    if each.host and _names_pods(subject, _place(subject, home, each.host)):
        return
    by_node: dict[str, list[Destination]] = {}
    for to in each.rule.destinations:
        by_node.setdefault(_node_of(subject, _place(subject, to.namespace or home, to.host)), []).append(to)
    for name, found in by_node.items():
        service = subject.expected.by_name.get(name)
        if isinstance(service, Service) and not _as_declared(subject, service, each, found):
            shares = ", ".join(f"{to.subset or to.host} {100 if to.weight is None else to.weight}" for to in found)
            words = f"{each.rule.where} shares calls to {name} otherwise than declared ({shares})"
            yield _told("CG751", each.ref, words, "versions[].weight says who gets how many calls")


def _unshared(subject: Subject) -> Iterator[Finding]:
    """Ports of a service whose versions share its calls, and no route does: in ambient each port has its own."""
    assert subject.expected
    routed = {
        (_place(subject, route.ref.namespace, _called(route.ref, parent)), parent.port)
        for route in subject.world.found.routes
        for parent in route.parents
        if parent.kind == "Service"
    }
    for node in subject.nodes.values():
        service = subject.expected.by_name.get(node.name)
        if not isinstance(service, Service) or not service.split or not subject.is_ambient(node):
            continue
        ports = [(front.name, port) for front in service.fronts if not front.headless for port in front.ports]
        for name, port in ports:
            own = (subject.home, name)
            if port.speaks_http and not {(own, 0), (own, port.port)} & routed:
                shares = ", ".join(f"{version.name} {version.weight}" for version in service.versions)
                words = f"no route shares calls to {name}:{port.port} as declared ({shares}): every pod gets as many"
                yield Finding(code="CG751", words=words, hint="run `chartgen generate`", path=node.path)


def _as_declared(subject: Subject, service: Service, each: Routed, found: Sequence[Destination]) -> bool:
    assert subject.expected
    names = {version.workload.name: version.name for version in service.versions}
    fronts = {front.name for front in service.fronts}
    plain = [to for to in found if not to.subset and (to.host.partition(".")[0] in fronts or not names)]
    weighted = bool(service.versions) and all(version.weight is not None for version in service.versions)
    if len(plain) == len(found):
        return len(found) == 1 and not (weighted and (each.host or each.ref.kind == "VirtualService"))
    if plain or not weighted:
        return False
    given = {to.subset or names.get(to.host.partition(".")[0], ""): to.weight for to in found}
    wanted: Mapping[str, int | None] = {version.name: version.weight for version in service.versions}
    off = {version for node, version in subject.expected.premises.off_versions if node == service.name}
    alone = len(given) == 1 and None in given.values() and set(given) <= set(wanted)
    return given == wanted or (alone and len(wanted) == 1) or _without(given, off) == _without(wanted, off)


def _without(shares: Mapping[str, int | None], off: set[str]) -> dict[str, int | None]:
    return {name: weight for name, weight in shares.items() if name not in off}


def _twice(subject: Subject) -> Iterator[Finding]:
    """Sidecars take one VirtualService for a host, the older."""
    seen: dict[object, Ref] = {}
    for service in subject.world.found.virtual_services:
        for host in service.hosts if not service.gateways or "mesh" in service.gateways else ():
            key = (service.ref.namespace, _place(subject, service.ref.namespace, host))
            first = seen.setdefault(key, service.ref)
            if first != service.ref:
                words = f"{host} has another, {first}: proxies take only one of the two"
                yield _told("CG758", service.ref, words, "one VirtualService holds all rules for a host")
