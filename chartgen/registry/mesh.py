"""The mesh and the gateway of a platform: frozen values in long form, references resolved to names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]

CORS_SINCE = (1, 5)
"""The Gateway API whose standard channel has a filter for CORS; below it, the service itself answers a browser."""

DOOR_LABELS = {"istio": "ingress"}
"""Of the pods of Istio's ingress gateway, where values name no others."""


class Mode(StrEnum):
    """How the mesh reaches the pods: a proxy in each, or one on each node with waypoints."""

    SIDECAR = "sidecar"
    AMBIENT = "ambient"


class Enforce(StrEnum):
    """Where a token is asked for: at the door alone, or by every callee that speaks HTTP."""

    EDGE = "edge"
    EVERY_HOP = "everyHop"


class Egress(StrEnum):
    """Whether a pod may call hosts that its service does not declare."""

    REGISTRY_ONLY = "registryOnly"
    OPEN = "open"


class GatewayApi(StrEnum):
    """The API of the door: Kubernetes' Gateway API, or Istio's own."""

    GATEWAY = "gateway"
    ISTIO = "istio"


class Fetcher(StrEnum):
    """Who fetches the keys of an issuer inside the mesh: istiod, without a certificate of the mesh, or the proxies
    (istiod's PILOT_JWT_ENABLE_REMOTE_JWKS)."""

    ISTIOD = "istiod"
    PROXY = "proxy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A demand on a token: the claim at `path` (its name, or the names on the way to a nested one) has one of these
    values; of a list, one element does."""

    path: tuple[str, ...]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerService:
    """An issuer of the platform itself: the service, the name of its port, and where on it the keys are."""

    service: str
    port: str
    path: str
    fetched_by: Fetcher = Fetcher.ISTIOD


@dataclass(frozen=True, slots=True, kw_only=True)
class Jwt:
    """The tokens that the platform takes. One of `jwks_uri`, `jwks` and `issuer_service` is set. `claim_headers`:
    (header, path of the claim) that services may read; `forward`: the token goes on to the service; `role_claim`:
    where a route's `roles` are looked for."""

    issuer: str
    audiences: tuple[str, ...]
    jwks_uri: str = ""
    jwks: str = ""
    issuer_service: IssuerService | None = None
    forward: bool = True
    enforce: Enforce = Enforce.EDGE
    required_claims: tuple[Claim, ...] = ()
    claim_headers: tuple[tuple[str, tuple[str, ...]], ...] = ()
    role_claim: tuple[str, ...] = ("roles",)
    path: Path = ("mesh", "jwt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mesh:
    """`min_version`: the oldest Istio that the policy must work with, as (major, minor); `gateway_api_version`: the
    oldest Gateway API likewise. `normalises`: the mesh decodes and merges slashes before it compares paths.
    `audit`: policies are dry runs, and plaintext is still taken."""

    mode: Mode = Mode.SIDECAR
    trust_domain: str = "cluster.local"
    min_version: tuple[int, int] = (1, 27)
    gateway_api_version: tuple[int, int] = (1, 4)
    jwt: Jwt | None = None
    egress: Egress = Egress.REGISTRY_ONLY
    normalises: bool = False
    audit: bool = False
    path: Path = ("mesh",)

    @property
    def label(self) -> tuple[str, str]:
        """The label of a namespace whose pods are to be in the mesh."""
        return ("istio.io/dataplane-mode", "ambient") if self.mode is Mode.AMBIENT else ("istio-injection", "enabled")

    @property
    def names_accounts(self) -> bool:
        """Whether policies can name service accounts without a trust domain (from Istio 1.25 on)."""
        return self.min_version >= (1, 25)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cors:
    """Which pages may call from a browser. `max_age`: a duration (`24h`); empty: the browser's own."""

    origins: tuple[str, ...]
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    expose_headers: tuple[str, ...] = ()
    credentials: bool = False
    max_age: str = ""

    @property
    def matched(self) -> tuple[tuple[str, str], ...]:
        """The origins as Istio's own API matches them: (kind of match, text). A wildcard stands for names below a host;
        alone, for every origin."""
        return tuple(
            ("exact", origin)
            if "*" not in origin or origin == "*"
            else ("regex", re.escape(origin).replace(r"\*", "[^/]+").replace(r"\-", "-"))
            for origin in self.origins
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What the door lets through to a service. `port`: the name of the service's port. `paths`: exact (`/a`) or a
    prefix (`/a/*`, `/*`: what is below; `/a` itself is another path); empty: all. `methods` empty: all. `public`:
    without a token. `claims`: what the token must say, all of it (beside the mesh's required claims). `hosts`: of the
    gateway's, those that it serves; empty: all."""

    service: str
    port: str
    paths: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    public: bool = False
    claims: tuple[Claim, ...] = ()
    cors: Cors | None = None
    hosts: tuple[str, ...] = ()
    timeout: str = ""
    path: Path = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """The door. `name`: of the Gateway object. `tls`: the Secret with its certificate; empty: plain HTTP.
    `class_name`: the GatewayClass (api `gateway`)."""

    name: str
    hosts: tuple[str, ...]
    routes: tuple[Route, ...]
    tls: str = ""
    api: GatewayApi = GatewayApi.GATEWAY
    class_name: str = "istio"
    path: Path = ("gateway",)

    def routes_to(self, service: str) -> tuple[Route, ...]:
        """The routes that lead to that service."""
        return tuple(route for route in self.routes if route.service == service)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """`attempts` beside the first; `per_try_timeout`: a duration, empty for none; `on`: Envoy's conditions."""

    attempts: int
    per_try_timeout: str = ""
    on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitBreaker:
    """Limits of the calls on an edge (0: the proxy's own) and when a pod that fails is left alone for a while.
    `consecutive_errors` 0: never; durations as texts."""

    max_connections: int = 0
    max_pending_requests: int = 0
    max_requests: int = 0
    max_requests_per_connection: int = 0
    consecutive_errors: int = 0
    interval: str = ""
    ejection_time: str = ""
    max_ejection_percent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """How calls on an edge behave; all of it empty for an edge that says nothing."""

    timeout: str = ""
    retries: Retries | None = None
    circuit_breaker: CircuitBreaker | None = None

    def __bool__(self) -> bool:
        return bool(self.timeout or self.retries or self.circuit_breaker)
