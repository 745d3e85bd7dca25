"""A service: frozen values in long form, defaults applied, references resolved to names.

`path` on a value is its place in the document (keys and indices), from which `Document.span` finds line and column.
What a pod is made of is in `pod.py`, what a platform is made of in `model.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from chartgen.registry.mesh import Traffic
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
class Edge:
    """A declared call. `ports` are names of the target's ports; `startup`: the caller waits for the target;
    `optional`: the target may be switched off. `publishes` and `subscribes`: topics, where the target is a broker.
    `methods` and `paths` narrow the calls (empty: all of them); a path is exact, or a prefix that ends with `/*`.
    `token`: the call carries the user's token, where the mesh asks for one at every hop."""

    target: str
    ports: tuple[str, ...]
    startup: bool = True
    optional: bool = False
    publishes: tuple[str, ...] = ()
    subscribes: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    traffic: Traffic = field(default_factory=Traffic)
    token: bool = True
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
    `routed`: where routes of the gateway alone expose it, the ports that they lead to.
    `store`: the workload of a datastore, whose number of pods is its topology's and no autoscaler's; `peer_ports`: what
    its pods call on each other; `beside_operator`: that datastore can be its operator's as well; `split`: each version
    has a Service of its own too, for routes that share out calls and know no subsets."""

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
    routed: tuple[str, ...] = ()
    enabled: bool = True
    patches: tuple[Patch, ...] = ()
    store: bool = False
    beside_operator: bool = False
    peer_ports: tuple[int, ...] = ()
    versions: tuple[Version, ...] = ()
    split: bool = False
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
        """The ports that callers outside the platform may reach: all that it shows, or those of its open aliases and
        of the gateway's routes."""
        if self.exposed and not self.routed:
            return self.exposed_ports
        shown = {port.name for front in self.fronts if front.open for port in front.ports} | {*self.routed}
        return tuple(p for p in self.exposed_ports if p.name in shown)

    def port(self, name: str) -> Port:
        """The port of that registry name; KeyError when there is none (the checks have ruled it out)."""
        return port_of(self.ports, name)


def port_of(ports: tuple[Port, ...], name: str) -> Port:
    """The port of that registry name; KeyError when there is none."""
    for port in ports:
        if port.name == name:
            return port
    raise KeyError(name)
