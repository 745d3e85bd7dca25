"""The door with Istio's own API: a Gateway for an ingress that somebody has installed, a VirtualService per host."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chartgen.emit.policy.door import hosts_of
from chartgen.emit.policy.traffic import Subset, subsets
from chartgen.emit.render import Context, render, with_more
from chartgen.registry.mesh import Cors, Gateway, Route
from chartgen.registry.model import Registry
from chartgen.registry.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One path of a route. `match`: `exact` or `prefix`, as Istio has it; `methods`: a regular expression, empty for
    all. `origins`: (kind of match, what it matches) of `cors`."""

    match: str
    path: str
    methods: str
    service: str
    port: int
    subsets: tuple[Subset, ...]
    timeout: str
    cors: Cors | None
    origins: tuple[tuple[str, str], ...]


def istio_door(registry: Registry, gateway: Gateway, context: Context) -> Iterator[tuple[str, str]]:
    """(file below templates/, text) of all of it. One host is one file: in several, nobody knows which rule is asked
    first."""
    more = with_more(context, gateway=gateway)
    yield "gateway/gateway.yaml", render("policy/door/istio-gateway.yaml", more)
    by_name = {service.name: service for service in registry.services}
    for host in dict.fromkeys((*gateway.hosts, *(host for route in gateway.routes for host in route.hosts))):
        routes = [route for route in gateway.routes if host in hosts_of(route, gateway)]
        entries = sorted((e for route in routes for e in _entries(route, by_name[route.service])), key=_specific)
        if entries:
            name, file = _named(host, gateway)
            text = render("policy/door/istio-routes.yaml", with_more(more, host=host, name=name, entries=entries))
            yield f"gateway/{file}.yaml", text


def _named(host: str, gateway: Gateway) -> tuple[str, str]:
    """The names of its VirtualService and of the file. A wildcard's are such as no host can have."""
    if host.startswith("*."):
        below = host.removeprefix("*.")
        return f"{gateway.name}-below.{below}", f"virtualservice.below-{below}"
    return f"{gateway.name}.{host}", f"virtualservice-{host}"


def _specific(entry: Entry) -> tuple[bool, int, bool]:
    """What is asked first: exact paths, then longer prefixes, then what is for some methods alone."""
    return entry.match != "exact", -len(entry.path), not entry.methods


def _entries(route: Route, service: Service) -> Iterator[Entry]:
    preflight = ("OPTIONS",) if route.cors and route.methods and "OPTIONS" not in route.methods else ()
    for path in route.paths or ("/*",):
        yield Entry(
            match="prefix" if path.endswith("/*") else "exact",
            path=path.removesuffix("*"),
            methods="|".join((*route.methods, *preflight)),
            service=service.name,
            port=service.port(route.port).port,
            subsets=subsets(service),
            timeout=route.timeout,
            cors=route.cors,
            origins=route.cors.matched if route.cors else (),
        )
