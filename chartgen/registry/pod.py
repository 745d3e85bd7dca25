"""What a pod is made of: containers, their environment, probes and security, volumes. Frozen values in long form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

JsonValue: TypeAlias = "None | bool | int | float | str | list[JsonValue] | dict[str, JsonValue]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image as the registry gives it: an empty tag with an empty digest means the chart's appVersion."""

    repository: str
    tag: str = ""
    digest: str = ""
    pull_policy: str = ""


HTTP_PROTOCOLS = frozenset({"http", "http2", "grpc", "grpc-web"})
"""Those whose requests a proxy can read: https is encrypted by the application itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """One port. `name` is the registry's, `emitted_name` what Kubernetes gets (Istio's convention); `container`: the
    sidecar that listens on it, empty for the service's own container; a node or host port of 0 is none. `plaintext`:
    an exception from strict mTLS, and why; empty: none."""

    name: str
    emitted_name: str
    port: int
    target_port: int
    protocol: str
    app_protocol: str
    transport: str = "TCP"
    expose: bool = True
    node_port: int = 0
    host_port: int = 0
    container: str = ""
    plaintext: str = ""

    @property
    def speaks_http(self) -> bool:
        """Whether a proxy sees its calls as HTTP requests."""
        return self.protocol in HTTP_PROTOCOLS


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """`${node.attribute}`: attribute is `host`, `url` or `port` of the port named `port_name`, or `secret`, of the
    credential of that name."""

    node: str
    attribute: str
    port_name: str = ""


Text: TypeAlias = tuple[str | Reference, ...]
"""A string with references in it; `$${` is already the literal `${`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretKey:
    """A key of a Secret; the container waits for it unless it is `optional`."""

    name: str
    key: str
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigKey:
    """A key of a ConfigMap; the container waits for it unless it is `optional`."""

    name: str
    key: str
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPath:
    """A field of the pod itself, such as `metadata.name`."""

    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceField:
    """A request or limit of the container itself (`limits.memory`), counted in `divisor`."""

    resource: str
    divisor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A credential of a datastore, wherever the way that it is provided in keeps it."""

    node: str
    key: str


EnvValue: TypeAlias = Text | SecretKey | ConfigKey | FieldPath | ResourceField | Credential


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvVar:
    """An environment variable of a container."""

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
    """A header of an HTTP probe."""

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
    """How a container is probed; None: not at all."""

    readiness: Probe | None = None
    liveness: Probe | None = None
    startup: Probe | None = None


Quantities: TypeAlias = tuple[tuple[str, str], ...]
"""Resource name → quantity, sorted by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What a container asks for, and what it may take."""

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
    """A folder that lives as long as its pod, on the node or in its memory."""

    memory: bool = False
    size_limit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claim that the chart makes."""

    size: str
    storage_class: str = ""
    access: str = "ReadWriteOnce"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingClaim:
    """A claim that somebody else made."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPath:
    """A path of the node."""

    path: str
    type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretVolume:
    """The keys of a Secret as files: all, or those of `items` (key, path)."""

    name: str
    optional: bool = False
    items: tuple[tuple[str, str], ...] = ()
    default_mode: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigVolume:
    """The keys of a ConfigMap as files: all, or those of `items` (key, path)."""

    name: str
    optional: bool = False
    items: tuple[tuple[str, str], ...] = ()
    default_mode: int | None = None


VolumeSource: TypeAlias = EmptyDir | Claim | ExistingClaim | HostPath | SecretVolume | ConfigVolume


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """Where a container sees a volume."""

    volume: str
    mount_path: str
    read_only: bool = False
    sub_path: str = ""
    propagation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """A volume of the pod, and where what it holds comes from."""

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
    (always so for the main container, whose image is a value). `first`: a sidecar that starts before the init
    containers."""

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
    first: bool = False
