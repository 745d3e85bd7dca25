"""P1 and P16, of what traffic objects set beside routes: limits, answers to pages of other sites, ends in the place of
a host's own, doors of other pods. What nobody declares breaks declared calls, or lets in others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from chartgen.mesh.properties.door import leading, within
from chartgen.mesh.properties.traffic import is_limit, seconds
from chartgen.mesh.subject import Finding, Subject
from chartgen.registry.mesh import CORS_SINCE, GatewayApi

if TYPE_CHECKING:
    from chartgen.mesh.model import Ref
    from chartgen.mesh.traffic import CorsRule, DestinationRule, ServiceEntry, VirtualService
    from chartgen.registry.mesh import CircuitBreaker, Cors, Gateway
    from chartgen.registry.mesh import Route as Declared


def unasked(subject: Subject) -> Iterator[Finding]:
    """What traffic objects set, and nobody declares."""
    yield from _hidden(subject)
    yield from _taken_over(subject)
    if subject.expected:
        yield from _limits(subject)
        yield from _ends(subject)
        yield from _cors(subject)
        yield from _selected(subject)


def _told(code: str, ref: Ref, words: str, hint: str = "") -> Finding:
    return Finding(code=code, words=f"{ref}: {words}", hint=hint, ref=ref)


def _hidden(subject: Subject) -> Iterator[Finding]:
    """Objects that no proxy of the application reads."""
    found = subject.world.found
    all_of_them: list[VirtualService | DestinationRule | ServiceEntry] = [
        *found.virtual_services,
        *found.destination_rules,
        *found.service_entries,
    ]
    read = {subject.home} if subject.expected else set(subject.by_namespace)
    for each in all_of_them:
        named = {each.ref.namespace if name == "." else name for name in each.export_to}
        if named and not named & {"*", *read}:
            shown = ", ".join(each.export_to)
            yield _told("CG759", each.ref, f"is for other namespaces (exportTo: {shown}): no pod here is there")


def _taken_over(subject: Subject) -> Iterator[Finding]:
    """Entries that give a Service's host other ends."""
    for entry in subject.world.found.service_entries:
        for host in entry.hosts:
            taken = [subject.host_of(each.ref.name, each.ref.namespace) for each in subject.called(host)]
            for name in taken:
                words = f"names {host}, and {name} is a Service's: calls to it may be led elsewhere"
                yield _told("CG758", entry.ref, words, "a ServiceEntry is for hosts outside")


def _limits(subject: Subject) -> Iterator[Finding]:
    """Limits of calls between services that are no circuit breaker of the registry."""
    assert subject.expected
    for rule in subject.world.found.destination_rules if subject.meshed else ():
        services = subject.called(rule.host, rule.ref.namespace)
        names = {each.ref.name for each in services if each.ref.namespace == subject.home}
        fronts = subject.expected.fronts.items()
        nodes = [name for name, of_node in fronts if names & {*of_node, name}]
        declared = [breaker for name in nodes for breaker in _declared(subject, name)]
        for place, value in rule.limits.items() if names else ():
            if not any(is_limit(breaker, place, value) for breaker in declared):
                words = f"{place} is {value} for calls to {rule.host}, which no circuitBreaker declares"
                yield _told("CG766", rule.ref, words)


def _declared(subject: Subject, name: str) -> Iterator[CircuitBreaker]:
    for grant in subject.nodes[name].grants if name in subject.nodes else ():
        if grant.traffic.circuit_breaker:
            yield grant.traffic.circuit_breaker


def _ends(subject: Subject) -> Iterator[Finding]:
    """Hosts outside, of which the mesh is told other ends, or that they were inside."""
    for entry in subject.world.found.service_entries:
        hosts = ", ".join(entry.hosts)
        ends = [address for address in entry.endpoints if address not in entry.addresses]
        ends += ["pods of its namespace"] if entry.labels is not None else []
        ends += [f"port {number}" for number, _ in entry.targets if number not in {port for port, *_ in entry.ports}]
        for each in ends:
            yield _told("CG763", entry.ref, f"leads calls to {hosts} to {each}, which the registry does not name")
        if entry.location != "MESH_EXTERNAL":
            words = f"says that {hosts} is in the mesh ({entry.location}), where it has no certificate"
            yield _told("CG763", entry.ref, words)


def _cors(subject: Subject) -> Iterator[Finding]:
    """At the door, pages of the declared sites may call, and of no others; inside, no browser calls."""
    assert subject.expected
    found, gateway = subject.world.found, subject.expected.registry.gateway
    for service in found.virtual_services:
        inside = not service.gateways or "mesh" in service.gateways
        for rule in service.rules if inside else ():
            if rule.cors:
                yield _other_pages(service.ref, rule.where)
    told: set[tuple[Ref, str]] = set()
    for name, leads in leading(subject, gateway).items() if gateway else ():
        routes = gateway.routes_to(name) if gateway else ()
        for each in leads:
            ways = [route for route in routes if gateway and within(subject.expected, gateway, route, each)]
            if ways and (each.ref, each.where) not in told and not _is_one(subject, gateway, ways, each.cors):
                told.add((each.ref, each.where))
                yield _other_pages(each.ref, each.where)


def _other_pages(ref: Ref, where: str) -> Finding:
    return _told("CG751", ref, f"{where} answers pages of other sites (CORS) otherwise than declared")


def _is_one(subject: Subject, gateway: Gateway | None, routes: Sequence[Declared], given: CorsRule | None) -> bool:
    assert subject.expected
    mesh = subject.expected.registry.mesh
    of_istio = gateway is not None and gateway.api is not GatewayApi.GATEWAY
    newest = of_istio or mesh is None or mesh.gateway_api_version >= CORS_SINCE
    return any(_same(route.cors if newest else None, given, of_istio=of_istio) for route in routes)


def _same(wanted: Cors | None, given: CorsRule | None, *, of_istio: bool) -> bool:
    if wanted is None or given is None:
        return wanted is None and given is None
    origins = wanted.matched if of_istio else [("", origin) for origin in wanted.origins]
    return (set(given.origins), given.credentials, seconds(given.max_age)) == (
        set(origins),
        wanted.credentials,
        seconds(wanted.max_age),
    ) and all(
        set(mine) == set(declared)
        for mine, declared in (
            (given.methods, wanted.methods),
            (given.headers, wanted.headers),
            (given.expose_headers, wanted.expose_headers),
        )
    )


def _selected(subject: Subject) -> Iterator[Finding]:
    """Istio's own Gateway is for the pods that the values name."""
    assert subject.expected
    gateway, wanted = subject.expected.registry.gateway, dict(subject.expected.premises.door_labels)
    for each in subject.world.found.gateways if gateway and gateway.api is not GatewayApi.GATEWAY else ():
        if not each.class_name and gateway and each.ref.name == gateway.name and dict(each.selector) != wanted:
            shown = ", ".join(f"{key}: {value}" for key, value in each.selector.items()) or "every pod"
            hint = "global.gateway.selector says whose it is"
            yield _told("CG751", each.ref, f"is for other pods than the door's ({shown})", hint)
