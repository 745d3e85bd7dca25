"""The manifests that speak of calls, as small frozen values. What is written in them stands here as it was written;
what it means is in the modules that decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from chartgen.mesh.model import Ref


class Action(StrEnum):
    """What an AuthorizationPolicy does with a call that matches."""

    ALLOW = "ALLOW"
    DENY = "DENY"
    AUDIT = "AUDIT"
    CUSTOM = "CUSTOM"


class Mtls(StrEnum):
    """A PeerAuthentication's mode."""

    UNSET = "UNSET"
    DISABLE = "DISABLE"
    PERMISSIVE = "PERMISSIVE"
    STRICT = "STRICT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a policy is attached to, in its own namespace. `group` empty: Kubernetes' core."""

    kind: str
    name: str
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whom a policy concerns. `labels` None: no selector; `blind`: a text that says why it cannot be known."""

    labels: Mapping[str, str] | None = None
    targets: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A demand on a call: the attribute has one of the values, and none of `denied`. `attribute` is the key of `when`
    that says the same (`source.principal`, `destination.port`, …); `operation.hosts`, `operation.methods` and
    `operation.paths` have none. `argument`: what stands in brackets. `where`: its place in the policy."""

    attribute: str
    where: str
    argument: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One of `sources` and one of `operations` match (empty: any call does), and all of `conditions`."""

    where: str
    sources: tuple[tuple[Clause, ...], ...] = ()
    operations: tuple[tuple[Clause, ...], ...] = ()
    conditions: tuple[Clause, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationPolicy:
    """`flaw`: why it cannot be judged (the API server refuses it, or it has a part that is not known)."""

    ref: Ref
    scope: Scope
    action: Action
    rules: tuple[Rule, ...]
    provider: str = ""
    dry_run: bool = False
    flaw: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerAuthentication:
    """`ports`: the pods' ports that have a mode of their own."""

    ref: Ref
    scope: Scope
    mode: Mtls
    ports: Mapping[int, Mtls] = field(default_factory=dict)
    flaw: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JwtRule:
    """An issuer whose tokens a RequestAuthentication takes. `headers`: (name, prefix) in which a token may stand,
    `claim_headers`: (header, claim) that the proxy sets. No header, parameter or cookie: the usual places."""

    where: str
    issuer: str
    audiences: tuple[str, ...] = ()
    jwks_uri: str = ""
    jwks: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    params: tuple[str, ...] = ()
    cookies: tuple[str, ...] = ()
    forward: bool = False
    claim_headers: tuple[tuple[str, str], ...] = ()
    payload_header: str = ""
    split_claims: tuple[str, ...] = ()

    @property
    def usual_places(self) -> bool:
        """Whether it looks for tokens in `Authorization: Bearer` and `?access_token=`."""
        return not (self.headers or self.params or self.cookies)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAuthentication:
    """The tokens that a workload takes."""

    ref: Ref
    scope: Scope
    rules: tuple[JwtRule, ...]
    flaw: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One of a selector's matchExpressions."""

    key: str
    operator: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """Kubernetes' label selector: all of it holds; with nothing in it, it takes everything."""

    labels: Mapping[str, str] = field(default_factory=dict)
    requirements: tuple[Requirement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPeer:
    """Pods (of the policy's namespace where `namespaces` is None), or addresses."""

    where: str
    pods: Selector | None = None
    namespaces: Selector | None = None
    block: str = ""
    excepted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPort:
    """`port` None: all; `last`: the end of a range (0: none)."""

    port: int | str | None = None
    last: int = 0
    transport: str = "TCP"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkRule:
    """Peers (empty: everyone) on ports (empty: all)."""

    where: str
    peers: tuple[NetworkPeer, ...] = ()
    ports: tuple[NetworkPort, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPolicy:
    """`ingress` and `egress` None: it does not speak of that direction."""

    ref: Ref
    pods: Selector
    ingress: tuple[NetworkRule, ...] | None = None
    egress: tuple[NetworkRule, ...] | None = None
    flaw: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindSpot:
    """An object that changes what proxies or networks do in ways that are not judged here (an EnvoyFilter, a network
    policy of a CNI's own kind). `labels` None: all pods of its namespace; `everywhere`: all pods."""

    ref: Ref
    network: bool
    labels: Mapping[str, str] | None = None
    everywhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What the monitoring reads of each pod. `port`: a name, or a number, of the pods or (`of_service`) of the Service;
    `rewritten`: the number that takes the port's place in the address, 0 for none."""

    where: str
    port: int | str
    path: str = "/metrics"
    of_service: bool = False
    rewritten: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """A PodMonitor or ServiceMonitor of the Prometheus operator. `namespaces` None: every one."""

    ref: Ref
    selector: Selector
    endpoints: tuple[Endpoint, ...]
    namespaces: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """An EndpointSlice that somebody wrote: where a Service leads beside, or in place of, what it selects."""

    ref: Ref
    service: str
    addresses: tuple[str, ...]
