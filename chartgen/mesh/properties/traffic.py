"""P16: retries, timeouts, and calls that must not be made twice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from chartgen.mesh.grants import NAME, Grant, Why
from chartgen.mesh.model import Dataplane
from chartgen.mesh.properties.door import takes_path
from chartgen.mesh.samples import paths_of
from chartgen.mesh.subject import Finding, Node, Subject
from chartgen.mesh.traffic import ISTIOS_OWN, RouteMatch

if TYPE_CHECKING:
    from chartgen.mesh.grants import Outward
    from chartgen.mesh.model import Ref
    from chartgen.mesh.traffic import DestinationRule, TrafficRule
    from chartgen.registry.mesh import CircuitBreaker
    from chartgen.registry.service import Path

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
"""Calls that can be made twice."""

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|h|m|s)")
_GRPC = frozenset({"grpc", "grpc-web"})
_LIMITS = {
    "max_connections": "connectionPool.tcp.maxConnections",
    "max_pending_requests": "connectionPool.http.http1MaxPendingRequests",
    "max_requests": "connectionPool.http.http2MaxRequests",
    "max_requests_per_connection": "connectionPool.http.maxRequestsPerConnection",
    "consecutive_errors": "outlierDetection.consecutive5xxErrors",
    "interval": "outlierDetection.interval",
    "ejection_time": "outlierDetection.baseEjectionTime",
    "max_ejection_percent": "outlierDetection.maxEjectionPercent",
}
"""What a circuit breaker of the registry is in a DestinationRule's trafficPolicy."""


def traffic(subject: Subject) -> Iterator[Finding]:
    """Every rule of a route that asks too often, or waits too long."""
    found = subject.world.found
    for service in found.virtual_services:
        for rule in service.rules:
            if rule.protocol == "http":
                attempts = ISTIOS_OWN if rule.attempts is None else rule.attempts
                yield from _rule(subject, service.ref, service.hosts, rule, attempts)
    for route in found.routes:
        for rule in route.rules:  # without `retry`, Istio repeats what nobody took, and of gRPC what is a premise
            yield from _rule(subject, route.ref, (), rule, rule.attempts or 0)
    yield from _unsaid(subject)
    yield from _as_declared(subject)
    yield from _breakers(subject)


def tried_again(subject: Subject) -> Iterator[str]:
    """Services and ports of gRPC that routes of the Gateway API lead to without a word of retries. What Istio tries
    again by itself was taken by nobody, but for gRPC's: that a server answers UNAVAILABLE does not say that it has done
    nothing. No such route can turn it off (`attempts` begins at 1), only MeshConfig can."""
    for route in subject.world.found.routes:
        for rule in route.rules:
            for each in rule.destinations if rule.attempts is None else ():
                service = subject.world.service(*subject.place_of(each.namespace or route.ref.namespace, each.host))
                spoken = {port.protocol for port in service.ports if port.number == each.port} if service else set()
                if rule.protocol == "grpc" or spoken & _GRPC:
                    yield f"{each.host}:{each.port}"


def _rule(subject: Subject, ref: Ref, hosts: Sequence[str], rule: TrafficRule, attempts: int) -> Iterator[Finding]:
    methods = {each for match in rule.matches or (RouteMatch(),) for each in _methods(subject, hosts, match)}
    if attempts and not methods <= _SAFE and not rule.redirects:
        what = ", ".join(sorted(methods - _SAFE)) if "" not in methods else "every method"
        yield _told(ref, f"{rule.where} tries {what} again: a call that is not idempotent may be made twice")
    timeout, each = seconds(rule.timeout), seconds(rule.per_try_timeout)
    if timeout and each and (attempts + 1) * each > timeout:
        tries = f"{attempts + 1} tries of {rule.per_try_timeout}"
        yield _told(ref, f"{rule.where}: {tries} are longer than the timeout {rule.timeout}")


def _methods(subject: Subject, hosts: Sequence[str], match: RouteMatch) -> tuple[str, ...]:
    """The methods of the requests that a match takes; an empty text for all. Of a caller whose calls are narrowed, no
    others get through."""
    named = match.methods or (match.method,)
    caller = match.source_labels.get(NAME)
    if named != ("",) or not caller or not subject.expected:
        return named
    callees = {host.partition(".")[0] for host in hosts}
    grants = [grant for grant in subject.expected.called.get(caller, ()) if grant.callee in callees and grant.http]
    narrow = bool(grants) and all(grant.methods for grant in grants)
    return tuple(method for grant in grants for method in grant.methods) if narrow else named


def _told(ref: Ref, words: str) -> Finding:
    return Finding(code="CG766", words=f"{ref}: {words}", ref=ref)


def _unsaid(subject: Subject) -> Iterator[Finding]:
    """Sidecars try again by themselves where no route says otherwise."""
    expected = subject.expected
    if not expected or not expected.registry.mesh:
        return
    said = {host.partition(".")[0] for each in subject.world.found.virtual_services for host in each.hosts}
    for node in subject.nodes.values():
        called = {grant.port for grant in node.grants if grant.is_declared and grant.http}
        sidecars = any(workload.dataplane is Dataplane.SIDECAR for workload in node.workloads)
        if called and sidecars and node.callee and node.callee.pods_are_made:
            for host in dict.fromkeys(host for port in called for host in _hosts(subject, node, port)):
                if host not in said:
                    yield _silent(host, node.callee.path)
    whole = {host for each in subject.world.found.virtual_services for host in each.hosts}
    for calls in expected.outward.values():
        for call in calls:
            if call.http and call.mesh_host not in whole and any(_sidecars(subject, call)):
                yield _silent(call.mesh_host, call.path)


def _sidecars(subject: Subject, call: Outward) -> Iterator[bool]:
    """Whether the proxies of the caller's pods make the call."""
    return (pods.dataplane is Dataplane.SIDECAR for pods in subject.nodes[call.caller].workloads)


def _silent(host: str, path: Path) -> Finding:
    words = f"nothing says how calls to {host} are tried again: Istio tries every one {ISTIOS_OWN} times more"
    return Finding(code="CG766", words=words, path=path)


def _as_declared(subject: Subject) -> Iterator[Finding]:
    """Timeouts and tries of the calls between services are those of the registry."""
    rules = _rules(subject)
    for node in subject.nodes.values() if subject.meshed else ():
        for grant in node.grants:
            if grant.why is not Why.EDGE or not grant.http or not (node.callee and node.callee.pods_are_made):
                continue
            hosts = _hosts(subject, node, grant.port) if subject.rendered(node.name) else {}
            for host, numbers in hosts.items():
                own = [rule for port, rule in rules.get(host, ()) if port in (0, *numbers)]
                for method in grant.methods or ("GET", "POST"):
                    words = _difference(grant, method, _holding(own, grant, method))
                    if words:
                        what = f"{grant.caller} → {host} {method}"
                        yield Finding(code="CG766", words=f"{what}: {words}", path=grant.path)


def _breakers(subject: Subject) -> Iterator[Finding]:
    """Circuit breakers: a DestinationRule for the caller, else one for all, sets the limits that the registry does."""
    found = subject.world.found.destination_rules
    for node in subject.nodes.values() if subject.meshed else ():
        for grant in node.grants:
            breaker = grant.traffic.circuit_breaker
            if grant.why is not Why.EDGE or breaker is None or not subject.rendered(node.name):
                continue
            for host in _broken(subject, node, grant.port):
                own = [rule for rule in found if subject.place_of(rule.ref.namespace, rule.host)[1] == host]
                mine = [rule for rule in own if rule.labels and rule.labels.get(NAME, grant.caller) == grant.caller]
                if not any(_limits(rule, breaker) for rule in mine or [each for each in own if not each.labels]):
                    words = f"{grant.caller} → {host}: no DestinationRule breaks the circuit as declared"
                    yield Finding(code="CG766", words=words, path=grant.path)


def is_limit(breaker: CircuitBreaker, place: str, value: str | int) -> bool:
    """Whether a limit at that place of a DestinationRule for all ports is one of the breaker's."""
    wanted = {f"spec.trafficPolicy.{where}": getattr(breaker, name) for name, where in _LIMITS.items()}
    return bool(wanted.get(place)) and _same(value, wanted[place])


def _limits(rule: DestinationRule, breaker: CircuitBreaker) -> bool:
    """Whether it sets what the breaker does; a limit of which the breaker says nothing is not looked at."""
    wanted = {place: value for name, place in _LIMITS.items() if (value := getattr(breaker, name))}
    return all(_same(rule.limits.get(f"spec.trafficPolicy.{place}"), value) for place, value in wanted.items())


def _same(given: str | int | None, wanted: str | int) -> bool:
    return given == wanted or (isinstance(given, str) and seconds(given) == seconds(str(wanted)) > 0)


def _broken(subject: Subject, node: Node, port: int) -> list[str]:
    """The Services whose calls are limited: in ambient also those of versions that share the calls."""
    versions = _of_versions(node) if subject.is_ambient(node) else ()
    return [*_hosts(subject, node, port), *(name for name in versions if subject.world.service(subject.home, name))]


def _of_versions(node: Node) -> list[str]:
    """The names of its versions' own Services, to which only routes lead."""
    return [workload.name for workload in node.workloads if workload.name != node.name]


def _hosts(subject: Subject, node: Node, target: int) -> Mapping[str, set[int]]:
    """The Services by which callers reach that port of the pods → the numbers under which they show it. In ambient no
    route holds for a headless one."""
    found: dict[str, set[int]] = {node.name: set()}
    reserved, ambient = _of_versions(node), subject.is_ambient(node)
    for workload in node.workloads:
        for service in subject.world.services_of(workload):
            if service.ref.name in reserved or (ambient and service.headless):
                continue
            for port in service.ports:
                if target in subject.world.target_ports(workload, port):
                    found.setdefault(service.ref.name, set()).add(port.number)
    return found


def _rules(subject: Subject) -> dict[str, list[tuple[int, TrafficRule]]]:
    """Service → (its port, 0 for all; rule) of the rules that hold for its calls, in their order."""
    found: dict[str, list[tuple[int, TrafficRule]]] = {}
    for route in subject.world.found.routes:
        for parent in route.parents:
            named = not route.hosts or any(host.partition(".")[0] == parent.name for host in route.hosts)
            if parent.kind == "Service" and named:
                rules = [replace(rule, attempts=rule.attempts or 0) for rule in route.rules]
                found.setdefault(parent.name, []).extend((parent.port, rule) for rule in rules)
    for service in subject.world.found.virtual_services:
        if not service.gateways or "mesh" in service.gateways:
            for host in service.hosts:
                found.setdefault(host.partition(".")[0], []).extend((0, rule) for rule in service.rules)
    return found


def _holding(rules: Sequence[TrafficRule], grant: Grant, method: str) -> TrafficRule | None:
    path = paths_of(grant.paths)[0]
    return next((rule for rule in rules if _takes(rule, grant, method, path)), None)


def _takes(rule: TrafficRule, grant: Grant, method: str, path: str) -> bool:
    return not rule.matches or any(
        match.source_labels.get(NAME, grant.caller) == grant.caller
        and (method in match.methods if match.methods else match.method in ("", method))
        and takes_path(match, path)
        for match in rule.matches
    )


def _difference(grant: Grant, method: str, rule: TrafficRule | None) -> str:
    wanted, retries = seconds(grant.traffic.timeout), grant.traffic.retries
    if rule is None:
        return "no route says how long a call may take" if wanted else ""
    if seconds(rule.timeout) != wanted:
        return f"the timeout is {rule.timeout or 'none'}, not {grant.traffic.timeout or 'none'}"
    tries = retries.attempts if retries and method in _SAFE else 0
    given = ISTIOS_OWN if rule.attempts is None else rule.attempts
    if given != tries:
        return f"{given} more tries, not {tries}"
    if tries and retries and seconds(rule.per_try_timeout) != seconds(retries.per_try_timeout):
        return f"each try takes {rule.per_try_timeout or 'any time'}, not {retries.per_try_timeout or 'any time'}"
    return ""


def seconds(text: str) -> float:
    """A duration of Istio's or the Gateway API's, in seconds; 0 for none."""
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
