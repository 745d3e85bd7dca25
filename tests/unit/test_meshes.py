"""Mesh, gateway and what a dependency says of its calls: from the registry's words to the model."""

from __future__ import annotations

import pytest

from chartgen.registry import compile_registry
from chartgen.registry.mesh import CircuitBreaker, Claim, Fetcher, IssuerService, Mesh, Mode, Retries, Traffic
from chartgen.registry.meshes import claim_path
from chartgen.registry.model import Registry
from chartgen.registry.service import Edge, Service

HEAD = "apiVersion: chartgen.dev/v1\nkind: ServiceRegistry\nmetadata: {name: shop, version: 1.0.0}\n"
JWT = 'issuer: "https://id.example.com", audiences: [shop]'


def built(text: str) -> Registry:
    """The registry, which has no error."""
    result = compile_registry("registry.yaml", (HEAD + text).encode(), lambda _path: None)
    assert result.registry is not None, result.diagnostics
    return result.registry


def edge(text: str, callee: str = "port: 80") -> Edge:
    """The dependency of one service on another."""
    web = f"{{name: web, port: 80, dependencies: [{text}]}}"
    registry = built(f"mesh: {{type: istio}}\nservices: [{web}, {{name: orders, {callee}}}]\n")
    return registry.services[1].edges[0]


def service(registry: Registry, name: str) -> Service:
    """The service of that name."""
    return next(each for each in registry.services if each.name == name)


def test_without_a_mesh_there_is_none() -> None:
    assert built("services: [{name: web}]\n").mesh is None
    assert built("mesh: {type: none}\nservices: [{name: web}]\n").mesh is None
    assert built("services: [{name: web}]\n").gateway is None


def test_a_mesh_has_defaults() -> None:
    assert built("mesh: {type: istio}\nservices: [{name: web}]\n").mesh == Mesh()
    mesh = built('mesh: {type: istio, mode: ambient, minVersion: "1.24"}\nservices: [{name: web}]\n').mesh
    assert mesh == Mesh(mode=Mode.AMBIENT, min_version=(1, 24))
    assert mesh is not None
    assert not mesh.names_accounts


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("sub", ("sub",)),
        ("https://example.com/roles", ("https://example.com/roles",)),
        ("realm_access[roles]", ("realm_access", "roles")),
        ("a[b][c.d]", ("a", "b", "c.d")),
        ("a[b", None),
        ("a[]", None),
        ("[a]", None),
        ("a[b]c", None),
    ],
)
def test_claims_are_read(written: str, path: tuple[str, ...] | None) -> None:
    assert claim_path(written) == path


def test_an_issuer_within_the_platform_has_a_port_of_its_own() -> None:
    """Which `ports: all` of its callers does not mean."""
    registry = built(
        f"mesh: {{type: istio, jwt: {{{JWT}, issuerService: auth}}}}\n"
        "services:\n"
        "  - {name: web, port: 80, dependencies: [auth]}\n"
        "  - {name: auth, ports: [{port: 80}, {name: jwks, port: 81, protocol: http}]}\n"
    )
    assert registry.mesh and registry.mesh.jwt
    issuer = IssuerService(service="auth", port="jwks", path="/.well-known/jwks.json", fetched_by=Fetcher.ISTIOD)
    assert registry.mesh.jwt.issuer_service == issuer
    assert service(registry, "web").edges[0].ports == ("http",)


def test_a_route_exposes_the_ports_that_it_leads_to() -> None:
    registry = built(
        "gateway: {hosts: [shop.example.com], routes: [{service: web}]}\n"
        "services: [{name: web, ports: [{port: 80}, {name: grpc, port: 90}]}, {name: api, port: 80, exposed: true}]\n"
    )
    web, api = service(registry, "web"), service(registry, "api")
    assert (web.exposed, [port.name for port in web.open_ports]) == (True, ["http"])
    assert (api.exposed, [port.name for port in api.open_ports], api.routed) == (True, ["http"], ())
    assert registry.gateway and registry.gateway.name == "shop"


def test_roles_and_claims_are_demands_on_the_token() -> None:
    registry = built(
        f'mesh: {{type: istio, jwt: {{{JWT}, jwksUri: "https://id.example.com", roleClaim: "realm_access[roles]"}}}}\n'
        "gateway: {hosts: [shop.example.com], routes: [{service: web, roles: [admin], claims: {tenant: acme}}]}\n"
        "services: [{name: web, port: 80}]\n"
    )
    assert registry.gateway
    assert registry.gateway.routes[0].claims == (
        Claim(path=("realm_access", "roles"), values=("admin",)),
        Claim(path=("tenant",), values=("acme",)),
    )


def test_an_edge_that_says_nothing_admits_all() -> None:
    plain = edge("orders")
    assert (plain.methods, plain.paths, plain.token, bool(plain.traffic)) == ((), (), True, False)


def test_an_edge_narrows_its_calls() -> None:
    narrow = edge("{service: orders, methods: [GET], paths: [/a, /b/*], token: false}")
    assert (narrow.methods, narrow.paths, narrow.token) == (("GET",), ("/a", "/b/*"), False)


def test_retries_have_a_short_form() -> None:
    short = edge("{service: orders, timeout: 2s, retries: 2}").traffic
    assert short == Traffic(timeout="2s", retries=Retries(attempts=2))
    long = edge("{service: orders, retries: {attempts: 1, perTryTimeout: 1s, conditions: [5xx, 503]}}").traffic
    assert long.retries == Retries(attempts=1, per_try_timeout="1s", on=("5xx", "503"))


def test_a_circuit_breaker_is_read() -> None:
    breaker = "{maxConnections: 5, consecutiveErrors: 3, interval: 5s, ejectionTime: 1m, maxEjectionPercent: 50}"
    assert edge(f"{{service: orders, circuitBreaker: {breaker}}}").traffic.circuit_breaker == CircuitBreaker(
        max_connections=5, consecutive_errors=3, interval="5s", ejection_time="1m", max_ejection_percent=50
    )


def test_a_port_says_why_it_takes_plaintext() -> None:
    registry = built("mesh: {type: istio}\nservices: [{name: web, ports: [{port: 80, plaintext: a reason}]}]\n")
    assert registry.services[0].ports[0].plaintext == "a reason"


def test_the_edge_of_a_service_admits_what_its_versions_may() -> None:
    registry = built(
        "mesh: {type: istio}\n"
        "services:\n"
        "  - name: web\n"
        "    port: 80\n"
        "    dependencies: [{service: orders, methods: [GET], timeout: 1s}]\n"
        "    versions: [{name: v1}, {name: v2}]\n"
        "  - {name: orders, port: 80}\n"
    )
    united = service(registry, "web").edges[0]
    assert (united.methods, united.traffic.timeout) == (("GET",), "1s")
