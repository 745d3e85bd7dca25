"""The registry's meaning: a platform of services, datastores and externals.

Everything after `registry/` reads this, `service.py` and `pod.py`, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from chartgen.engines.engine import Engine, Operated, Role, SecretKey, Store, Topic, Topology, Way
from chartgen.registry.mesh import Gateway, Mesh
from chartgen.registry.pod import JsonValue, Port
from chartgen.registry.service import Edge, Patch, Path, Service, port_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintainer:
    """One of the people who look after the platform."""

    name: str
    email: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What the platform is called, and what the charts say of it."""

    name: str
    version: str
    app_version: str
    description: str
    home: str = ""
    sources: tuple[str, ...] = ()
    maintainers: tuple[Maintainer, ...] = ()
    icon: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """Where images come from: `prefix` (without a trailing slash) and the names of pull secrets."""

    prefix: str = ""
    pull_secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What callers are told of a datastore in one of its ways. `host` empty: each environment's values name it.
    `ports` and `pod_ports`: port name → the number that callers use, and the one that its pods listen on; `schemes`:
    port name → the URL's. `pods`: labels that its pods have; empty where they are not the platform's."""

    way: Way
    host: str
    ports: Mapping[str, int]
    pod_ports: Mapping[str, int]
    schemes: Mapping[str, str]
    pods: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, SecretKey] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Datastore:
    """A database, cache or broker. `offers` has one entry for each way that the chart carries. `workload`: its own
    pods, made only in the way builtin; in the other ways its edges and ports still hold."""

    name: str
    path: Path
    engine: Engine
    topology: Topology
    role: Role
    type: str = ""
    owner: str = ""
    description: str = ""
    default: Way
    offers: tuple[Offer, ...]
    ports: tuple[Port, ...]
    workload: Service
    stores: Mapping[Way, Store] = field(default_factory=dict)
    operated: Operated | None = None
    operator_resources: JsonValue = None
    topics: tuple[Topic, ...] = ()
    enabled: bool = True
    patches: tuple[Patch, ...] = ()
    exposed: bool = False

    @property
    def exposed_ports(self) -> tuple[Port, ...]:
        """The ports that callers may use."""
        return tuple(p for p in self.ports if p.expose)

    @property
    def edges(self) -> tuple[Edge, ...]:
        """What it calls itself."""
        return self.workload.edges

    @property
    def group(self) -> str:
        """Its group; empty for none."""
        return self.workload.group

    @property
    def kind(self) -> str:
        """What it is in a drawing: its engine."""
        return self.engine.name

    @property
    def ways(self) -> tuple[Way, ...]:
        """The ways that the chart carries."""
        return tuple(offer.way for offer in self.offers)

    def offer(self, way: Way) -> Offer | None:
        """What it offers in that way; None where the chart does not carry it."""
        return next((offer for offer in self.offers if offer.way is way), None)

    def secrets(self) -> frozenset[str]:
        """The credentials that every way gives."""
        return frozenset.intersection(*(frozenset(offer.secrets) for offer in self.offers))

    def port(self, name: str) -> Port:
        """The port of that registry name; KeyError when there is none."""
        return port_of(self.ports, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class External:
    """Something outside that services call. `network`: the host as a CIDR, where it is an address."""

    name: str
    path: Path
    host: str
    ports: tuple[Port, ...]
    network: str = ""
    type: str = ""
    owner: str = ""
    description: str = ""
    enabled: bool = True
    exposed: bool = False
    edges: tuple[Edge, ...] = ()

    @property
    def exposed_ports(self) -> tuple[Port, ...]:
        """The ports that callers may use."""
        return self.ports

    @property
    def kind(self) -> str:
        """What it is in a drawing."""
        return "external"

    def port(self, name: str) -> Port:
        """The port of that registry name; KeyError when there is none."""
        return port_of(self.ports, name)


Node: TypeAlias = Service | Datastore | External
"""What an edge can lead to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """`ways`: those in which datastores may be provided there; empty: any."""

    name: str
    ways: tuple[Way, ...] = ()
    path: Path = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """The whole platform. Services, datastores and externals are each sorted by name, so that the order of the input
    changes no byte."""

    metadata: Metadata
    images: Images
    services: tuple[Service, ...]
    datastores: tuple[Datastore, ...] = ()
    externals: tuple[External, ...] = ()
    environments: tuple[Environment, ...] = ()
    mesh: Mesh | None = None
    gateway: Gateway | None = None

    def by_name(self) -> Mapping[str, Node]:
        """Name → service, datastore or external."""
        nodes: tuple[Node, ...] = (*self.services, *self.datastores, *self.externals)
        return {node.name: node for node in nodes}

    def charts(self) -> tuple[Service | Datastore, ...]:
        """What has a subchart, sorted by name."""
        return tuple(sorted((*self.services, *self.datastores), key=lambda node: node.name))

    def callers(self) -> Mapping[str, tuple[tuple[Service | Datastore, Edge], ...]]:
        """Node name → who calls it, and by which edge, sorted by caller."""
        found: dict[str, list[tuple[Service | Datastore, Edge]]] = {}
        for node in self.charts():
            for edge in node.edges:
                found.setdefault(edge.target, []).append((node, edge))
        return {name: tuple(pairs) for name, pairs in found.items()}

    def edges(self) -> Iterator[tuple[str, Edge]]:
        """(caller, edge) over the whole platform, sorted by caller, then target."""
        for node in self.charts():
            for edge in node.edges:
                yield node.name, edge
