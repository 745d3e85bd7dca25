"""The registry's meaning: frozen values in long form, defaults applied, references resolved to names.

Everything after `registry/` reads this and nothing else. `path` on a value is its place in the document
(keys and indices), from which `Document.span` finds line and column. What a pod is made of is in `pod.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from chartgen.engines.engine import Engine, Operated, Role, SecretKey, Store, Topic, Topology, Way
from chartgen.registry.pod import Container, File, Image, JsonValue, PodSecurity, Port, Volume

Path: TypeAlias = tuple[str | int, ...]


class Kind(StrEnum):
    """The workload kinds. What each can have is written once, in `registry/kinds.py`."""

    DEPLOYMENT = "Deployment"
    STATEFUL_SET = "StatefulSet"
    DAEMON_SET = "DaemonSet"
    CRON_JOB = "CronJob"
    JOB = "Job"


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintainer:
    name: str
    email: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
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
class Edge:
    """A declared call. `ports` are names of the target's ports; `startup`: the caller waits for the target;
    `optional`: the target may be switched off. `publishes` and `subscribes`: topics, where the target is a broker."""

    target: str
    ports: tuple[str, ...]
    startup: bool = True
    optional: bool = False
    publishes: tuple[str, ...] = ()
    subscribes: tuple[str, ...] = ()
    path: Path = ()


OPEN_TYPES = ("LoadBalancer", "NodePort")
"""The types of a Kubernetes Service that callers outside the platform can reach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KubeService:
    """A Kubernetes Service in front of the pods: the service's own, under its name, or an alias. `ports` as this one
    shows them."""

    name: str
    ports: tuple[Port, ...]
    type: str = "ClusterIP"
    headless: bool = False
    annotations: tuple[tuple[str, str], ...] = ()
    external_traffic_policy: str = ""
    source_ranges: tuple[str, ...] = ()
    load_balancer_class: str = ""
    opened: bool = False

    @property
    def open(self) -> bool:
        """Whether callers outside the platform can reach it, by its type or by what a patch makes of that."""
        return self.opened or self.type in OPEN_TYPES


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Where the monitoring reads: a port of the pods, and the path."""

    port: Port
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """Fixed size (`autoscale` false: `replicas`) or an autoscaler's bounds. Thresholds are percent, 0: not watched."""

    autoscale: bool = False
    replicas: int = 1
    max_replicas: int = 0
    cpu_threshold: int = 0
    memory_threshold: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccount:
    """The identity. `own`: the account is this service's alone (its chart makes it, under `name`); `automount`: the
    pods get a token for the Kubernetes API."""

    name: str
    own: bool = True
    automount: bool = False
    annotations: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A change to one emitted object: RFC 7386 (`merge`) or RFC 6902 (`operations`, in order)."""

    kind: str
    name: str
    merge: dict[str, JsonValue] | None = None
    operations: tuple[dict[str, JsonValue], ...] = ()
    path: Path = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One of several workloads behind a service's Services. `weight`: percent of the calls, None where none is given;
    `workload` is a service of its own but for what all versions share."""

    name: str
    weight: int | None
    workload: Service
    path: Path = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service, complete. `main` is its own container; `ports` are those of its pods that it declares, its sidecars'
    among them where its Service shows them; `fronts` are its Kubernetes Services, its own first; `settings` are
    environment variables that travel with a release; `annotations` and `labels` are the registry's own, sorted.
    `store`: the workload of a datastore, whose number of pods is its topology's and no autoscaler's; `peer_ports`: what
    its pods call on each other; `beside_operator`: that datastore can be its operator's as well."""

    name: str
    path: Path
    kind: Kind = Kind.DEPLOYMENT
    type: str = ""
    owner: str = ""
    description: str = ""
    group: str = ""
    image: Image
    schedule: str = ""
    ports: tuple[Port, ...] = ()
    fronts: tuple[KubeService, ...] = ()
    metrics: Metrics | None = None
    edges: tuple[Edge, ...] = ()
    main: Container
    sidecars: tuple[Container, ...] = ()
    init_containers: tuple[Container, ...] = ()
    scaling: Scaling = Scaling()
    settings: tuple[tuple[str, str], ...] = ()
    files: tuple[File, ...] = ()
    volumes: tuple[Volume, ...] = ()
    pod_security: PodSecurity = field(default_factory=PodSecurity)
    account: ServiceAccount
    termination_grace_period: int = 30
    node_selector: tuple[tuple[str, str], ...] = ()
    tolerations: tuple[dict[str, JsonValue], ...] = ()
    affinity: dict[str, JsonValue] = field(default_factory=dict)
    priority_class: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    annotations: tuple[tuple[str, str], ...] = ()
    exposed: bool = False
    enabled: bool = True
    patches: tuple[Patch, ...] = ()
    store: bool = False
    beside_operator: bool = False
    peer_ports: tuple[int, ...] = ()
    versions: tuple[Version, ...] = ()
    of: str = ""
    version: str = ""

    @property
    def app(self) -> str:
        """The service that the pods belong to: for a version's workload that is another name than its own."""
        return self.of or self.name

    @property
    def workloads(self) -> tuple[Service, ...]:
        """What makes pods: the service itself, or each of its versions."""
        return tuple(version.workload for version in self.versions) or (self,)

    @property
    def exposed_ports(self) -> tuple[Port, ...]:
        """The ports that its Service shows."""
        return tuple(p for p in self.ports if p.expose)

    @property
    def open_ports(self) -> tuple[Port, ...]:
        """The ports that callers outside the platform may reach: all that it shows, or those of its open aliases."""
        if self.exposed:
            return self.exposed_ports
        shown = {port.name for front in self.fronts if front.open for port in front.ports}
        return tuple(p for p in self.exposed_ports if p.name in shown)

    def port(self, name: str) -> Port:
        """The port of that registry name; KeyError when there is none (the checks have ruled it out)."""
        return _port(self.ports, name)


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
        return _port(self.ports, name)


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
        return _port(self.ports, name)


Node: TypeAlias = Service | Datastore | External
"""What an edge can lead to."""


def _port(ports: tuple[Port, ...], name: str) -> Port:
    for port in ports:
        if port.name == name:
            return port
    raise KeyError(name)


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
