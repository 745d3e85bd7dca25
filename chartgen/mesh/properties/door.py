"""P1 at the door: the gateway serves the declared hosts, and its routes lead where the registry says, no further."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chartgen.mesh.cover import host_within, path_within
from chartgen.mesh.objects import Action
from chartgen.mesh.properties.listeners import is_led, other_doors, plain
from chartgen.mesh.samples import paths_of
from chartgen.mesh.subject import Finding, Subject
from chartgen.mesh.traffic import RouteMatch
from chartgen.registry.mesh import Gateway, GatewayApi
from chartgen.registry.model import Registry
from chartgen.registry.service import Service

if TYPE_CHECKING:
    from chartgen.mesh.expected import Expected
    from chartgen.mesh.model import Ref
    from chartgen.mesh.traffic import CorsRule, Destination, TrafficRule
    from chartgen.mesh.traffic import Gateway as Rendered
    from chartgen.registry.mesh import Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Leads:
    """One match of a route at the door, and where it leads: for how long (empty: as long as it takes), and how often
    again (None: the route does not say)."""

    ref: Ref
    where: str
    timeout: str
    attempts: int | None
    hosts: tuple[str, ...]
    match: RouteMatch
    to: Destination
    cors: CorsRule | None = None


def door(subject: Subject) -> Iterator[Finding]:
    """What of the door is not as declared."""
    gateway = subject.expected.registry.gateway if subject.expected else None
    if not subject.expected or not gateway:
        return
    found = _doors(subject, gateway)
    if not found:
        yield Finding(code="CG751", words=f"the door, Gateway {gateway.name}, is not there", path=gateway.path)
        return
    for rendered in found:
        yield from _listeners(gateway, rendered)
    leads = leading(subject, gateway)
    yield from _beyond(subject.expected, gateway, leads)
    yield from _short(subject.expected, gateway, leads)
    yield from plain(subject, gateway, found)
    yield from other_doors(subject, gateway, found)
    if subject.meshed and gateway.api is GatewayApi.GATEWAY:
        yield from _let_in(subject, gateway)


def leading(subject: Subject, gateway: Gateway) -> Mapping[str, Sequence[Leads]]:
    """Service of the registry → what leads to it from the door."""
    homes = _homes(subject.expected.registry) if subject.expected else {}
    found: dict[str, list[Leads]] = {}
    for each in _leads(subject, gateway, _doors(subject, gateway)):
        name = each.to.host.partition(".")[0]
        found.setdefault(homes.get(name, name), []).append(each)
    return found


def _doors(subject: Subject, gateway: Gateway) -> Sequence[Rendered]:
    return [each for each in subject.world.found.gateways if each.ref.name == gateway.name and not each.is_waypoint]


def _differs(gateway: Gateway, ref: Ref, words: str) -> Finding:
    return Finding(code="CG751", words=f"{ref}: {words}", path=gateway.path, ref=ref)


def _listeners(gateway: Gateway, rendered: Rendered) -> Iterator[Finding]:
    hosts = {_bare(host) for listener in rendered.listeners for host in listener.hosts}
    for host in sorted(hosts ^ set(gateway.hosts)):
        words = f"serves {host}, which is not declared" if host in hosts else f"does not serve {host}"
        yield _differs(gateway, rendered.ref, words)
    served = {
        _bare(host): listener
        for listener in rendered.listeners
        for host in listener.hosts
        if listener.secret == gateway.tls and bool(gateway.tls) == (listener.protocol == "HTTPS")
    }
    for host in gateway.hosts:
        if host in hosts and host not in served:
            how = f"with the certificate {gateway.tls}" if gateway.tls else "in plain HTTP"
            yield _differs(gateway, rendered.ref, f"does not serve {host} {how}")


def _bare(host: str) -> str:
    """Istio's own Gateway may name a namespace before the host."""
    return host.rpartition("/")[2]


def _leads(subject: Subject, gateway: Gateway, doors: Sequence[Rendered]) -> Iterator[Leads]:
    found = subject.world.found
    for route in found.routes:
        if is_led(route, gateway, doors):
            yield from _of_rules(route.ref, route.hosts, route.rules)
    for service in found.virtual_services:
        if any(name.rpartition("/")[2] == gateway.name for name in service.gateways):
            yield from _of_rules(service.ref, service.hosts, service.rules)


def _of_rules(ref: Ref, hosts: tuple[str, ...], rules: Sequence[TrafficRule]) -> Iterator[Leads]:
    for rule in rules:
        for match in rule.matches or (RouteMatch(),):
            for to in rule.destinations:
                yield Leads(
                    ref=ref,
                    where=rule.where,
                    timeout=rule.timeout,
                    attempts=rule.attempts,
                    hosts=hosts,
                    match=match,
                    to=to,
                    cors=rule.cors,
                )


def _homes(registry: Registry) -> Mapping[str, str]:
    """Kubernetes Service of a version → the service."""
    return {version.workload.name: service.name for service in registry.services for version in service.versions}


def _beyond(expected: Expected, gateway: Gateway, leads: Mapping[str, Sequence[Leads]]) -> Iterator[Finding]:
    """Routes that lead further than declared."""
    for name, of_service in leads.items():
        routes = gateway.routes_to(name)
        for each in of_service:
            if not any(within(expected, gateway, route, each) for route in routes):
                path = f"{each.match.path}*" if each.match.path_type != "Exact" else each.match.path
                method = " ".join((*each.match.methods, each.match.method)).strip()
                what = " ".join(part for part in (method, ", ".join(each.hosts), path) if part)
                words = f"{each.where} leads {what} to {each.to.host}:{each.to.port}, which no route declares"
                yield _differs(gateway, each.ref, words)


def within(expected: Expected, gateway: Gateway, route: Route, each: Leads) -> bool:
    """Whether it leads no further than the route says."""
    if not _is_port(expected, route, each.to):
        return False
    hosts = route.hosts or gateway.hosts
    methods = each.match.methods or ((each.match.method,) if each.match.method else ())
    narrow = not route.methods or (bool(methods) and set(methods) <= {*route.methods, *_asked_first(route)})
    return narrow and bool(each.hosts) and all(host_within(h, hosts) for h in each.hosts) and _path_within(each, route)


def _is_port(expected: Expected, route: Route, to: Destination) -> bool:
    service = expected.by_name.get(route.service)
    return isinstance(service, Service) and to.port in (0, service.port(route.port).port)


def _asked_first(route: Route) -> tuple[str, ...]:
    return ("OPTIONS",) if route.cors else ()


def _path_within(each: Leads, route: Route) -> bool:
    match each.match.path_type:
        case "Exact":
            return path_within(each.match.path, route.paths)
        case "PathPrefix" | "Prefix":
            return path_within(f"{each.match.path.rstrip('/')}/*", route.paths)
        case "":
            return not route.paths or "/*" in route.paths
        case _:
            return False


def _short(expected: Expected, gateway: Gateway, leads: Mapping[str, Sequence[Leads]]) -> Iterator[Finding]:
    """Declared routes that lead nowhere."""
    for route in gateway.routes:
        mine = [each for each in leads.get(route.service, ()) if _is_port(expected, route, each.to)]
        for host in route.hosts or gateway.hosts:
            for method in route.methods or ("GET", "POST"):
                for path in paths_of(route.paths):
                    if not any(_takes(each, host, method, path) for each in mine):
                        words = f"{method} {host}{path} is declared to lead to {route.service}, and no route does"
                        yield Finding(code="CG751", words=words, path=route.path)


def _takes(each: Leads, host: str, method: str, path: str) -> bool:
    if each.hosts and not any(host == own or _is_wild(own, host) for own in each.hosts):
        return False
    methods = each.match.methods or (each.match.method,)
    return (methods == ("",) or method in methods) and takes_path(each.match, path)


def _is_wild(own: str, host: str) -> bool:
    return own.startswith("*.") and host.endswith(own[1:])


def takes_path(match: RouteMatch, path: str) -> bool:
    """Whether a match of a route takes that path."""
    match match.path_type:
        case "":
            return True
        case "Exact":
            return path == match.path
        case "Prefix":
            return path.startswith(match.path)
        case "PathPrefix":
            below = match.path.rstrip("/")
            return path == below or path.startswith(f"{below}/")
        case _:
            return False


def _let_in(subject: Subject, gateway: Gateway) -> Iterator[Finding]:
    """The deny-all of the namespace holds for the door's own pods too: a policy of theirs names the hosts."""
    assert subject.expected
    if subject.expected.premises.ingress.namespace != subject.home:
        return
    policies = subject.world.targeting("authorization", subject.home, "Gateway", gateway.name)
    rules = [(p, rule) for p in policies if p.action is Action.ALLOW for rule in p.rules]
    named: list[str] = []
    for policy, rule in rules:
        clauses = [clause for group in (*rule.sources, *rule.operations, rule.conditions) for clause in group]
        hosts = [value for c in clauses if c.attribute == "operation.hosts" for value in c.values]
        if not hosts or not all(_serves(gateway, host) for host in hosts):
            yield _differs(gateway, policy.ref, f"{rule.where} lets calls in to hosts that are not declared")
        if all(clause.attribute == "operation.hosts" for clause in clauses):
            named += hosts
    for host in gateway.hosts:
        forms = [f"{host}:80", f"{host}:443"] if host.startswith("*") else [f"{host}:*"]
        if not {host, *forms} <= set(named):
            words = f"the door lets no call in to {host}: no policy of Gateway {gateway.name} names it (and its ports)"
            yield Finding(code="CG751", words=words, path=gateway.path)


def _serves(gateway: Gateway, host: str) -> bool:
    return host.partition(":")[0] in gateway.hosts
