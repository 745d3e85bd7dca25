"""The gateway: hosts that it can serve, routes that lead somewhere, callers that somebody checks, pages of others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chartgen.registry.checks.externals import IN_CLUSTER, too_wide
from chartgen.registry.checks.paths import misread
from chartgen.registry.checks.subject import Finding, Platform, port_list, sort_of
from chartgen.registry.mesh import GatewayApi, Route
from chartgen.registry.ports import find_ports
from chartgen.registry.service import Service
from chartgen.registry.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from chartgen.registry.pod import Port

_HOST = re.compile(r"(?:\*\.)?[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)*")
_ORIGIN = re.compile(r"https?://[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?(?::[0-9]{1,5})?")
CORS_OF_ROUTES = (1, 5)
"""The Gateway API whose routes answer preflights."""


def _routes(platform: Platform) -> Iterator[tuple[Route, Mapping[str, Any]]]:
    """Each route of the model with what is written of it."""
    if platform.gateway:
        yield from zip(platform.gateway.routes, platform.data["gateway"]["routes"], strict=True)


def bad_hosts(platform: Platform) -> Iterator[Finding]:
    """Hosts that are none."""
    for index, host in enumerate(platform.data.get("gateway", {}).get("hosts", ())):
        if wrong := _wrong_host(host) or _of_a_node(host, platform):
            message = f'the host "{host}" {wrong[0]}'
            yield Finding(code="CG710", path=("gateway", "hosts", index), message=message, hint=wrong[1])


def _wrong_host(host: str) -> tuple[str, str] | None:
    """What is wrong with the host, and the mend; None for a good one."""
    bare = re.sub(r"^[a-z]+://", "", host, flags=re.IGNORECASE)
    if bare != host or "/" in host:
        return "is a URL", f"write {bare.partition('/')[0].partition(':')[0]}"
    if host in ("*", "*."):
        return "is everything that comes in", "name the domain, such as *.example.com"
    if re.fullmatch(r"[0-9.]+|\[?[0-9a-fA-F]*:[0-9a-fA-F:.]*\]?", host) and not re.fullmatch(
        r"[^:]*[^:0-9.][^:]*", host
    ):
        return "is an address", "write a name: certificates and routes are for names"
    if re.fullmatch(r"[^:]+:[0-9]+", host):
        return "holds a port", f"write {host.partition(':')[0]}"
    if host != host.lower():
        return "has capital letters", f"write {host.lower()}"
    return _unfit_name(host) if _HOST.fullmatch(host) else ("is no host name", "write a name such as shop.example.com")


def _unfit_name(host: str) -> tuple[str, str] | None:
    if host == "localhost" or host.endswith((".localhost", *IN_CLUSTER)):
        return "is a name inside the cluster", "write the name by which callers outside know the platform"
    return too_wide(host)


def _of_a_node(host: str, platform: Platform) -> tuple[str, str] | None:
    """The same of a host that is what callers inside call a service."""
    node = platform.nodes.get(host)
    if node is None:
        return None
    return f"is the {sort_of(node)} of that name, to callers inside", f"write a whole name, such as {host}.example.com"


def unread_class(platform: Platform) -> Iterator[Finding]:
    """A GatewayClass for an API that has none (a warning)."""
    raw = platform.data.get("gateway", {})
    if platform.gateway and platform.gateway.api is GatewayApi.ISTIO and "class" in raw:
        message = "class is the Gateway API's, and Istio's own Gateway has none"
        hint = "leave it out; the value global.gateway.selector says which pods are meant"
        yield Finding(code="CG701", path=("gateway", "class"), message=message, hint=hint)


def foreign_hosts(platform: Platform) -> Iterator[Finding]:
    """Hosts of a route that the gateway does not have."""
    for route, _ in _routes(platform):
        known = platform.gateway.hosts if platform.gateway else ()
        for index, host in enumerate(route.hosts):
            if host not in known:
                yield Finding(
                    code="CG710",
                    path=(*route.path, "hosts", index),
                    message=f'the gateway does not have the host "{host}"',
                    hint=did_you_mean(host, known) or "add it to gateway.hosts",
                )


def routes_to_nowhere(platform: Platform) -> Iterator[Finding]:
    """Routes to what is no service, or to a port that the door cannot read."""
    for route, raw in _routes(platform):
        node = platform.nodes.get(route.service)
        if not isinstance(node, Service):
            what = f"is one of the {sort_of(node)}s" if node else "is unknown"
            services = [name for name, each in platform.nodes.items() if isinstance(each, Service)]
            yield Finding(
                code="CG711",
                path=(*route.path, "service"),
                message=f'a route leads to "{route.service}", which {what}',
                hint=did_you_mean(route.service, services) or "a route leads to a service",
            )
        elif wrong := _wrong_port(raw, node):
            path = (*route.path, "port" if "port" in raw else "service")
            yield Finding(code="CG711", path=path, message=wrong[0], hint=wrong[1])
        elif route.methods and node.port(route.port).protocol == "grpc" and "POST" not in route.methods:
            yield Finding(
                code="CG711",
                path=(*route.path, "methods"),
                message=f'calls of gRPC are all POST, so nothing reaches port "{route.port}" of "{node.name}"',
                hint="leave methods out; a path is /<package>.<Service>/<Method>",
            )


def _wrong_port(raw: Mapping[str, Any], service: Service) -> tuple[str, str] | None:
    """Why the route has no port, and the mend; None where it has one that can be read."""
    readable = [port for port in service.exposed_ports if port.speaks_http]
    if "port" in raw:
        return _wrong_choice(raw["port"], service, readable)
    if not readable:
        return f'"{service.name}" has no port that speaks HTTP', "only such calls can be routed"
    if len(readable) > 1 and not any(port.name == "http" for port in readable):
        return f'it is not plain which port of "{service.name}" is meant', f"name one: {port_list(readable)}"
    return None


def _wrong_choice(wanted: str | int, service: Service, readable: Sequence[Port]) -> tuple[str, str] | None:
    found = find_ports(service.exposed_ports, wanted)
    hint = f"those that can be are {port_list(readable)}" if readable else "it has none that could be"
    if len(found) > 1:
        return f'port {wanted} of "{service.name}" is several', "say which by name"
    if not found:
        near = did_you_mean(str(wanted), [port.name for port in readable])
        return f'"{service.name}" shows no port {wanted}', near or hint
    if not found[0].speaks_http:
        return f'port "{found[0].name}" of "{service.name}" speaks {found[0].protocol}, and cannot be routed', hint
    return None


def misread_paths(platform: Platform) -> Iterator[Finding]:
    """Paths of routes that proxies read in another way."""
    for route, _ in _routes(platform):
        for index, path in enumerate(route.paths):
            if wrong := misread(path):
                message = f'the path "{path}" {wrong[0]}'
                yield Finding(code="CG712", path=(*route.path, "paths", index), message=message, hint=wrong[1])


def unchecked_callers(platform: Platform) -> Iterator[Finding]:
    """Demands that nobody checks, and routes that are open without saying so."""
    checked = bool(platform.mesh and platform.mesh.jwt)
    for route, raw in _routes(platform):
        demands = [key for key in ("roles", "claims") if key in raw]
        for key in demands:
            if route.public or not checked:
                why = "the route is public" if route.public else "no token is checked: there is no mesh.jwt"
                hint = "remove it, or remove public: true" if route.public else "say in mesh.jwt who makes the tokens"
                message = f'"{key}" is a demand on a token, and {why}'
                yield Finding(code="CG706", path=(*route.path, key), key=True, message=message, hint=hint)
        if platform.mesh and not checked and not route.public and not demands:
            yield Finding(
                code="CG706",
                path=(*route.path, "service"),
                message=f'the route to "{route.service}" lets in everyone: the mesh has no jwt, so no token is checked',
                hint="write public: true, which says so, or say in mesh.jwt who makes the tokens",
            )


def tokens_in_the_clear(platform: Platform) -> Iterator[Finding]:
    """A door without a certificate that tokens pass (a warning)."""
    checked = bool(platform.mesh and platform.mesh.jwt)
    if platform.gateway and checked and not platform.gateway.tls:
        shut = any(not route.public for route in platform.gateway.routes)
        if shut:
            message = "callers show tokens to the gateway, and it has no certificate"
            hint = "name the Secret in tls; or let what stands before it take calls in HTTPS alone"
            yield Finding(code="CG727", path=("gateway", "hosts"), key=True, message=message, hint=hint)


def cors(platform: Platform) -> Iterator[Finding]:
    """Pages of others that no browser would let in."""
    for route, raw in _routes(platform):
        said = raw.get("cors", {})
        path = (*route.path, "cors")
        yield from _cors_of_grpc(route, platform) if said else ()
        for index, origin in enumerate(said.get("origins", ())):
            if wrong := _wrong_origin(origin, credentials=said.get("credentials", False)):
                message = f'the origin "{origin}" {wrong[0]}'
                yield Finding(code="CG724", path=(*path, "origins", index), message=message, hint=wrong[1])
        for index, method in enumerate(said.get("methods", ())):
            if route.methods and method not in route.methods and method != "OPTIONS":
                message = f"pages may use {method}, which the route does not let through"
                hint = "add it to the route's methods, or remove it here"
                yield Finding(code="CG724", path=(*path, "methods", index), message=message, hint=hint)


def _cors_of_grpc(route: Route, platform: Platform) -> Iterator[Finding]:
    node = platform.nodes.get(route.service)
    if isinstance(node, Service) and any(p.name == route.port and p.protocol == "grpc" for p in node.ports):
        message = f'no page calls port "{route.port}" of "{node.name}": browsers do not speak gRPC'
        hint = "remove cors, or give the service a port that speaks grpc-web"
        yield Finding(code="CG724", path=(*route.path, "cors"), key=True, message=message, hint=hint)


def _wrong_origin(origin: str, *, credentials: bool) -> tuple[str, str] | None:
    if origin == "*":
        return ("is any, and credentials go to named origins alone", "name the origins") if credentials else None
    if _ORIGIN.fullmatch(origin):
        return None
    if "*" in origin:
        return "has a wildcard, which no browser sends", "name each origin"
    if found := re.match(r"https?://[^/]+", origin, flags=re.IGNORECASE):
        return "is none that a browser sends", f"write {found[0].lower()}"
    return "is none that a browser sends", "write scheme, host and port, such as https://app.example.com"


def cors_of_an_old_api(platform: Platform) -> Iterator[Finding]:
    """CORS that routes of that Gateway API do not have (a warning)."""
    mesh, gateway = platform.mesh, platform.gateway
    if mesh is None or gateway is None or gateway.api is not GatewayApi.GATEWAY:
        return
    route = next((route for route in gateway.routes if route.cors), None)
    if route and mesh.gateway_api_version < CORS_OF_ROUTES:
        major, minor = mesh.gateway_api_version
        message = f'routes of the Gateway API {major}.{minor} do not answer browsers: "{route.service}" itself has to'
        hint = 'write mesh.gatewayApiVersion: "1.5", where it is installed; or api: istio'
        yield Finding(code="CG725", path=(*route.path, "cors"), key=True, message=message, hint=hint)
