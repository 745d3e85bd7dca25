"""The registry's meaning: frozen values in long form, defaults applied, references resolved to names.

Everything after `registry/` reads this and nothing else. `path` on a value is its place in the document
(keys and indices), from which `Document.span` finds line and column.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

JsonValue: TypeAlias = "None | bool | int | float | str | list[JsonValue] | dict[str, JsonValue]"
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
class Image:
    """An image as the registry gives it: an empty tag with an empty digest means the chart's appVersion."""

    repository: str
    tag: str = ""
    digest: str = ""
    pull_policy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """One port. `name` is the registry's, `emitted_name` what Kubernetes gets (Istio's convention)."""

    name: str
    emitted_name: str
    port: int
    target_port: int
    protocol: str
    app_protocol: str
    transport: str = "TCP"
    expose: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A declared call. `ports` are names of the target's ports; `startup`: the caller waits for the target;
    `optional`: the target may be switched off."""

    target: str
    ports: tuple[str, ...]
    startup: bool = True
    optional: bool = False
    path: Path = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """`${node.attribute}`: attribute is `url`, `host`, `port`, or `url`/`port` of the port named `port_name`."""

    node: str
    attribute: str
    port_name: str = ""


Text: TypeAlias = tuple[str | Reference, ...]
"""A string with references in it; `$${` is already the literal `${`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretKey:
    name: str
    key: str
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigKey:
    name: str
    key: str
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPath:
    field: str


EnvValue: TypeAlias = Text | SecretKey | ConfigKey | FieldPath


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvVar:
    name: str
    value: EnvValue


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvFrom:
    """All keys of a Secret (`kind` secret) or ConfigMap (`kind` config)."""

    kind: str
    name: str
    prefix: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One probe. `handler` is http, grpc, tcp or exec; `port` is an emitted port name (grpc: see `port_number`);
    `timings` holds Kubernetes' own field names (periodSeconds, …), only those that are set, in a fixed order."""

    handler: str
    port: str = ""
    port_number: int = 0
    path: str = ""
    scheme: str = "HTTP"
    headers: tuple[Header, ...] = ()
    command: tuple[str, ...] = ()
    grpc_service: str = ""
    timings: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Probes:
    readiness: Probe | None = None
    liveness: Probe | None = None
    startup: Probe | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """Fixed size (`autoscale` false: `replicas`) or an autoscaler's bounds. Thresholds are percent, 0: not watched."""

    autoscale: bool = False
    replicas: int = 1
    max_replicas: int = 0
    cpu_threshold: int = 0
    memory_threshold: int = 0


Quantities: TypeAlias = tuple[tuple[str, str], ...]
"""Resource name → quantity, sorted by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    requests: Quantities = ()
    limits: Quantities = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A config file: mounted at `path`, kept under `key` of the service's ConfigMap."""

    path: str
    key: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyDir:
    memory: bool = False
    size_limit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    size: str
    storage_class: str = ""
    access: str = "ReadWriteOnce"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingClaim:
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPath:
    path: str
    type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretVolume:
    name: str
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigVolume:
    name: str
    optional: bool = False


VolumeSource: TypeAlias = EmptyDir | Claim | ExistingClaim | HostPath | SecretVolume | ConfigVolume


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    volume: str
    mount_path: str
    read_only: bool = False
    sub_path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    name: str
    source: VolumeSource


@dataclass(frozen=True, slots=True, kw_only=True)
class PodSecurity:
    """The pod's security context, with the built-in defaults filled in. None: left out of the manifest."""

    run_as_non_root: bool = True
    run_as_user: int | None = 10001
    run_as_group: int | None = 10001
    fs_group: int | None = 10001
    fs_group_change_policy: str = ""
    supplemental_groups: tuple[int, ...] = ()
    seccomp_profile: str = "RuntimeDefault"
    seccomp_localhost_profile: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerSecurity:
    """A container's security context, with the built-in defaults filled in. `run_as_*`: only where a sidecar or
    init container differs from its pod."""

    allow_privilege_escalation: bool = False
    read_only_root_filesystem: bool = True
    privileged: bool = False
    drop: tuple[str, ...] = ("ALL",)
    add: tuple[str, ...] = ()
    run_as_non_root: bool | None = None
    run_as_user: int | None = None
    run_as_group: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """What the main container, a sidecar and an init container share. `image` None: the service's own image
    (always so for the main container, whose image is a value)."""

    name: str
    image: Image | None = None
    ports: tuple[Port, ...] = ()
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    env: tuple[EnvVar, ...] = ()
    env_from: tuple[EnvFrom, ...] = ()
    probes: Probes = Probes()
    resources: Resources = Resources()
    mounts: tuple[Mount, ...] = ()
    lifecycle: dict[str, JsonValue] = field(default_factory=dict)
    security: ContainerSecurity = ContainerSecurity()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccount:
    """The identity. `own`: the account is this service's alone (its chart makes it, under `name`)."""

    name: str
    own: bool = True
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
class Service:
    """One service, complete. `main` is its own container; `settings` are environment variables that travel with
    a release; `annotations` and `labels` are the registry's own, sorted by name."""

    name: str
    path: Path
    kind: Kind = Kind.DEPLOYMENT
    type: str = ""
    owner: str = ""
    description: str = ""
    image: Image
    schedule: str = ""
    ports: tuple[Port, ...] = ()
    edges: tuple[Edge, ...] = ()
    main: Container
    sidecars: tuple[Container, ...] = ()
    init_containers: tuple[Container, ...] = ()
    scaling: Scaling = Scaling()
    settings: tuple[tuple[str, str], ...] = ()
    files: tuple[File, ...] = ()
    volumes: tuple[Volume, ...] = ()
    pod_security: PodSecurity = PodSecurity()
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

    @property
    def exposed_ports(self) -> tuple[Port, ...]:
        """The ports that its Service shows."""
        return tuple(p for p in self.ports if p.expose)

    def port(self, name: str) -> Port:
        """The port of that registry name; KeyError when there is none (the checks have ruled it out)."""
        for port in self.ports:
            if port.name == name:
                return port
        raise KeyError(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    name: str
    path: Path = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """The whole platform. Services are sorted by name, so that the order of the input changes no byte."""

    metadata: Metadata
    images: Images
    services: tuple[Service, ...]
    environments: tuple[Environment, ...] = ()

    def by_name(self) -> Mapping[str, Service]:
        """Service name → service."""
        return {s.name: s for s in self.services}

    def callers(self) -> Mapping[str, tuple[tuple[Service, Edge], ...]]:
        """Node name → who calls it, and by which edge, sorted by caller."""
        found: dict[str, list[tuple[Service, Edge]]] = {}
        for service in self.services:
            for edge in service.edges:
                found.setdefault(edge.target, []).append((service, edge))
        return {name: tuple(pairs) for name, pairs in found.items()}

    def edges(self) -> Iterator[tuple[str, Edge]]:
        """(caller, edge) over the whole platform, sorted by caller, then target."""
        for service in self.services:
            for edge in service.edges:
                yield service.name, edge
