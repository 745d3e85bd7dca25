"""Which hosts pods may call, and what the mesh is told of those outside."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from chartgen.emit.policy.calls import Labels, own_pods
from chartgen.engines.engine import Operated, Way
from chartgen.registry import names
from chartgen.registry.kinds import traits
from chartgen.registry.kubernetes import SERVICE_DOMAIN, is_service, whole
from chartgen.registry.model import Datastore, External, Node, Registry
from chartgen.registry.pod import Port
from chartgen.registry.service import Edge, Service

API_SERVER = f"default/kubernetes.default.{SERVICE_DOMAIN}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What pods may call: Services of the platform, `hosts` as a Sidecar names them, and datastores, which are
    wherever values say. `name`: of the Sidecar."""

    name: str
    pods: Labels
    services: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """A host outside. `resolution`: how it is found; `host`: the name that it has in the mesh."""

    host: str
    resolution: str
    address: str = ""
    ports: tuple[tuple[int, str, str], ...]


def reaches(service: Service, registry: Registry, by_name: Mapping[str, Node]) -> tuple[Reach, ...]:
    """One for the service, or one for each version where they do not call the same."""
    workloads = service.workloads
    same = all(workload.edges == workloads[0].edges for workload in workloads)
    if same:
        return (_reach(service.name, own_pods(service.name, registry), workloads[0].edges, by_name),)
    return tuple(
        _reach(f"{service.name}.{each.version}", own_pods(service.name, registry, each.version), each.edges, by_name)
        for each in workloads
    )


def reach_of_store(store: Datastore, way: Way, pods: Labels, by_name: Mapping[str, Node]) -> Reach:
    """What a datastore's own pods call: each other, what it declares, and, where an operator's pods do, Kubernetes."""
    operated = store.operated if way is Way.OPERATOR else None
    own = operated_services(operated) if operated else services_of(store.workload)
    addressed = (names.by_address(store.name),) if operated and operated.addressed else ()
    edges = store.edges if not operated else ()
    found = _reach(store.name, pods, edges, by_name)
    peers = operated.peer_ports if operated else store.workload.peer_ports
    return Reach(
        name=store.name,
        pods=pods,
        services=tuple(dict.fromkeys((*(own if peers else ()), *addressed, *found.services))),
        hosts=(*found.hosts, *((API_SERVER,) if operated and operated.calls_api_server else ())),
        stores=found.stores,
    )


def services_of(service: Service) -> tuple[str, ...]:
    """The Services that lead to its pods."""
    return (*(front.name for front in service.fronts), *headless_of(service))


def headless_of(service: Service) -> tuple[str, ...]:
    """The Services that give each of its pods a name: their calls keep to the pod that they name."""
    workloads = service.workloads if traits(service.kind).has_headless_service else ()
    return tuple(names.headless(each.name) for each in workloads)


def operated_services(operated: Operated) -> tuple[str, ...]:
    """The Services that an operator makes."""
    return tuple(sorted({operated.host, *(name for kind, name in operated.makes if kind == "Service")}))


def _reach(name: str, pods: Labels, edges: Iterable[Edge], by_name: Mapping[str, Node]) -> Reach:
    services: list[str] = []
    hosts: list[str] = []
    stores: list[str] = []
    for edge in edges:
        target = by_name[edge.target]
        if not edge.ports:
            continue
        if isinstance(target, Service):
            services += services_of(target)
        elif isinstance(target, Datastore):
            stores.append(target.name)
        elif any(_tcp(target.port(port)) for port in edge.ports):
            hosts.append(f"{'*' if is_service(target.host) else '.'}/{mesh_host(target)}")
    return Reach(name=name, pods=pods, services=tuple(services), hosts=tuple(hosts), stores=tuple(stores))


def mesh_host(external: External) -> str:
    """The name of an external in the mesh; an address has none, and gets one that nobody looks up."""
    return f"{external.name}.external" if external.network else whole(external.host)


def outside(external: External) -> Outside | None:
    """What the mesh is told of an external; nothing of a Service of another namespace, which it knows, nor of UDP."""
    ports = tuple((port.port, port.emitted_name, istio_protocol(port)) for port in external.ports if _tcp(port))
    if is_service(external.host) or not ports:
        return None
    if not external.network:
        return Outside(host=external.host, resolution="NONE" if external.host.startswith("*") else "DNS", ports=ports)
    single = ipaddress.ip_network(external.network).num_addresses == 1
    address = external.host if single else external.network
    return Outside(host=mesh_host(external), resolution="STATIC" if single else "NONE", address=address, ports=ports)


def istio_protocol(port: Port) -> str:
    """Istio's word for the protocol of a port outside."""
    return port.app_protocol.upper()


def _tcp(port: Port) -> bool:
    return port.transport == "TCP"


def called_stores(registry: Registry) -> Iterator[Datastore]:
    """The datastores that somebody calls."""
    called = {edge.target for _, edge in registry.edges() if edge.ports}
    return (store for store in registry.datastores if store.name in called)
