"""What a proof speaks of: workloads and services as the manifests have them, callers, calls, decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

Tree: TypeAlias = Mapping[str, Any]
"""A manifest, or a part of one: it can have any shape, for people write manifests too."""


class Verdict(StrEnum):
    """`unknown`: a policy has a form that cannot be judged. It is never taken for refused, nor for allowed."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Layer(StrEnum):
    """What a call passes, in this order; the last two where the caller's own side has its say."""

    NETWORK = "network policy"
    MTLS = "mTLS"
    JWT = "JWT"
    AUTHORIZATION = "authorization"
    SIDECAR = "Sidecar"
    ROUTE = "route"


class Dataplane(StrEnum):
    """What enforces Istio's rules for a pod: nothing, its own sidecar, or its node's ztunnel."""

    NONE = "none"
    SIDECAR = "sidecar"
    AMBIENT = "ambient"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Ref:
    """An object; `file` is where it came from (a template, or a file of manifests), `line` counts from 1 there, 0 for
    none."""

    kind: str
    namespace: str
    name: str
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A workload's name in the mesh. `trust_domain` empty: the mesh's own."""

    namespace: str
    account: str
    trust_domain: str = ""

    def __str__(self) -> str:
        return f"{self.trust_domain or 'cluster.local'}/ns/{self.namespace}/sa/{self.account}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PodPort:
    """A port that a container declares. `host_port`: the node's that leads to it, 0 for none."""

    number: int
    name: str = ""
    transport: str = "TCP"
    host_port: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Pods of one template. `labels` are the pods'. `uncaptured`: ports that its proxy does not see; `captured`: the
    only ones that it sees (None: all). `door`: they are a gateway's, which takes what its listeners take. `evasions`:
    what lets calls go past its proxy, in words; `unjudged`: why nobody can say what its proxy does; `owner`: kind and
    name of the object that made it, empty for none; `scraped`: port and path that annotations tell the monitoring, and
    the sidecar's agent, to read; `waypoint`: the one that its labels name, for calls to its address; `networks`: those
    beside the cluster's; `unprobed`: ports whose probes come from the kubelet itself, not by the sidecar's agent."""

    ref: Ref
    account: str
    labels: Mapping[str, str]
    ports: tuple[PodPort, ...] = ()
    dataplane: Dataplane = Dataplane.NONE
    host_network: bool = False
    uncaptured: frozenset[int] = frozenset()
    captured: frozenset[int] | None = None
    door: bool = False
    evasions: tuple[str, ...] = ()
    unjudged: str = ""
    owner: tuple[str, str] = ("", "")
    scraped: tuple[str, str] | None = None
    waypoint: str = ""
    networks: tuple[str, ...] = ()
    unprobed: frozenset[int | str] = frozenset()

    def captures(self, port: int) -> bool:
        """Whether what comes to that port passes the pod's proxy (annotations can take ports away from it)."""
        return port not in self.uncaptured and (self.captured is None or port in self.captured)

    @property
    def namespace(self) -> str:
        """Its namespace."""
        return self.ref.namespace

    @property
    def name(self) -> str:
        """Its object's name."""
        return self.ref.name

    @property
    def identity(self) -> Identity:
        """Who it is to others in the mesh."""
        return Identity(namespace=self.ref.namespace, account=self.account)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePort:
    """A port of a Service. `target`: the pods' port, by number or name; `protocol`: Istio's word for it (http, grpc,
    tcp, …; from appProtocol, else the name), empty where Istio would look at the traffic itself."""

    number: int
    name: str
    target: int | str
    protocol: str
    transport: str = "TCP"


@dataclass(frozen=True, slots=True, kw_only=True)
class KubeService:
    """A Kubernetes Service. `waypoint`: the one that its callers' requests pass in ambient (namespace/name, empty for
    none); `ingress_waypoint`: those that come from a door too; `headless`: its pods are called by their addresses;
    `shown_to`: the namespaces whose proxies know of it (`*`: all, `.`: its own)."""

    ref: Ref
    labels: Mapping[str, str] = field(default_factory=dict)
    selector: Mapping[str, str]
    ports: tuple[ServicePort, ...]
    waypoint: str = ""
    ingress_waypoint: bool = False
    opens: str = ""
    headless: bool = False
    shown_to: frozenset[str] = frozenset({"*"})

    def is_shown_to(self, namespace: str) -> bool:
        """Whether proxies of that namespace know of it."""
        return bool(self.shown_to & ({"*", namespace} | ({"."} if namespace == self.ref.namespace else set())))


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls. `identity` None: plaintext, without a certificate of the mesh. `labels` are its pod's, with which
    network policies find it; `address` is for those that name addresses. A caller that is no pod of this cluster has
    neither namespace nor labels."""

    identity: Identity | None
    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    address: str = ""


class Signature(StrEnum):
    """What a proxy finds when it checks a token."""

    GOOD = "good"
    BAD = "bad"
    EXPIRED = "expired"
    NOT_YET = "not yet valid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A bearer token: its claims, `iss`, `aud` and `sub` among them, and whether it holds."""

    claims: Mapping[str, Any]
    signature: Signature = Signature.GOOD


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An HTTP request, as it is sent: the path is not normalised, header names are lower case. `host` empty: the
    called service's own."""

    method: str = "GET"
    path: str = "/"
    host: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    token: Token | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One question. `port` is the pods' port; `service`: the Service by which it is called, which decides in ambient
    whether the call passes a waypoint (None: the pod is called by its address). `request` None: bytes over TCP, or a
    protocol that a proxy does not read."""

    caller: Caller
    callee: Workload
    port: int
    request: Request | None = None
    service: KubeService | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one layer says. `by`: the object that decided (None: no object speaks of it); `where`: the place in it
    (`spec.rules[1].to[0].operation.methods`)."""

    layer: Layer
    verdict: Verdict
    words: str
    by: Ref | None = None
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer, and how each layer came to it; after a refusal the rest still speaks, so that people see all that
    is in the way. `way`: how the pod is called, where calls can come on several ways."""

    verdict: Verdict
    steps: tuple[Step, ...]
    way: str = ""

    @property
    def allowed(self) -> bool:
        """Whether the call surely passes."""
        return self.verdict is Verdict.ALLOWED

    def at(self, layer: Layer) -> Verdict:
        """What that layer says."""
        return worst(step.verdict for step in self.steps if step.layer is layer)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The answer of several that all must let the call through."""
    answer = Verdict.ALLOWED
    for each in verdicts:
        if each is Verdict.REFUSED:
            return each
        if each is Verdict.UNKNOWN:
            answer = each
    return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something in the manifests that cannot be judged, or that is not legal. `blinds`: decisions that it concerns are
    unknown; else it is judged as Istio and Kubernetes take it, which is hardly what was meant."""

    ref: Ref
    where: str
    words: str
    blinds: bool = True
