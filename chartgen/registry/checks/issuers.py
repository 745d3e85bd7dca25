"""An issuer that is a service of the platform: there, on a port of its own, in reach of whoever fetches its keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartgen.registry.checks.paths import misread
from chartgen.registry.checks.subject import Draft, Finding, Platform, port_list, sort_of
from chartgen.registry.mesh import Enforce, Fetcher, IssuerService, Mode
from chartgen.registry.service import Service
from chartgen.registry.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.registry.service import Edge, Path

_PLACE = ("mesh", "jwt", "issuerService")


def _issuer(platform: Platform) -> IssuerService | None:
    return platform.mesh.jwt.issuer_service if platform.mesh and platform.mesh.jwt else None


def _at(platform: Platform, key: str) -> Path:
    """The key's place, or that of the short form."""
    written = platform.data["mesh"]["jwt"]["issuerService"]
    return (*_PLACE, key) if isinstance(written, dict) and key in written else _PLACE


def unknown_issuer(platform: Platform) -> Iterator[Finding]:
    """A service, a port or a path that is not there."""
    issuer = _issuer(platform)
    if issuer is None:
        return
    node = platform.nodes.get(issuer.service)
    if not isinstance(node, Service):
        what = f"is one of the {sort_of(node)}s" if node else "is unknown"
        services = [name for name, each in platform.nodes.items() if isinstance(each, Service)]
        hint = did_you_mean(issuer.service, services) or "name a service, or write jwksUri for an issuer outside"
        message = f'the issuer\'s service "{issuer.service}" {what}'
        yield Finding(code="CG705", path=_at(platform, "service"), message=message, hint=hint)
        return
    if not node.enabled:
        message = f'the issuer\'s service "{node.name}" is switched off (enabled: false): no token could be checked'
        yield Finding(code="CG705", path=_at(platform, "service"), message=message, hint="switch it on")
    readable = [port for port in node.exposed_ports if port.speaks_http]
    if issuer.port not in {port.name for port in readable}:
        what = f'port "{issuer.port}"' if issuer.port else "the port of the keys"
        hint = (
            f"its ports that do are {port_list(readable)}"
            if readable
            else "give it one: {name: jwks, protocol: http, …}"
        )
        message = f'{what} is none that "{node.name}" shows and that speaks HTTP'
        yield Finding(code="CG705", path=_at(platform, "port"), message=message, hint=hint)
    if wrong := misread(issuer.path):
        message = f'the path "{issuer.path}" {wrong[0]}'
    elif issuer.path.endswith("*"):
        message, wrong = f'the path "{issuer.path}" is more than one', ("", "write the one of the keys")
    if wrong:
        yield Finding(code="CG705", path=_at(platform, "path"), message=message, hint=wrong[1])


def shared_port(platform: Platform) -> Iterator[Finding]:
    """A port that istiod reads without an identity, and others call too."""
    issuer = _issuer(platform)
    if issuer is None or issuer.fetched_by is not Fetcher.ISTIOD or not issuer.port:
        return
    name = f'port "{issuer.port}" of "{issuer.service}"'
    hint = "give the keys a port of their own: {name: jwks, port: …, protocol: http}, and leave it to istiod"
    for draft in platform.workloads:
        for edge in draft.service.edges:
            if edge.target == issuer.service and issuer.port in edge.ports:
                message = f"istiod fetches the keys from {name}, without an identity, and {draft.title} calls it too"
                yield Finding(code="CG705", path=_at(platform, "port"), message=message, hint=hint)
                return
    for route in platform.gateway.routes if platform.gateway else ():
        if (route.service, route.port) == (issuer.service, issuer.port):
            message = f"istiod fetches the keys from {name}, without an identity, and a route leads to it too"
            yield Finding(code="CG705", path=_at(platform, "port"), message=message, hint=hint)
            return


def out_of_reach(platform: Platform) -> Iterator[Finding]:
    """Proxies that are to fetch the keys, and may not call the issuer."""
    issuer = _issuer(platform)
    if issuer is None or issuer.fetched_by is not Fetcher.PROXY or platform.mesh is None:
        return
    if platform.mesh.mode is Mode.AMBIENT:
        message = "in ambient mode services have no proxy that could fetch the keys"
        hint = "write fetchedBy: istiod, or the keys themselves as jwks"
        yield Finding(code="CG705", path=_at(platform, "fetchedBy"), message=message, hint=hint)
        return
    checking = _checking(platform)
    for draft in platform.drafts:
        if draft.service.name in checking:
            yield from _unfetched(draft, issuer, platform)


def _unfetched(draft: Draft, issuer: IssuerService, platform: Platform) -> Iterator[Finding]:
    """A service that checks tokens, and its proxy is refused where the keys are."""
    edge = next((edge for edge in draft.service.edges if _reaches(edge, issuer)), None)
    message = f'{draft.title} checks tokens, and its proxy may not fetch the keys from "{issuer.service}"'
    if draft.service.name == issuer.service:
        message = (
            f"{draft.title} checks tokens itself, and its proxy would be refused by its own policy when it fetches "
        )
        message += "the keys"
        hint = "write fetchedBy: istiod, or the keys themselves as jwks; or ask for no token there"
    elif edge is None:
        token = ", token: false" if _at_every_hop(platform) else ""
        hint = f"add a dependency: {{service: {issuer.service}, ports: [{issuer.port}], startup: false{token}}}"
    elif edge.token and _at_every_hop(platform):
        message += ": a token is asked for there, and none can be checked before the keys are there"
        hint = f"write token: false in the dependency on {issuer.service}"
    else:
        return
    path = edge.path if edge else (*draft.home, "name")
    yield Finding(code="CG705", path=path, message=message, hint=hint)


def _at_every_hop(platform: Platform) -> bool:
    return bool(platform.mesh and platform.mesh.jwt and platform.mesh.jwt.enforce is Enforce.EVERY_HOP)


def _reaches(edge: Edge, issuer: IssuerService) -> bool:
    read = not edge.methods or "GET" in edge.methods
    return edge.target == issuer.service and issuer.port in edge.ports and read and _admits(edge.paths, issuer.path)


def _admits(paths: tuple[str, ...], path: str) -> bool:
    return not paths or any(path == each or (each.endswith("/*") and path.startswith(each[:-1])) for each in paths)


def _checking(platform: Platform) -> set[str]:
    """Services that look at tokens: those behind routes that are not public, and at every hop where that is asked."""
    found = {route.service for route in platform.gateway.routes if not route.public} if platform.gateway else set()
    if _at_every_hop(platform):
        for draft in platform.workloads:
            found |= {edge.target for edge in draft.service.edges if edge.token and _is_http(edge, platform)}
    return found


def _is_http(edge: Edge, platform: Platform) -> bool:
    node = platform.nodes.get(edge.target)
    return isinstance(node, Service) and any(port.speaks_http for port in node.ports if port.name in edge.ports)
