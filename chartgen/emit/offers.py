"""What a caller's chart says of the datastores that it calls, way by way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chartgen.emit import network
from chartgen.emit.plane import Plane, Ports
from chartgen.engines.engine import SecretKey, Way
from chartgen.registry.model import Datastore, Node, Offer
from chartgen.registry.pod import Container, Credential, Reference
from chartgen.registry.service import Edge, Service


@dataclass(frozen=True, slots=True, kw_only=True)
class PortView:
    """A port of a datastore in one way: the number that callers use, and the one that its pods listen on. `first`: the
    engine's main port. `opened`: the caller's edge opens it."""

    name: str
    number: int
    on_pods: int
    transport: str
    scheme: str
    first: bool
    opened: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferView:
    """One way, as the caller's chart needs it. `opens`: the pods' ports that the caller's policy opens."""

    way: str
    host: str
    ports: tuple[PortView, ...]
    opens: Ports
    pods: tuple[tuple[str, str], ...]
    secrets: tuple[tuple[str, SecretKey], ...]

    @property
    def main_port(self) -> int:
        """The number of the engine's main port."""
        return self.ports[0].number


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreView:
    """A datastore that a chart calls; `told`: its address is in a variable."""

    name: str
    default: str
    offers: tuple[OfferView, ...]
    told: bool


def called_stores(service: Service, by_name: Mapping[str, Node], plane: Plane) -> tuple[StoreView, ...]:
    """The datastores that the service calls, sorted by name."""
    return tuple(_view(service, store, edge, plane) for store, edge in network.stores(service, by_name))


def _view(service: Service, store: Datastore, edge: Edge, plane: Plane) -> StoreView:
    used = set(_used(service, store.name))
    keys = {part.key for part in used if isinstance(part, Credential)}
    return StoreView(
        name=store.name,
        default=str(store.default),
        offers=tuple(_offer(store, offer, edge, keys, plane) for offer in store.offers),
        told=any(isinstance(part, Reference) and part.attribute != "host" for part in used),
    )


def _offer(store: Datastore, offer: Offer, edge: Edge, keys: set[str], plane: Plane) -> OfferView:
    ports = tuple(
        PortView(
            name=port.name,
            number=offer.ports[port.name],
            on_pods=offer.pod_ports[port.name],
            transport=port.transport,
            scheme=offer.schemes[port.name],
            first=port is store.ports[0],
            opened=port.name in edge.ports,
        )
        for port in store.ports
    )
    return OfferView(
        way=str(offer.way),
        host=offer.host,
        ports=ports,
        opens=_carried(store, offer, ports, plane),
        pods=tuple(sorted(offer.pods.items())),
        secrets=tuple((key, place) for key, place in sorted(offer.secrets.items()) if key in keys),
    )


def _carried(store: Datastore, offer: Offer, ports: Sequence[PortView], plane: Plane) -> Ports:
    """What opens the way to its pods; somebody else's datastore is no part of the mesh."""
    opened = [(port.on_pods, port.transport) for port in ports if port.opened]
    if offer.way is Way.EXTERNAL:
        return tuple(opened)
    return plane.carried(opened, network.plain_ports(store.workload) if offer.way is Way.BUILTIN else frozenset())


def _used(service: Service, store: str) -> Iterator[Reference | Credential]:
    """Every reference to that datastore in the variables of the service's containers."""
    for container in (service.main, *service.sidecars, *service.init_containers):
        yield from (part for part in _parts(container) if part.node == store)


def _parts(container: Container) -> Iterator[Reference | Credential]:
    for variable in container.env:
        if isinstance(variable.value, Credential):
            yield variable.value
        elif isinstance(variable.value, tuple):
            yield from (part for part in variable.value if isinstance(part, Reference))
