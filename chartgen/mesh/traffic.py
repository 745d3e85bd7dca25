"""The manifests that say how calls travel, as small frozen values: routes, limits, hosts, doors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chartgen.mesh.model import Ref
from chartgen.mesh.objects import Target

ISTIOS_OWN = 2
"""How often Istio tries again where nothing is said: calls that found no connection, whose stream was refused, and of
gRPC those that are answered UNAVAILABLE or CANCELLED."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EgressHost:
    """A host that a Sidecar lets out: `namespace` (`.`: its own, `*`: any, `~`: none), `host` (`*`, `*.x`, or a
    name)."""

    namespace: str
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar:
    """What the proxies of some pods know of. `labels` None: all pods of the namespace; `egress` None: everything;
    `mode`: what becomes of calls to other hosts (empty: the mesh's own setting)."""

    ref: Ref
    labels: Mapping[str, str] | None
    egress: tuple[EgressHost, ...] | None
    mode: str = ""
    flaw: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where a route leads: for a Gateway API route the name of a Service, else a host."""

    host: str
    port: int = 0
    subset: str = ""
    weight: int | None = None
    kind: str = "Service"
    namespace: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteMatch:
    """A match of a route. `path` is exact, a prefix or a regular expression as `path_type` says (`Exact`,
    `PathPrefix`, `Prefix`: of the text, `RegularExpression`); `methods`: those of a regular expression
    that only lists some; `others`: what else it looks at."""

    path: str = ""
    path_type: str = ""
    method: str = ""
    methods: tuple[str, ...] = ()
    port: int = 0
    source_labels: Mapping[str, str] = field(default_factory=dict)
    gateways: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CorsRule:
    """Which pages may call, as a route says it. `origins`: (kind of match, what it matches)."""

    origins: tuple[tuple[str, str], ...]
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    expose_headers: tuple[str, ...] = ()
    credentials: bool = False
    max_age: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficRule:
    """A rule of a route: empty `matches` take every request. `timeout` empty: none is set; `attempts` None: not set
    (`ISTIOS_OWN`); `per_try_timeout` and `retry_on` as written; `mirrors`: where copies of the calls go;
    `changes`: what else it does with calls, in words (rewrites, faults, other headers, redirects elsewhere)."""

    where: str
    name: str = ""
    protocol: str = "http"
    matches: tuple[RouteMatch, ...] = ()
    destinations: tuple[Destination, ...] = ()
    timeout: str = ""
    attempts: int | None = None
    per_try_timeout: str = ""
    retry_on: tuple[str, ...] = ()
    redirects: bool = False
    mirrors: tuple[Destination, ...] = ()
    cors: CorsRule | None = None
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualService:
    """`gateways` empty: the mesh's own calls (`mesh`)."""

    ref: Ref
    hosts: tuple[str, ...]
    gateways: tuple[str, ...]
    rules: tuple[TrafficRule, ...]
    export_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """What a Gateway API route is attached to. `namespace` empty: the route's own."""

    kind: str
    name: str
    group: str = "gateway.networking.k8s.io"
    namespace: str = ""
    section: str = ""
    port: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """An HTTPRoute, GRPCRoute, TCPRoute or TLSRoute."""

    ref: Ref
    parents: tuple[Parent, ...]
    hosts: tuple[str, ...]
    rules: tuple[TrafficRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subset:
    """A name for some pods of a host."""

    name: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationRule:
    """`labels` None: for all callers of its namespace's reach. By their place (the whole host's, a port's, a subset's):
    `tls`, the modes; `limits`, what connection pools and outlier detection say."""

    ref: Ref
    host: str
    labels: Mapping[str, str] | None = None
    subsets: tuple[Subset, ...] = ()
    tls: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, str | int] = field(default_factory=dict)
    export_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceEntry:
    """Hosts outside. `ports`: (number, name, protocol); `endpoints`: where calls go in place of the hosts. With
    `labels` they go to pods of its own namespace, and `targets` are their ports, each with Istio's word for what it
    speaks (empty: it looks at the traffic)."""

    ref: Ref
    hosts: tuple[str, ...]
    ports: tuple[tuple[int, str, str], ...]
    addresses: tuple[str, ...] = ()
    labels: Mapping[str, str] | None = None
    targets: tuple[tuple[int, str], ...] = ()
    location: str = "MESH_EXTERNAL"
    resolution: str = "NONE"
    endpoints: tuple[str, ...] = ()
    export_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A port of a door. `secret`: of its certificate; `tls`: its mode, empty for plain; `routes_from`: the
    namespaces whose routes it takes, where they are others than its own."""

    name: str
    port: int
    protocol: str
    hosts: tuple[str, ...]
    tls: str = ""
    secret: str = ""
    routes_from: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """A door, or a waypoint. `class_name` is empty for Istio's own API, whose `selector` names the pods. `account`:
    the service account of what is deployed for it, empty where that is not known; `pod_labels`: what its pods have of
    the object's labels, or in their place."""

    ref: Ref
    listeners: tuple[Listener, ...]
    class_name: str = ""
    selector: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    pod_labels: Mapping[str, str] = field(default_factory=dict)
    account: str = ""

    @property
    def is_waypoint(self) -> bool:
        """Whether it stands between callers and services in ambient."""
        return self.class_name == "istio-waypoint"

    @property
    def target(self) -> Target:
        """How policies name it."""
        return Target(kind="Gateway", name=self.ref.name, group="gateway.networking.k8s.io")
