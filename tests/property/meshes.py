"""Strategies that put a drawn registry into a mesh, behind a gateway, and say more of its calls.

What callers may say depends on each other: in ambient mode all callers of a service say the same, at every hop whoever
has no user's token says so, and no route opens what another guards. So each of these is drawn once it is known who
calls whom.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from hypothesis import strategies as st

Data: TypeAlias = dict[str, Any]

KEYS = '{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}'
HOSTS = ("shop.example.com", "*.shop.example.com")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
PATHS = ("/", "/v1", "/v1/*", "/v1/orders", "/a/b/*", "/x.y~z", "/$(id)")
CLAIMS = ("tenant", "org[id]", "scope", "https://example.com/plan", "a-b_c")
ISSUER = {
    "name": "keys",
    "ports": [{"name": "http", "port": 80}, {"name": "jwks", "port": 81, "protocol": "http"}],
    "healthEndpoint": "/health",
}
TRAFFIC: tuple[Data, ...] = (
    {},
    {"timeout": "5s"},
    {"timeout": "5s", "retries": 2},
    {"retries": {"attempts": 2, "perTryTimeout": "500ms"}, "circuitBreaker": {"maxConnections": 100}},
    {"circuitBreaker": {"maxRequests": 9, "consecutiveErrors": 5, "ejectionTime": "1m", "maxEjectionPercent": 50}},
)


def words() -> st.SearchStrategy[str]:
    """What a claim may say: no wildcard, and no space, at which some claims are split."""
    return st.sampled_from(["admin", "a.b", "{{.Values.x}}", 'say"hello"', "it's", "é世界", "yes", "0123", "#x", "a:b"])


@st.composite
def in_a_mesh(draw: st.DrawFn, registry: Data, reasons: st.SearchStrategy[str]) -> None:
    """Adds a mesh, a gateway, or neither; `reasons`: texts that people write."""
    form = draw(st.sampled_from(["none", "gateway", "mesh", "both", "both"]))
    jwt: Data = {}
    if form in ("mesh", "both"):
        mesh = draw(_meshes())
        registry["mesh"] = mesh
        jwt = mesh.get("jwt", {})
        if jwt.get("issuerService"):
            registry["services"].append(ISSUER)
        draw(_said(registry["services"], mesh, reasons))
    if form in ("gateway", "both"):
        draw(_gateway(registry, checked=bool(jwt)))


@st.composite
def _meshes(draw: st.DrawFn) -> Data:
    mesh: Data = {"type": "istio", "gatewayApiVersion": "1.7", "pathNormalization": "decodeAndMergeSlashes"}
    optional: Data = {
        "mode": "ambient",
        "minVersion": draw(st.sampled_from(["1.24", "1.25", "1.29"])),
        "trustDomain": "acme.example.com",
        "egress": "open",
        "audit": True,
        "jwt": draw(_tokens()),
    }
    chosen = draw(st.sets(st.sampled_from(sorted(optional))))
    return mesh | {key: optional[key] for key in sorted(chosen)}


@st.composite
def _tokens(draw: st.DrawFn) -> Data:
    keys: Data = draw(
        st.sampled_from([{"jwksUri": "https://id.example.com/keys"}, {"jwks": KEYS}, {"issuerService": "keys"}])
    )
    optional: Data = {
        "enforce": "everyHop",
        "requiredClaims": draw(_demands()),
        "claimHeaders": {"X-User": "sub", "x-org": "org[id]"},
        "roleClaim": "realm_access[roles]",
    }
    chosen = draw(st.sets(st.sampled_from(sorted(optional))))
    issuer = draw(st.sampled_from(["https://id.example.com", "accounts@example.com", "it's-{{me}}"]))
    audiences = draw(st.lists(words(), min_size=1, max_size=2, unique=True))
    return {"issuer": issuer, "audiences": audiences} | keys | {key: optional[key] for key in sorted(chosen)}


def _demands() -> st.SearchStrategy[Data]:
    values = st.one_of(words(), st.lists(words(), min_size=1, max_size=3, unique=True))
    return st.dictionaries(st.sampled_from(CLAIMS), values, min_size=1, max_size=2)


@st.composite
def _said(draw: st.DrawFn, services: Sequence[Data], mesh: Data, reasons: st.SearchStrategy[str]) -> None:
    """Narrows calls between services, and says how they behave."""
    at_every_hop = mesh.get("jwt", {}).get("enforce") == "everyHop"
    names = {service["name"] for service in services}
    callers = _callers(services)
    for service in services:
        quiet = "port" not in service and "ports" not in service
        alike = "versions" in service
        for holder in (service, *service.get("versions", ())):
            edges = holder.get("dependencies", [])
            for index, edge in enumerate(edges):
                long = edge if isinstance(edge, dict) else {"service": edge}
                if long.get("service") in names:
                    alone = not alike and (mesh.get("mode") != "ambient" or callers.count(long["service"]) == 1)
                    narrow = {} if alike else draw(_narrowings())
                    token = {"token": False} if at_every_hop and quiet else {}
                    traffic = draw(st.sampled_from(TRAFFIC)) if alone else {}
                    only_http = {"ports": ["http"]} if narrow or traffic or token else {}
                    edges[index] = long | only_http | narrow | traffic | token if only_http else edge
        for port in service.get("ports", ())[1:]:  # the first is that of narrowed calls and routes
            if service is not ISSUER and draw(st.integers(0, 3)) == 0:
                port["plaintext"] = draw(reasons)


def _callers(services: Sequence[Data]) -> list[str]:
    """Each service once for each edge to it."""
    holders = [holder for service in services for holder in (service, *service.get("versions", ()))]
    edges = [edge for holder in holders for edge in holder.get("dependencies", ())]
    return [edge.get("service", "") if isinstance(edge, dict) else edge for edge in edges]


@st.composite
def _narrowings(draw: st.DrawFn) -> Data:
    found: Data = {}
    if draw(st.booleans()):
        others = draw(st.lists(st.sampled_from(METHODS[1:]), unique=True, max_size=3))
        found["methods"] = ["GET", *others]  # so that some call may be repeated
    if draw(st.booleans()):
        found["paths"] = draw(st.lists(st.sampled_from(PATHS), unique=True, min_size=1, max_size=3))
    return found


@st.composite
def _gateway(draw: st.DrawFn, registry: Data, *, checked: bool) -> None:
    """A door with routes to services that take calls; each has paths of its own."""
    targets = [service["name"] for service in registry["services"] if "port" in service or "ports" in service]
    if not targets:
        return
    routes = [
        draw(_routes(draw(st.sampled_from(targets)), number, checked=checked, meshed="mesh" in registry))
        for number in range(draw(st.integers(1, 3)))
    ]
    optional: Data = {"name": "door", "tls": "shop-tls", "api": "istio"}
    chosen = draw(st.sets(st.sampled_from(sorted(optional))))
    registry["gateway"] = {"hosts": list(HOSTS), "routes": routes} | {key: optional[key] for key in sorted(chosen)}


@st.composite
def _routes(draw: st.DrawFn, service: str, number: int, *, checked: bool, meshed: bool) -> Data:
    route: Data = {"service": service, "port": "http", "paths": list(_own_paths(number))}
    optional: Data = {
        "methods": ["GET", "POST"],
        "hosts": [HOSTS[0]],
        "timeout": "10s",
        "cors": {"origins": ["https://app.example.com"], "headers": ["x-id"], "credentials": True, "maxAge": "24h"},
    }
    if checked:
        optional |= {"roles": draw(st.lists(words(), min_size=1, max_size=2, unique=True)), "claims": draw(_demands())}
    chosen = draw(st.sets(st.sampled_from(sorted(optional))))
    route |= {key: optional[key] for key in sorted(chosen)}
    if (meshed and not checked) or (not chosen & {"roles", "claims"} and draw(st.booleans())):
        route["public"] = True
    return route


def _own_paths(number: int) -> Iterator[str]:
    yield f"/r{number}"
    yield f"/r{number}/*"
