"""Ambient: whose calls pass a waypoint, because somebody must read them as requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartgen.registry.mesh import Enforce, Mode
from chartgen.registry.service import Service

if TYPE_CHECKING:
    from chartgen.registry.model import Registry


def waypoint_name(platform: str) -> str:
    """The waypoint's Gateway, and the account, the Deployment and the Service that Istio makes of it."""
    return f"{platform}-waypoint"


def behind_waypoint(registry: Registry) -> frozenset[str]:
    """The services that are called through the waypoint, on all TCP ports that they show; none without ambient. A
    datastore is none of them: it is called by the names that its engine or its operator gives."""
    if registry.mesh is None or registry.mesh.mode is not Mode.AMBIENT:
        return frozenset()
    narrowed = _narrowed(registry)
    return frozenset(
        service.name
        for service in registry.services
        if service.exposed_ports and (service.name in narrowed or _is_read(service, registry))
    )


def _narrowed(registry: Registry) -> set[str]:
    """Those that some caller's edge says more of than that it may call."""
    workloads = (
        workload
        for node in registry.charts()
        for workload in (node.workloads if isinstance(node, Service) else (node.workload,))
    )
    return {
        edge.target for workload in workloads for edge in workload.edges if edge.methods or edge.paths or edge.traffic
    }


def _is_read(service: Service, registry: Registry) -> bool:
    """Whether the service itself asks for a proxy: for tokens, for routes, or to share its calls among versions."""
    jwt = registry.mesh.jwt if registry.mesh else None
    asked = service.exposed_ports if jwt and jwt.enforce is Enforce.EVERY_HOP else service.open_ports
    if jwt and any(port.speaks_http for port in asked):
        return True
    if registry.gateway and registry.gateway.routes_to(service.name):
        return True
    return any(version.weight is not None for version in service.versions)
