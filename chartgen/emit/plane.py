"""How calls between pods travel, as a NetworkPolicy sees them: on their own ports, through a sidecar or not, or in
ambient's tunnels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from chartgen.registry.mesh import Fetcher, Mesh, Mode
from chartgen.registry.model import Registry
from chartgen.registry.service import Service
from chartgen.registry.waypoints import behind_waypoint, waypoint_name

Ports: TypeAlias = tuple[tuple[str | int, str], ...]
"""(name or number, transport) of each port."""

HBONE = 15008
"""Where ztunnel and waypoints take the calls of the mesh, and no others."""

MERGED_METRICS = 15020
"""Where a sidecar's agent serves the application's metrics with its own; injection points the annotations there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """`mode` None: no mesh. `behind`: the services that are called through the waypoint, whose Gateway has the name
    `waypoint`. `keys`: (service, port) where istiod fetches the keys of tokens. `watching`: the mesh refuses nothing
    yet, and pods that are not in it call others on their own ports."""

    mode: Mode | None = None
    waypoint: str = ""
    behind: frozenset[str] = field(default_factory=frozenset)
    keys: tuple[str, str] = ("", "")
    watching: bool = False

    @property
    def ambient(self) -> bool:
        """Whether calls travel in tunnels."""
        return self.mode is Mode.AMBIENT

    @property
    def sidecars(self) -> bool:
        """Whether each pod has a proxy of its own."""
        return self.mode is Mode.SIDECAR

    def carried(self, ports: Iterable[tuple[str | int, str]], plaintext: frozenset[str | int] = frozenset()) -> Ports:
        """The ports on which calls to these arrive: in ambient one for all of TCP, and those that take plaintext."""
        if not self.ambient:
            return tuple(dict.fromkeys(ports))
        given = tuple(ports)
        tunnel = [(HBONE, "TCP")] if any(transport == "TCP" for _, transport in given) else []
        own = [each for each in given if each[1] != "TCP" or each[0] in plaintext or self.watching]
        return tuple(dict.fromkeys([*tunnel, *own]))

    def also(self, ports: Iterable[tuple[str | int, str]]) -> Ports:
        """The ports on which callers call these that may be of the mesh, or not."""
        given = tuple(ports)
        return self.carried(given, frozenset(port for port, _ in given))

    def leads_through(self, service: Service) -> bool:
        """Whether callers in the mesh reach the service through the waypoint."""
        return service.app in self.behind

    def hides(self, service: Service) -> bool:
        """Whether nobody calls the service's pods but the waypoint."""
        return self.leads_through(service) and not self.watching


def plane_of(registry: Registry) -> Plane:
    """How the platform's calls travel."""
    mesh = registry.mesh
    if mesh is None:
        return Plane()
    return Plane(
        mode=mesh.mode,
        waypoint=waypoint_name(registry.metadata.name),
        behind=behind_waypoint(registry),
        keys=_keys(mesh),
        watching=mesh.audit,
    )


def _keys(mesh: Mesh) -> tuple[str, str]:
    issuer = mesh.jwt.issuer_service if mesh.jwt else None
    return (issuer.service, issuer.port) if issuer and issuer.fetched_by is Fetcher.ISTIOD else ("", "")
