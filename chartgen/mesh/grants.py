"""What a proof holds of calls that ought to pass: callers, demands, grants, callees. Frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from chartgen.mesh.model import Identity
from chartgen.registry.kubernetes import whole
from chartgen.registry.mesh import Claim, Traffic
from chartgen.registry.service import Path

NAME = "app.kubernetes.io/name"
VERSION = "version"


class Why(StrEnum):
    """Why calls are admitted; all but the first two are listed in a proof as exceptions."""

    EDGE = "declared call"
    PEERS = "pods of one datastore"
    ROUTE = "route of the gateway"
    PUBLIC = "public route"
    EXPOSED = "exposed"
    SCRAPER = "metrics"
    HELM_TEST = "helm test"
    OPERATOR = "operator"
    PLAINTEXT = "plaintext"
    KEYS = "keys of the issuer"
    PREFLIGHT = "CORS preflight"


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Callers that are meant: those of an account; `account` empty: all of a namespace; both empty: anyone, without a
    certificate too."""

    namespace: str = ""
    account: str = ""

    def holds(self, identity: Identity | None) -> bool:
        """Whether a caller with that identity is meant."""
        if not self.namespace:
            return True
        if identity is None or identity.trust_domain or identity.namespace != self.namespace:
            return False
        return self.account in ("", identity.account)

    def __str__(self) -> str:
        return f"{self.namespace}/{self.account or '*'}" if self.namespace else "anyone"


ANYONE = Who()


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a token must be: of this issuer, for one of these audiences, with these claims. `carried`: claims that
    become headers, where it has them."""

    issuer: str
    audiences: tuple[str, ...]
    claims: tuple[Claim, ...] = ()
    carried: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Calls to one port of a node that ought to pass. `caller`: the name for people; `who`: its account; `pods`: labels
    that its pods have (none: other than a workload of the platform). `port` is the pods'. Empty `methods`, `paths`,
    `hosts`: all; `demand` None: no token is asked for; `headers`:
    those that a request must have. `path`: what stands in the registry behind it;
    `traffic`: how the calls are to behave; `listed`: whether a headless Service among the manifests must list the port,
    since the callers name pods, or their addresses, and a sidecar knows nobody by those without one."""

    caller: str
    who: Who
    callee: str
    port: int
    why: Why
    path: Path
    transport: str = "TCP"
    http: bool = False
    pods: Mapping[str, str] = field(default_factory=dict)
    methods: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    demand: Demand | None = None
    headers: tuple[str, ...] = ()
    reason: str = ""
    traffic: Traffic = field(default_factory=Traffic)
    listed: bool = False

    @property
    def is_direct(self) -> bool:
        """Whether its callers look for pods by themselves, and call them by their addresses."""
        return self.why in (Why.SCRAPER, Why.OPERATOR)

    @property
    def is_tunnelled(self) -> bool:
        """Whether ambient carries it in a tunnel: not what callers outside the mesh may do."""
        return self.transport == "TCP" and self.who != ANYONE

    @property
    def is_declared(self) -> bool:
        """Whether it is an edge of the graph, not an exception."""
        return self.why in (Why.EDGE, Why.PEERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Callee:
    """A node whose pods are called. `labels`: those that its pods have; `pods_are_made`: by the chart (else by an
    operator). `ports`: pods' port → the registry's name, of all that it declares."""

    name: str
    path: Path
    accounts: tuple[str, ...]
    labels: Mapping[str, str]
    pods_are_made: bool
    ports: Mapping[int, str]
    http: frozenset[int] = frozenset()
    plaintext: frozenset[int] = frozenset()

    @property
    def account(self) -> str:
        """The account of its pods; of several, that of most."""
        return self.accounts[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outward:
    """A call that leaves the platform: to an external, or to a datastore that is somebody else's (`target`).
    `network`: its address as a CIDR, where it is one; `http`: proxies read its requests; `fronts`: Services of the
    platform that stand for it."""

    caller: str
    target: str
    pods: Mapping[str, str]
    host: str
    ports: tuple[tuple[int, str], ...]
    network: str
    path: Path
    http: bool = False
    fronts: tuple[str, ...] = ()

    @property
    def mesh_host(self) -> str:
        """The host by which proxies know it: an address has none, and gets one."""
        return mesh_host(self.target, self.host, self.network)


def mesh_host(name: str, host: str, network: str) -> str:
    """The host by which proxies know something outside."""
    return f"{name}.external" if network else whole(host)
