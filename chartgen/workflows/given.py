"""What no manifest says, and a proof stands on: in words, for people to see to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from chartgen.registry.controllers import controllers
from chartgen.registry.mesh import GatewayApi, Mode

if TYPE_CHECKING:
    from chartgen.registry.model import Registry


def notes(registry: Registry) -> Iterator[str]:
    """What no manifest says, and the proof stands on."""
    mesh = registry.mesh
    yield "the cluster's network enforces NetworkPolicies"
    if not mesh:
        yield "there is no mesh: callers are known by their pods' labels alone, and nothing is encrypted"
        return
    yield f"the namespace is labelled {'='.join(mesh.label)} (`chartgen namespace` prints it)"
    if operators := ", ".join(operator.title for operator in controllers(registry)):
        yield f"so are the namespaces of {operators}, which call the pods that they make"
    yield "nobody else may make pods, or tokens of service accounts, in the namespace"
    if udp := sorted({f"{name}:{port}/udp" for name, port in _over_udp(registry)}):
        yield f"calls over UDP have neither mTLS nor an identity, networks alone guard them: {', '.join(udp)}"
    if mesh.mode is Mode.SIDECAR and (names := ", ".join(each.name for each in registry.services if each.metrics)):
        yield (
            f"metrics of {names}: their sidecars show them on port 15020, without mTLS, and networks alone guard that; "
            "on the declared port the monitoring shows a certificate of the mesh itself, for it calls pods by address"
        )
    if mesh.normalises:
        yield "MeshConfig: pathNormalization is DECODE_AND_MERGE_SLASHES"
    if where := _tries_again(registry):
        yield (
            f"{where}, Istio tries any call up to twice again that found no connection or was not taken: a route "
            "of the Gateway API without `retry` leaves that so"
        )
    if mesh.jwt:
        yield "tokens expire: a token without exp is taken, so this is the issuer's to see to"
    if mesh.audit:
        yield "mesh.audit: nothing of this is in force; what passes beside it now would be refused"


def _tries_again(registry: Registry) -> str:
    """Where calls pass routes of the Gateway API, which say nothing of Istio's own tries (P16)."""
    at_door = registry.gateway is not None and registry.gateway.api is GatewayApi.GATEWAY
    at_waypoints = registry.mesh is not None and registry.mesh.mode is Mode.AMBIENT
    places = [name for name, there in (("at waypoints", at_waypoints), ("at the door", at_door)) if there]
    return " and ".join(places)


def _over_udp(registry: Registry) -> Iterator[tuple[str, int]]:
    """The ports inside that are called over UDP."""
    nodes = {node.name: node for node in registry.charts()}
    for _, edge in registry.edges():
        for port in (nodes[edge.target].port(name) for name in edge.ports) if edge.target in nodes else ():
            if port.transport != "TCP":
                yield edge.target, port.target_port


def tried(ports: Iterable[str]) -> Iterator[str]:
    """The same of calls of gRPC (`service:port`) that a server may have taken before Istio tries them again."""
    if names := ", ".join(sorted(ports)):
        yield (
            f"MeshConfig: defaultHttpRetryPolicy is {{attempts: 0}}, else Istio makes calls of gRPC to {names} again "
            "that were answered UNAVAILABLE or CANCELLED, whether they may be made twice or not"
        )
