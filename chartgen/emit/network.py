"""Who may talk to a service and to whom it may talk, from the declared edges: the rules of its NetworkPolicy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from chartgen.emit.plane import HBONE, MERGED_METRICS, Plane, Ports
from chartgen.engines.engine import Way
from chartgen.registry.kubernetes import GATEWAY_NAME
from chartgen.registry.model import Datastore, External, Node
from chartgen.registry.pod import Port
from chartgen.registry.ports import container_port_name
from chartgen.registry.service import Edge, Service


@dataclass(frozen=True, slots=True)
class Peer:
    """The pods of a service, or of one version of it."""

    name: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """Peers that share the same ports: callers for ingress (port names), callees for egress (pod port numbers).
    `labels`: peers whose pods are an operator's or a waypoint's, by its own labels. `network`: one address outside."""

    peers: tuple[Peer, ...]
    ports: Ports
    labels: tuple[Mapping[str, str], ...] = ()
    network: str = ""


def container_ports(service: Service) -> tuple[Port, ...]:
    """The main container's ports: one entry per number and transport, however many Service ports lead to it."""
    found: dict[tuple[int, str], Port] = {}
    for port in service.main.ports:
        found.setdefault((port.target_port, port.transport), port)
    return tuple(found.values())


def target(service: Service, port: Port) -> str | int:
    """What a Service port leads to: the name of the container port, or its number where it is a sidecar's, since only
    from 1.32 on does Kubernetes look for names among the init containers."""
    return port.target_port if port.container else port_name(service, port)


def port_name(service: Service, port: Port) -> str:
    """The name of the container port, in the service's own container or a sidecar."""
    return container_port_name([port] if port.container else service.main.ports, port)


def ingress(service: Service, callers: Sequence[tuple[Service | Datastore, Edge]], plane: Plane) -> tuple[Rule, ...]:
    """One rule for each set of ports that callers declare, and one for the service's own pods where they call each
    other. Behind a waypoint that is the caller, but for what it does not carry."""
    pairs = ((caller, _named(service, edge.ports)) for caller, edge in _calling(callers) if edge.ports)
    first = (waypoint_rule(plane),) if plane.leads_through(service) else ()
    direct = ((caller, _carried_to(service, ports, plane)) for caller, ports in pairs)
    return (*first, *_grouped((caller, ports) for caller, ports in direct if ports), *peers(service, plane))


def peers(service: Service, plane: Plane) -> tuple[Rule, ...]:
    """What the pods of a datastore call on each other."""
    ports = plane.carried((port, "TCP") for port in service.peer_ports)
    return (Rule((Peer(service.name),), ports),) if ports else ()


def headless_ports(service: Service, plane: Plane) -> tuple[Port, ...]:
    """What the headless Service shows: with sidecars what the pods call on each other too, since a proxy sends in
    plaintext what it finds in no Service."""
    among = service.peer_ports if plane.sidecars else ()
    return tuple(port for port in service.ports if port.expose or port.target_port in among)


def waypoint_rule(plane: Plane) -> Rule:
    """The waypoint, as a caller or a callee."""
    return Rule((), ((HBONE, "TCP"),), labels=({GATEWAY_NAME: plane.waypoint},))


def plain_ports(service: Service) -> frozenset[str | int]:
    """The ports that take calls without mTLS, each by name and by number."""
    plain = [port for port in service.ports if port.plaintext]
    return frozenset(key for port in plain for key in (target(service, port), port.target_port))


def _not_tcp(ports: Ports) -> Ports:
    """What ambient does not carry."""
    return tuple(port for port in ports if port[1] != "TCP")


def _calling(callers: Sequence[tuple[Service | Datastore, Edge]]) -> Iterator[tuple[Service | Datastore, Edge]]:
    """Who calls, and how: of a service whose versions do not all call the same way, those that do."""
    for caller, edge in callers:
        workloads = caller.workloads if isinstance(caller, Service) else ()
        own = [(each, found) for each in workloads for found in each.edges if found.target == edge.target]
        same = len(own) == len(workloads) and all(found.ports == edge.ports for _, found in own)
        yield from [(caller, edge)] if same or not workloads else own


def exposed(service: Service, plane: Plane) -> Ports:
    """The ports that the outside may reach, but those that anyone may; none for a service that is not exposed. Behind
    a waypoint that is only what passes it by."""
    ports = _named(service, [p.name for p in service.open_ports if not (plane.mode and p.plaintext)])
    return _not_tcp(ports) if plane.hides(service) else plane.carried(ports)


def waived(service: Service, plane: Plane) -> Ports:
    """The ports that anyone may reach who is not in the mesh: its tunnels lead to all others too."""
    return _named(service, [port.name for port in service.ports if port.plaintext and plane.mode])


def metrics(service: Service, plane: Plane) -> Ports:
    """The ports that the monitoring may reach: the declared one, and with sidecars their agent's. Or none."""
    port = service.metrics.port if service.metrics else None
    if not port:
        return ()
    agent = ((MERGED_METRICS, "TCP"),) if plane.sidecars else ()
    return (*plane.carried([(target(service, port), port.transport)], plain_ports(service)), *agent)


def tested(service: Service, ports: Ports, plane: Plane) -> Ports:
    """What the test pods' calls to these ports take; none where they call the waypoint."""
    return () if plane.hides(service) else plane.carried(ports, plain_ports(service))


def keys(service: Service, plane: Plane) -> Ports:
    """The port on which istiod fetches the keys of tokens, or none."""
    issuer, port = plane.keys
    return _named(service, [port]) if service.app == issuer else ()


def egress(service: Service, by_name: Mapping[str, Node], plane: Plane) -> tuple[Rule, ...]:
    """One rule for each set of services, on the numbers of their pods' ports, one for the waypoint before the others,
    and one for the service's own pods."""
    targets = ((by_name[edge.target], edge) for edge in service.edges if edge.ports)
    called = [(target, _numbered(target, edge.ports)) for target, edge in targets if isinstance(target, Service)]
    direct = [(each, _carried_to(each, ports, plane)) for each, ports in called]
    through = any(plane.leads_through(each) and _not_tcp(ports) != ports for each, ports in called)
    first = (waypoint_rule(plane),) if through else ()
    return (*first, *_grouped((each, ports) for each, ports in direct if ports), *peers(service, plane))


def _carried_to(callee: Service, ports: Ports, plane: Plane) -> Ports:
    return _not_tcp(ports) if plane.hides(callee) else plane.carried(ports, plain_ports(callee))


def ingress_numbers(
    store: Datastore, callers: Sequence[tuple[Service | Datastore, Edge]], plane: Plane
) -> tuple[Rule, ...]:
    """The callers of a datastore that its operator runs, whose container ports have names of their own."""
    offer = store.offer(Way.OPERATOR)
    numbers = offer.pod_ports if offer else {}
    return _grouped(
        (caller, plane.carried((numbers[name], store.port(name).transport) for name in edge.ports))
        for caller, edge in _calling(callers)
        if edge.ports
    )


def outside(service: Service, by_name: Mapping[str, Node]) -> tuple[Rule, ...]:
    """One rule for each external. A NetworkPolicy knows no names: where the host is one, it opens the ports to any
    address."""
    targets = ((by_name[edge.target], edge) for edge in service.edges if edge.ports)
    return tuple(
        Rule((Peer(target.name),), _numbered(target, edge.ports), network=target.network)
        for target, edge in targets
        if isinstance(target, External)
    )


def stores(service: Service, by_name: Mapping[str, Node]) -> tuple[tuple[Datastore, Edge], ...]:
    """The datastores that the service calls; only the render knows where they are."""
    targets = ((by_name[edge.target], edge) for edge in service.edges)
    return tuple((target, edge) for target, edge in targets if isinstance(target, Datastore))


def _named(service: Service, names: Iterable[str]) -> Ports:
    ports = [service.port(name) for name in names]
    return tuple(dict.fromkeys((target(service, p), p.transport) for p in ports))


def _numbered(service: Service | External, names: Iterable[str]) -> Ports:
    ports = [service.port(name) for name in names]
    return tuple(dict.fromkeys((p.target_port, p.transport) for p in ports))


def _grouped(pairs: Iterable[tuple[Service | Datastore, Ports]]) -> tuple[Rule, ...]:
    nodes: dict[Ports, list[Service | Datastore]] = {}
    for node, ports in pairs:
        nodes.setdefault(ports, []).append(node)
    return tuple(_rule(found, ports) for ports, found in nodes.items())


def _rule(nodes: Sequence[Service | Datastore], ports: Ports) -> Rule:
    operated = [node.operated.pods for node in nodes if isinstance(node, Datastore) and node.operated]
    return Rule(tuple(_peer(node) for node in nodes), ports, labels=tuple(operated))


def _peer(node: Service | Datastore) -> Peer:
    return Peer(node.app, node.version) if isinstance(node, Service) else Peer(node.name)
