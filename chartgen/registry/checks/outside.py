"""What lies outside, for a mesh: hosts that are the platform's own, and such that proxies cannot tell apart."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from chartgen.engines.engine import Way
from chartgen.registry.checks.externals import IN_CLUSTER, names_its_host
from chartgen.registry.checks.subject import Finding, Platform, sort_of
from chartgen.registry.externals import network_of
from chartgen.registry.kubernetes import CLUSTER_DOMAIN
from chartgen.registry.mesh import Mode
from chartgen.registry.model import Datastore, External
from chartgen.registry.names import taken_by
from chartgen.registry.service import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.registry.model import Node
    from chartgen.registry.service import Edge


def own_service(platform: Platform) -> Iterator[Finding]:
    """Externals whose host is the name of one of the platform's Services."""
    owners = {name: node for node in platform.nodes.values() for name in _services(node)}
    for external in platform.externals:
        node = owners.get(_service_named(external.host, platform.name))
        if node:
            yield Finding(
                code="CG732",
                path=(*external.path, "host"),
                message=f'the host of external "{external.name}" is the {sort_of(node)} "{node.name}" of the platform:'
                f' "{external.host}"',
                hint=f'remove the external, and depend on "{node.name}"',
            )


def _services(node: Node) -> Iterator[str]:
    if not isinstance(node, External):
        yield node.name
        yield from (name for kind, name in taken_by(node) if kind == "Service")


def _service_named(host: str, platform: str) -> str:
    """The Service that pods reach by that name; empty where it is surely another's."""
    bare = host.rstrip(".").removesuffix(f".{CLUSTER_DOMAIN}")
    name, _, rest = bare.partition(".")
    return name if rest in ("", "svc", *(f"{ns}{end}" for ns in ("default", platform) for end in ("", ".svc"))) else ""


def repeated_host(platform: Platform) -> Iterator[Finding]:
    """Two externals that are one and the same to a mesh."""
    seen: dict[tuple[str, int], External] = {}
    for external in platform.externals if platform.mesh else ():
        for number in dict.fromkeys(port.port for port in external.ports if port.transport == "TCP"):
            other = seen.setdefault((external.host.rstrip("."), number), external)
            if other is not external:
                yield Finding(
                    code="CG733",
                    path=(*external.path, "host"),
                    message=f'the externals "{other.name}" and "{external.name}" are both port {number} of '
                    f'"{external.host}", and the mesh knows a host once',
                    hint=f'depend on "{other.name}" alone, or give both ports to one of them',
                    first=(*other.path, "host"),
                )
                break


class _Call(NamedTuple):
    """A call that proxies know by its port alone. `certain`: whatever the values say."""

    edge: Edge
    target: str
    host: str
    port: int
    certain: bool
    protocol: str


def indistinct_calls(platform: Platform) -> Iterator[Finding]:
    """Two servers that one caller calls on the same port, without a word by which its sidecar could tell them apart
    (a warning where values may have it otherwise)."""
    if platform.mesh is None or platform.mesh.mode is not Mode.SIDECAR:
        return
    told: set[tuple[str, str, int]] = set()
    for draft in platform.pods:
        calls = [call for edge in draft.service.edges for call in _calls(edge, platform.nodes.get(edge.target))]
        for one, other in combinations(calls, 2):
            pair = (min(one.target, other.target), max(one.target, other.target), one.port)
            if one.port == other.port and one.target != other.target and pair not in told and _differ(one, other):
                told.add(pair)
                yield _indistinct(draft.title, one, other)


def _differ(one: _Call, other: _Call) -> bool:
    return not one.host or one.host != other.host


def _indistinct(caller: str, one: _Call, other: _Call) -> Finding:
    sure = one.certain and other.certain
    message = (
        f'{caller} calls "{one.target}" and "{other.target}" on the same port {one.port}, by names, in a protocol that '
        "does not say which is meant: its sidecar sends both calls to one of them"
        + ("" if sure else ", wherever values make both external")
    )
    hint = "give one of them another port, its address as host, or (of an external that speaks it) protocol: tls"
    return Finding(code="CG734" if sure else "CG737", path=other.edge.path, message=message, hint=hint)


_SERVER_FIRST = frozenset({"tcp", "mysql"})
"""Protocols in which the server speaks first, or may."""


def unheard_servers(platform: Platform) -> Iterator[Finding]:
    """Servers that may speak first, on a port where the caller's sidecar waits for a request (a warning)."""
    if platform.mesh is None or platform.mesh.mode is not Mode.SIDECAR:
        return
    for draft in platform.pods:
        requests = dict(number for edge in draft.service.edges for number in _requests(edge, platform))
        for call in (call for edge in draft.service.edges for call in _calls(edge, platform.nodes.get(edge.target))):
            if call.protocol in _SERVER_FIRST and call.port in requests:
                yield Finding(
                    code="CG740",
                    path=call.edge.path,
                    message=f'{draft.title} calls "{call.target}" ({call.protocol}) on port {call.port}, by its name, '
                    f'and "{requests[call.port]}" on the same one with HTTP: its sidecar waits for the first bytes to '
                    "tell them apart, and a server that speaks first is waited for in vain",
                    hint="give one of them another port, or its address as host",
                )


def _requests(edge: Edge, platform: Platform) -> Iterator[tuple[int, str]]:
    """The ports that an edge calls with HTTP, wherever: sidecars keep one listener for all hosts of a port."""
    target = platform.nodes.get(edge.target)
    for port in target.exposed_ports if isinstance(target, Service | External) else ():
        if port.name in edge.ports and port.speaks_http:
            yield port.port, edge.target


def _calls(edge: Edge, target: Node | None) -> Iterator[_Call]:
    """The calls of an edge that leave the platform, in any set of values, by a name that Kubernetes does not know."""
    if isinstance(target, Service) or target is None:
        return
    offer = target.offer(Way.EXTERNAL) if isinstance(target, Datastore) else None
    host = target.host if isinstance(target, External) else offer.host if offer else ""
    if (isinstance(target, Datastore) and not offer) or network_of(host) or host.endswith(IN_CLUSTER):
        return
    sure = bool(host) and (isinstance(target, External) or target.ways == (Way.EXTERNAL,))
    for port in target.exposed_ports:
        if port.name in edge.ports and port.transport == "TCP" and not names_its_host(port):
            number = offer.pod_ports.get(port.name, port.port) if offer else port.port
            yield _Call(edge, target.name, host.rstrip("."), number, sure, port.protocol)
