"""The door with the Gateway API: the Gateway, its routes, and who may come as far as its own pods."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from chartgen.emit.policy.rules import host_matches
from chartgen.emit.render import Context, render, with_more
from chartgen.registry.mesh import CORS_SINCE, Cors, Gateway, Mode, Route
from chartgen.registry.model import Registry
from chartgen.registry.service import Service

MOST_RULES = 16
MOST_MATCHES = 64
MOST_OF_ALL = 128
"""Rules of one route, matches of one rule, matches of one route: the API server takes no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A port of the Gateway for one host."""

    name: str
    host: str
    tls: bool

    @property
    def port(self) -> int:
        """The port of its protocol."""
        return 443 if self.tls else 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Requests: a path (`kind` as the Gateway API calls it), and a method, empty for all. Of gRPC: `path` is the
    gRPC service and `method` its method, each empty for all."""

    kind: str = "Exact"
    path: str = ""
    method: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """A Service, its port, and its share of the calls in percent; None: all."""

    service: str
    port: int
    weight: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What becomes of requests that one of the matches takes. `max_age`: of `cors`, in seconds; 0: not said."""

    matches: tuple[Match, ...]
    backends: tuple[Backend, ...]
    cors: Cors | None = None
    max_age: int = 0
    timeout: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteObject:
    """An HTTPRoute or GRPCRoute. `sections`: the listeners that it belongs to; empty: all."""

    kind: str
    name: str
    service: str
    hosts: tuple[str, ...]
    sections: tuple[str, ...]
    rules: tuple[Rule, ...]


def door(registry: Registry, gateway: Gateway, context: Context) -> Iterator[tuple[str, str]]:
    """(file below templates/, text) of all of it."""
    found = listeners(gateway)
    more = with_more(context, gateway=gateway, listeners=found)
    yield "gateway/gateway.yaml", render("policy/door/gateway.yaml", more)
    if registry.mesh:
        hosts = host_matches(gateway.hosts)
        yield "gateway/authorizationpolicy.yaml", render("policy/door/policy.yaml", with_more(more, hosts=hosts))
    if gateway.tls:
        yield "gateway/redirect.yaml", render("policy/door/redirect.yaml", more)
    files: dict[str, str] = {}
    for route in route_objects(registry, gateway):
        file = f"gateway/{route.kind.lower()}-{route.service}.yaml"
        files[file] = files.get(file, "") + render("policy/door/route.yaml", with_more(more, route=route))
    yield from files.items()


def listeners(gateway: Gateway) -> tuple[Listener, ...]:
    """One for each host; with a certificate two, of which the plain one only leads to the other."""
    numbered = len(gateway.hosts) > 1
    return tuple(
        Listener(name=f"{name}-{number}" if numbered else name, host=host, tls=name == "https")
        for name in (("https", "http") if gateway.tls else ("http",))
        for number, host in enumerate(gateway.hosts, 1)
    )


def route_objects(registry: Registry, gateway: Gateway) -> Iterator[RouteObject]:
    """For each service and set of hosts one route, or several where it would be too large."""
    by_name = {service.name: service for service in registry.services}
    as_grpc = _grpc_routes(gateway, by_name)
    grouped: dict[tuple[str, str, tuple[str, ...]], list[Route]] = {}
    for route in gateway.routes:
        kind = "GRPCRoute" if route in as_grpc else "HTTPRoute"
        grouped.setdefault((route.service, kind, hosts_of(route, gateway)), []).append(route)
    count: dict[str, int] = {}
    for (name, kind, hosts), routes in sorted(grouped.items(), key=lambda item: item[0][:2]):
        rules = [rule for route in routes for rule in _rules(route, by_name[name], registry, grpc=kind == "GRPCRoute")]
        for part in _parts(rules):
            count[name] = count.get(name, 0) + 1
            yield RouteObject(
                kind=kind,
                name=f"{name}.{count[name]}" if count[name] > 1 else name,
                service=name,
                hosts=hosts,
                sections=_sections(gateway, hosts),
                rules=part,
            )


def _sections(gateway: Gateway, hosts: Sequence[str]) -> tuple[str, ...]:
    if not gateway.tls:
        return ()
    return tuple(
        each.name for each in listeners(gateway) if each.tls and any(covers(each.host, host) for host in hosts)
    )


def hosts_of(route: Route, gateway: Gateway) -> tuple[str, ...]:
    """The hosts whose calls a route takes. One that a wildcard covers is named as well where others name it: proxies
    ask the routes of the nearest name alone."""
    own = route.hosts or gateway.hosts
    named = (*gateway.hosts, *(host for each in gateway.routes for host in each.hosts))
    return tuple(dict.fromkeys((*own, *(host for host in named if any(covers(each, host) for each in own)))))


def covers(listener: str, host: str) -> bool:
    """Whether a host is a listener's, by its name or by a wildcard."""
    return listener == host or (listener.startswith("*.") and host.endswith(listener[1:]))


def _grpc_routes(gateway: Gateway, by_name: dict[str, Service]) -> frozenset[Route]:
    """Those that a GRPCRoute can say, if no HTTPRoute shares a host with them: a host takes one kind alone."""
    able = [route for route in gateway.routes if by_name[route.service].port(route.port).protocol == "grpc"]
    able = [route for route in able if _says_grpc(route)]
    taken = {host for route in gateway.routes if route not in able for host in route.hosts or gateway.hosts}
    return frozenset(
        route
        for route in able
        if not any(covers(a, b) or covers(b, a) for a in route.hosts or gateway.hosts for b in taken)
    )


def _says_grpc(route: Route) -> bool:
    plain = not (route.cors or route.timeout) and set(route.methods) <= {"POST"}
    return plain and all(_GRPC.fullmatch(path) for path in route.paths)


_GRPC = re.compile(r"/(?:(?P<service>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)/(?:(?P<method>[A-Za-z_]\w*)|\*)|\*)", re.ASCII)


def _rules(route: Route, service: Service, registry: Registry, *, grpc: bool) -> Iterator[Rule]:
    matches = tuple(_grpc_matches(route) if grpc else _http_matches(route))
    newest = registry.mesh is None or registry.mesh.gateway_api_version >= CORS_SINCE
    cors = route.cors if newest else None
    for at in range(0, len(matches) or 1, MOST_MATCHES):
        yield Rule(
            matches=matches[at : at + MOST_MATCHES],
            backends=_backends(service, route, registry),
            cors=cors,
            max_age=seconds(cors.max_age) if cors else 0,
            timeout=route.timeout,
        )


def _http_matches(route: Route) -> Iterator[Match]:
    preflight = ("OPTIONS",) if route.cors and route.methods and "OPTIONS" not in route.methods else ()
    for path in route.paths or ("/*",):
        prefix = path.endswith("/*")
        for method in (*route.methods, *preflight) or ("",):
            kind = "PathPrefix" if prefix else "Exact"
            yield Match(kind=kind, path=(path.removesuffix("/*") or "/") if prefix else path, method=method)


def _grpc_matches(route: Route) -> Iterator[Match]:
    for path in route.paths:
        found = _GRPC.fullmatch(path)
        if found and found["service"]:
            yield Match(path=found["service"], method=found["method"] or "")


def _backends(service: Service, route: Route, registry: Registry) -> tuple[Backend, ...]:
    """The service, or its versions where nobody on the way shares the calls out among them: a waypoint does."""
    port = service.port(route.port).port
    ambient = registry.mesh is not None and registry.mesh.mode is Mode.AMBIENT
    if not service.split or ambient:
        return (Backend(service=service.name, port=port),)
    return tuple(Backend(service=each.workload.name, port=port, weight=each.weight) for each in service.versions)


def _parts(rules: Iterable[Rule]) -> Iterator[tuple[Rule, ...]]:
    part: list[Rule] = []
    for rule in rules:
        matches = sum(len(each.matches) for each in (*part, rule))
        if part and (len(part) == MOST_RULES or matches > MOST_OF_ALL):
            yield tuple(part)
            part = []
        part.append(rule)
    if part:
        yield tuple(part)


_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


def seconds(duration: str) -> int:
    """A duration as whole seconds, at least one; 0 for none."""
    parts = re.findall(r"([0-9.]+)(ms|h|m|s)", duration)
    return max(1, round(sum(float(number) * _UNITS[unit] for number, unit in parts))) if parts else 0
