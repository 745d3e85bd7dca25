"""Ambient: whose calls pass a waypoint, because somebody must read them as requests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from chartgen.registry.mesh import Enforce, Gateway, Mesh, Mode
from chartgen.registry.service import Service

if TYPE_CHECKING:
    from chartgen.registry.model import Registry


def waypoint_name(platform: str) -> str:
    """The waypoint's Gateway, and the account, the Deployment and the Service that Istio makes of it."""
    return f"{platform}-waypoint"


def behind_waypoint(registry: Registry) -> frozenset[str]:
    """The services that are called through the waypoint; none without ambient. A datastore is none of them: it is
    called by the names that its engine or its operator gives."""
    workloads = (
        workload
        for node in registry.charts()
        for workload in (node.workloads if isinstance(node, Service) else (node.workload,))
    )
    return behind(registry.mesh, registry.gateway, registry.services, workloads)


def behind(
    mesh: Mesh | None, gateway: Gateway | None, services: Iterable[Service], workloads: Iterable[Service]
) -> frozenset[str]:
    """The same from the parts of a registry; all TCP ports that such a service shows are called so. `workloads`: all
    that makes pods, and so may call."""
    if mesh is None or mesh.mode is not Mode.AMBIENT:
        return frozenset()
    narrowed = {
        edge.target for workload in workloads for edge in workload.edges if edge.methods or edge.paths or edge.traffic
    }
    return frozenset(
        service.name
        for service in services
        if service.exposed_ports and (service.name in narrowed or _is_read(service, mesh, gateway))
    )


def _is_read(service: Service, mesh: Mesh, gateway: Gateway | None) -> bool:
    """Whether the service itself asks for a proxy: for tokens, for routes, or to share its calls among versions."""
    asked = service.exposed_ports if mesh.jwt and mesh.jwt.enforce is Enforce.EVERY_HOP else service.open_ports
    if mesh.jwt and any(port.speaks_http for port in asked):
        return True
    routed = gateway is not None and bool(gateway.routes_to(service.name))
    return routed or any(version.weight is not None for version in service.versions)
