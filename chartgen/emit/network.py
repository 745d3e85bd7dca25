"""Who may talk to a service and to whom it may talk, from the declared edges: the rules of its NetworkPolicy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from chartgen.registry.model import Edge, Service
from chartgen.registry.pod import Port
from chartgen.registry.ports import container_port_name


@dataclass(frozen=True, slots=True)
class Rule:
    """Peers that share the same ports: callers for ingress (port names), callees for egress (pod port numbers)."""

    peers: tuple[str, ...]
    ports: tuple[tuple[str | int, str], ...]


def container_ports(service: Service) -> tuple[Port, ...]:
    """The main container's ports: one entry per number and transport, however many Service ports lead to it."""
    found: dict[tuple[int, str], Port] = {}
    for port in service.main.ports:
        found.setdefault((port.target_port, port.transport), port)
    return tuple(found.values())


def target_name(service: Service, port: Port) -> str:
    """The name of the container port that a Service port leads to, in the service's own container or a sidecar."""
    return container_port_name([port] if port.container else service.main.ports, port)


def ingress(service: Service, callers: Sequence[tuple[Service, Edge]]) -> tuple[Rule, ...]:
    """One rule for each set of ports that callers declare."""
    return _grouped((caller.name, _named(service, edge.ports)) for caller, edge in callers if edge.ports)


def exposed(service: Service) -> tuple[tuple[str | int, str], ...]:
    """The ports that the outside may reach; none for a service that is not exposed."""
    return _named(service, [p.name for p in service.open_ports])


def metrics(service: Service) -> tuple[tuple[str | int, str], ...]:
    """The one port that the monitoring may reach, or none."""
    port = service.metrics.port if service.metrics else None
    return ((target_name(service, port), port.transport),) if port else ()


def egress(service: Service, by_name: Mapping[str, Service]) -> tuple[Rule, ...]:
    """One rule for each callee, on the numbers of its pods' ports."""
    return _grouped((edge.target, _numbered(by_name[edge.target], edge.ports)) for edge in service.edges if edge.ports)


def _named(service: Service, names: Iterable[str]) -> tuple[tuple[str | int, str], ...]:
    ports = [service.port(name) for name in names]
    return tuple(dict.fromkeys((target_name(service, p), p.transport) for p in ports))


def _numbered(service: Service, names: Iterable[str]) -> tuple[tuple[str | int, str], ...]:
    ports = [service.port(name) for name in names]
    return tuple(dict.fromkeys((p.target_port, p.transport) for p in ports))


def _grouped(pairs: Iterable[tuple[str, tuple[tuple[str | int, str], ...]]]) -> tuple[Rule, ...]:
    peers: dict[tuple[tuple[str | int, str], ...], list[str]] = {}
    for peer, ports in pairs:
        peers.setdefault(ports, []).append(peer)
    return tuple(Rule(tuple(names), ports) for ports, names in peers.items())
