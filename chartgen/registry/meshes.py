"""Mesh and gateway: long form → model. Takes all that the schema accepts: what makes no sense is left out, and the
checks report it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chartgen.registry.mesh import (
    Claim,
    Cors,
    Egress,
    Enforce,
    Fetcher,
    Gateway,
    GatewayApi,
    IssuerService,
    Jwt,
    Mesh,
    Mode,
    Route,
)
from chartgen.registry.ports import find_ports, main_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from chartgen.registry.pod import Port

    PortsOf = Callable[[str], Sequence[Port]]
    """The ports that a service of that name shows; none where there is no such service."""

KEYS_PATH = "/.well-known/jwks.json"
ROLE_CLAIM = "roles"

_CLAIM = re.compile(r"(?P<name>[^\[\]]+)(?P<nested>(?:\[[^\[\]]+\])*)")


def claim_path(text: str) -> tuple[str, ...] | None:
    """The names on the way to a claim: `realm_access[roles]` is two, a dot is part of a name; None: malformed."""
    found = _CLAIM.fullmatch(text)
    return (found["name"], *re.findall(r"\[([^\[\]]+)\]", found["nested"])) if found else None


def build_mesh(registry: Mapping[str, Any], ports_of: PortsOf) -> Mesh | None:
    """The mesh; None where there is none."""
    data = registry.get("mesh", {"type": "none"})
    if data["type"] == "none":
        return None
    return Mesh(
        mode=Mode(data.get("mode", Mode.SIDECAR)),
        trust_domain=data.get("trustDomain", "cluster.local"),
        min_version=numbers(data.get("minVersion", "1.27")),
        gateway_api_version=numbers(data.get("gatewayApiVersion", "1.4")),
        jwt=_jwt(data["jwt"], ports_of) if "jwt" in data else None,
        egress=Egress(data.get("egress", Egress.REGISTRY_ONLY)),
        normalises=data.get("pathNormalization") == "decodeAndMergeSlashes",
        audit=data.get("audit", False),
    )


def numbers(version: str) -> tuple[int, int]:
    """The two numbers of a version: `1.27`."""
    major, _, minor = version.partition(".")
    return int(major), int(minor)


def _jwt(data: Mapping[str, Any], ports_of: PortsOf) -> Jwt:
    return Jwt(
        issuer=data["issuer"],
        audiences=tuple(data["audiences"]),
        jwks_uri=data.get("jwksUri", ""),
        jwks=data.get("jwks", ""),
        issuer_service=_issuer_service(data["issuerService"], ports_of) if "issuerService" in data else None,
        forward=data.get("forward", True),
        enforce=Enforce(data.get("enforce", Enforce.EDGE)),
        required_claims=_claims(data.get("requiredClaims", {})),
        claim_headers=tuple(
            (header.lower(), _claim_path(claim)) for header, claim in sorted(data.get("claimHeaders", {}).items())
        ),
        role_claim=_claim_path(data.get("roleClaim", ROLE_CLAIM)),
    )


def long_issuer_service(value: str | Mapping[str, Any]) -> Mapping[str, Any]:
    """The issuer within the platform in long form; without a port, its own choice of one is left to `issuer_port`."""
    written: Mapping[str, Any] = {"service": value} if isinstance(value, str) else value
    return {"path": KEYS_PATH, "fetchedBy": Fetcher.ISTIOD, **written}


def _issuer_service(value: str | Mapping[str, Any], ports_of: PortsOf) -> IssuerService:
    data = long_issuer_service(value)
    port = issuer_port(data, ports_of(data["service"]))
    return IssuerService(
        service=data["service"],
        port=port.name if port else "",
        path=data["path"],
        fetched_by=Fetcher(data["fetchedBy"]),
    )


def issuer_port(data: Mapping[str, Any], ports: Sequence[Port]) -> Port | None:
    """The port that the keys are fetched from: the one written, else the one named jwks, else the service's main
    one; None where there is no such port, or several."""
    wanted = data.get("port", "jwks")
    found = find_ports(ports, wanted)
    return found[0] if len(found) == 1 else (main_port(ports) if "port" not in data else None)


def keys_ports(registry: Mapping[str, Any], ports_of: PortsOf) -> dict[str, str]:
    """Service → its port that istiod alone reads, where it has another for its callers."""
    data = registry.get("mesh", {}).get("jwt", {}).get("issuerService")
    if data is None:
        return {}
    found = _issuer_service(data, ports_of)
    alone = found.fetched_by is Fetcher.ISTIOD and len(ports_of(found.service)) > 1
    return {found.service: found.port} if alone else {}


def _claims(data: Mapping[str, Any]) -> tuple[Claim, ...]:
    return tuple(Claim(path=_claim_path(name), values=tuple(_listed(data[name]))) for name in sorted(data))


def _claim_path(text: str) -> tuple[str, ...]:
    return claim_path(text) or (text,)


def _listed(value: str | Sequence[str]) -> Sequence[str]:
    return (value,) if isinstance(value, str) else value


def build_gateway(registry: Mapping[str, Any], ports_of: PortsOf) -> Gateway | None:
    """The gateway; None where there is none."""
    data = registry.get("gateway")
    if data is None:
        return None
    role_claim = _claim_path(registry.get("mesh", {}).get("jwt", {}).get("roleClaim", ROLE_CLAIM))
    return Gateway(
        name=data.get("name", registry["metadata"]["name"]),
        hosts=tuple(data["hosts"]),
        routes=tuple(_route(route, index, role_claim, ports_of) for index, route in enumerate(data["routes"])),
        tls=data.get("tls", ""),
        api=GatewayApi(data.get("api", GatewayApi.GATEWAY)),
        class_name=data.get("class", "istio"),
    )


def _route(data: Mapping[str, Any], index: int, role_claim: tuple[str, ...], ports_of: PortsOf) -> Route:
    port = route_port(data, ports_of(data["service"]))
    roles = (Claim(path=role_claim, values=tuple(data["roles"])),) if "roles" in data else ()
    return Route(
        service=data["service"],
        port=port.name if port else "",
        paths=tuple(data.get("paths", ())),
        methods=tuple(data.get("methods", ())),
        public=data.get("public", False),
        claims=(*roles, *_claims(data.get("claims", {}))),
        cors=_cors(data["cors"], data) if "cors" in data else None,
        hosts=tuple(data.get("hosts", ())),
        timeout=data.get("timeout", ""),
        path=("gateway", "routes", index),
    )


def route_port(data: Mapping[str, Any], ports: Sequence[Port]) -> Port | None:
    """The port that a route leads to: the one written, else the one named http, else the only one that speaks HTTP;
    None where there is no such port, or several."""
    if "port" not in data:
        return main_port([port for port in ports if port.speaks_http])
    found = find_ports(ports, data["port"])
    return found[0] if len(found) == 1 else None


def routed_ports(registry: Mapping[str, Any], ports_of: PortsOf) -> dict[str, frozenset[str]]:
    """Service → the names of its ports that a route leads to."""
    found: dict[str, set[str]] = {}
    for route in registry.get("gateway", {}).get("routes", ()):
        port = route_port(route, ports_of(route["service"]))
        found.setdefault(route["service"], set()).update({port.name} if port else ())
    return {service: frozenset(names) for service, names in found.items()}


def split_services(registry: Mapping[str, Any], services: Iterable[str]) -> frozenset[str]:
    """Those whose weights a route of the Gateway API gives, which knows Services, and no subsets of them: in ambient
    every service, else what the gateway leads to."""
    mesh, gateway = registry.get("mesh", {}), registry.get("gateway", {})
    if mesh.get("type") == "istio" and mesh.get("mode") == Mode.AMBIENT:
        return frozenset(services)
    by_routes = gateway.get("api", GatewayApi.GATEWAY) == GatewayApi.GATEWAY
    return frozenset(route["service"] for route in gateway.get("routes", ()) if by_routes)


def _cors(data: Mapping[str, Any], route: Mapping[str, Any]) -> Cors:
    return Cors(
        origins=tuple(data["origins"]),
        methods=tuple(data.get("methods", route.get("methods", ()))),
        headers=tuple(data.get("headers", ())),
        expose_headers=tuple(data.get("exposeHeaders", ())),
        credentials=data.get("credentials", False),
        max_age=data.get("maxAge", ""),
    )
