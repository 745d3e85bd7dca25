"""The mesh as such: settings that nobody reads, versions that it cannot be, pods that it does not suit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartgen.registry.checks.calls import declared
from chartgen.registry.checks.subject import Draft, Finding, Platform
from chartgen.registry.kinds import traits
from chartgen.registry.mesh import Enforce, Mode
from chartgen.registry.service import Kind
from chartgen.registry.wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chartgen.registry.service import Path

OLDEST = {Mode.SIDECAR: (1, 22), Mode.AMBIENT: (1, 24)}
OLDEST_GATEWAY_API = (1, 1)
NATIVE_SIDECARS = (1, 27)


def unread_settings(platform: Platform) -> Iterator[Finding]:
    """What is written for a mesh, and there is none (a warning)."""
    written = [key for key in platform.data.get("mesh", {}) if key != "type"]
    if platform.mesh:
        return
    if written:
        message = f"there is no mesh (type: none): nobody reads {listed(written)}"
        yield Finding(
            code="CG701", path=("mesh", "type"), message=message, hint="write type: istio, or remove the rest"
        )
    narrowed = [call.path for call in declared(platform)]
    yield from _unread(narrowed, "what the dependency says of its calls is read by a mesh alone, and there is none")
    open_ports = [(*draft.home, *path, "plaintext") for draft in platform.pods for path in _plaintext(draft)]
    yield from _unread(open_ports, "without a mesh every port takes plaintext")


def _unread(paths: Sequence[Path], message: str) -> Iterator[Finding]:
    """Told once, at the first place."""
    if paths:
        others = f" (and {len(paths) - 1:,} more)" if len(paths) > 1 else ""
        hint = "add mesh: {type: istio}, or leave it out"
        yield Finding(code="CG701", path=paths[0], message=message + others, hint=hint, key=True)


def _plaintext(draft: Draft) -> list[Path]:
    return [place for place, port in draft.port_places if port.plaintext]


def unread_token(platform: Platform) -> Iterator[Finding]:
    """`token: false` where no dependency is asked for one (a warning)."""
    mesh = platform.mesh
    if mesh is None or (mesh.jwt and mesh.jwt.enforce is Enforce.EVERY_HOP):
        return
    paths = [(*call.path, "token") for call in declared(platform) if "token" in call.data]
    if paths:
        others = f" (and {len(paths) - 1:,} more)" if len(paths) > 1 else ""
        message = "tokens are asked for at the door alone, so a dependency has none to leave out" + others
        yield Finding(
            code="CG701", path=paths[0], message=message, hint="remove it, or write mesh.jwt.enforce: everyHop"
        )


def plaintext_udp(draft: Draft, platform: Platform) -> Iterator[Finding]:
    """A UDP port that declares an exception: the mesh never sees it (a warning)."""
    for place, port in draft.port_places if platform.mesh else ():
        if port.plaintext and port.transport == "UDP":
            message = f'port "{port.name}" of {draft.title} speaks UDP, which the mesh does not carry'
            yield Finding(code="CG701", path=(*place, "plaintext"), message=message, hint="leave plaintext out")


def old_versions(platform: Platform) -> Iterator[Finding]:
    """Versions that the policy is not written for."""
    mesh = platform.mesh
    if mesh is None:
        return
    oldest = OLDEST[mesh.mode]
    if mesh.min_version < oldest or mesh.min_version[0] > 1:
        field = "minVersion" if "minVersion" in platform.data["mesh"] else "mode"
        message = f"the policy is written for Istio {_dotted(oldest)} and newer in {mesh.mode} mode"
        hint = f'write minVersion: "{_dotted(oldest)}", and update Istio'
        yield Finding(code="CG702", path=("mesh", field), message=message, hint=hint)
    if mesh.gateway_api_version < OLDEST_GATEWAY_API or mesh.gateway_api_version[0] > 1:
        message = f"the policy is written for the Gateway API {_dotted(OLDEST_GATEWAY_API)} and newer"
        hint = f'write gatewayApiVersion: "{_dotted(OLDEST_GATEWAY_API)}", and update its definitions'
        yield Finding(code="CG702", path=("mesh", "gatewayApiVersion"), message=message, hint=hint)


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def jobs_beside_sidecars(platform: Platform) -> Iterator[Finding]:
    """Jobs and init containers where sidecars start last and never end (a warning)."""
    mesh = platform.mesh
    if mesh is None or mesh.mode is not Mode.SIDECAR or mesh.min_version >= NATIVE_SIDECARS:
        return
    found = [draft for draft in platform.pods if _suffers(draft)]
    if found:
        others = f" and {len(found) - 1:,} more" if len(found) > 1 else ""
        yield Finding(
            code="CG726",
            path=("mesh", "minVersion"),
            message=f"before Istio {_dotted(NATIVE_SIDECARS)}, Jobs in a mesh never end, and init containers have no "
            f"network: {found[0].title}{others}",
            hint=f'write minVersion: "{_dotted(NATIVE_SIDECARS)}", or set ENABLE_NATIVE_SIDECARS in istiod',
        )


def _suffers(draft: Draft) -> bool:
    ends = draft.service.kind in (Kind.JOB, Kind.CRON_JOB)
    return ends or bool(draft.service.init_containers and not draft.store)


def exposed_for_nobody(draft: Draft, platform: Platform) -> Iterator[Finding]:
    """A service that is to be reached from outside, and strict mTLS refuses all who come (a warning)."""
    service = draft.service
    if platform.mesh is None or draft.store or service.of or not traits(service.kind).has_ports:
        return
    shut = bool(service.open_ports) and not any(port.plaintext for port in service.open_ports)
    if shut and not (platform.gateway and platform.gateway.routes_to(service.name)):
        yield Finding(
            code="CG722",
            path=("exposed",) if service.exposed and "exposed" in draft.data else ("name",),
            message=f"{draft.title} is exposed, but callers from outside have no identity of the mesh, and no route of "
            "the gateway leads to it",
            hint="add a route, or give the port that they reach plaintext with the reason",
        )


def waived_demands(platform: Platform) -> Iterator[Finding]:
    """Calls that are narrowed, and the port takes all of them from anyone."""
    hint = "give these calls a port of their own, without plaintext"
    for route in platform.gateway.routes if platform.mesh and platform.gateway else ():
        if (route.paths or route.methods or not route.public) and _is_plaintext(platform, route.service, route.port):
            message = (
                f'port "{route.port}" of "{route.service}" takes any call (plaintext), not only those of the route'
            )
            yield Finding(code="CG731", path=(*route.path, "service"), message=message, hint=hint)
    for call in declared(platform) if platform.mesh else ():
        narrow = [key for key in ("methods", "paths") if key in call.data]
        if narrow and call.ports and all(port.plaintext for port in call.ports):
            message = f'port "{call.ports[0].name}" of "{call.data["node"]}" takes any call (plaintext), not only these'
            yield Finding(code="CG731", path=(*call.path, narrow[0]), key=True, message=message, hint=hint)


def _is_plaintext(platform: Platform, service: str, port: str) -> bool:
    node = platform.nodes.get(service)
    return node is not None and any(each.plaintext for each in node.ports if each.name == port)


def udp_calls(draft: Draft, platform: Platform) -> Iterator[Finding]:
    """Dependencies that the mesh does not carry (a warning)."""
    for edge in draft.service.edges if platform.mesh else ():
        node = platform.nodes.get(edge.target)
        names = (
            [port.name for port in node.ports if port.name in edge.ports and port.transport == "UDP"] if node else []
        )
        if names:
            message = f'calls of {draft.title} to port "{names[0]}" of "{edge.target}" are UDP: no mTLS, no identity'
            hint = "leave the port out of the dependency, if it is not called"
            yield Finding(code="CG723", path=edge.path[2:], message=message, hint=hint)
