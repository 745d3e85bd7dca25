"""Network policies of the pods that Istio makes in the platform's namespace: the gateway's, and the waypoint's. Every
other pod's is in its own chart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chartgen.emit.network import plain_ports
from chartgen.emit.plane import HBONE, Plane, Ports
from chartgen.emit.render import Context, render, with_more
from chartgen.emit.shared import deployed_beside
from chartgen.registry.model import Registry
from chartgen.registry.service import Service

_HTTP, _HTTPS, _STATUS = 80, 443, 15021


@dataclass(frozen=True, slots=True, kw_only=True)
class Pods:
    """Services of the platform, by name, that are called on these ports."""

    names: tuple[str, ...]
    ports: Ports


def isolation(registry: Registry, plane: Plane, context: Context) -> Iterator[tuple[str, str]]:
    """(file below templates/, text) of each; none without a mesh, since then nobody knows whose pods they are."""
    gateway = registry.gateway
    if gateway and gateway_pods(registry, plane):
        listeners = (_HTTP, _HTTPS, _STATUS) if gateway.tls else (_HTTP, _STATUS)
        routed = [service for service in registry.services if service.open_ports]
        more = with_more(
            context,
            object_name=f"{gateway.name}.gateway",
            gateway=gateway.name,
            listeners=listeners,
            waypoint=plane.waypoint if any(plane.leads_through(service) for service in routed) else "",
            callees=list(_called(routed, plane)),
        )
        yield "gateway/networkpolicy.yaml", render("policy/networkpolicy-gateway.yaml", more)
    if plane.behind:
        more = with_more(
            context,
            object_name=f"{plane.waypoint}.waypoint",
            gateway=plane.waypoint,
            from_outside=entered(registry, plane),
            operated=list(_operated_callers(registry, plane)),
            callees=[Pods(names=tuple(sorted(plane.behind)), ports=((HBONE, "TCP"),))],
        )
        yield "waypoint/networkpolicy.yaml", render("policy/networkpolicy-waypoint.yaml", more)


def gateway_pods(registry: Registry, plane: Plane) -> bool:
    """Whether the gateway's pods stand in the platform's namespace."""
    return bool(plane.mode and registry.gateway and deployed_beside(registry.gateway))


def entered(registry: Registry, plane: Plane) -> bool:
    """Whether callers from outside come through the waypoint."""
    return any(service.open_ports for service in registry.services if plane.leads_through(service))


def _called(services: Iterable[Service], plane: Plane) -> Iterator[Pods]:
    """What the gateway's proxies call themselves: what no waypoint stands before."""
    grouped: dict[Ports, list[str]] = {}
    for service in services:
        ports = tuple((port.target_port, port.transport) for port in service.open_ports if port.transport == "TCP")
        if not plane.hides(service):
            grouped.setdefault(plane.carried(ports, plain_ports(service)), []).append(service.name)
    return (Pods(names=tuple(names), ports=ports) for ports, names in grouped.items())


def _operated_callers(registry: Registry, plane: Plane) -> Iterator[dict[str, str]]:
    """Labels of operators' pods that call a service behind the waypoint: they are not labelled as the platform's."""
    for store in registry.datastores:
        if store.operated and any(edge.target in plane.behind for edge in store.edges):
            yield dict(store.operated.pods)
