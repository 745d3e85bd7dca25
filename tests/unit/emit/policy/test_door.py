from __future__ import annotations

import re

import pytest

from chartgen.emit.policy import policy
from chartgen.emit.policy.door import listeners, route_objects, seconds
from chartgen.registry.model import Registry
from tests.unit.emit.policy.described import compiled


def opened(routes: str, more: str = "", services: str = "{name: web, port: 80}") -> Registry:
    gateway = f"gateway: {{hosts: [shop.example.com], {more} routes: [{routes}]}}"
    return compiled(services, 'gatewayApiVersion: "1.5", pathNormalization: decodeAndMergeSlashes', gateway)


def matches(registry: Registry) -> list[list[str]]:
    """Of each rule, what it matches."""
    assert registry.gateway
    return [
        [f"{match.kind} {match.path} {match.method}".strip() for match in rule.matches]
        for route in route_objects(registry, registry.gateway)
        for rule in route.rules
    ]


def test_paths_are_exact_or_prefixes():
    registry = opened("{service: web, public: true, paths: [/, /a, /b/*], methods: [GET]}")
    assert matches(registry) == [["Exact / GET", "Exact /a GET", "PathPrefix /b GET"]]


def test_a_route_without_paths_is_for_all():
    assert matches(opened("{service: web, public: true}")) == [["PathPrefix /"]]


def test_a_browser_asks_first():
    cors = "{service: web, public: true, methods: [POST], cors: {origins: [https://a.example.com], maxAge: 1m30s}}"
    registry = opened(cors)
    assert matches(registry) == [["PathPrefix / POST", "PathPrefix / OPTIONS"]]
    assert registry.gateway
    [route] = route_objects(registry, registry.gateway)
    assert (route.rules[0].cors, route.rules[0].max_age) == (registry.gateway.routes[0].cors, 90)


def test_a_route_is_no_larger_than_the_api_server_takes():
    paths = ", ".join(f"/p{number}" for number in range(150))
    registry = opened(f"{{service: web, public: true, paths: [{paths}]}}")
    assert registry.gateway
    found = list(route_objects(registry, registry.gateway))
    assert [route.name for route in found] == ["web", "web.2"]
    assert [[len(rule.matches) for rule in route.rules] for route in found] == [[64, 64], [22]]


def test_a_certificate_leaves_plain_http_to_the_redirect():
    registry = opened("{service: web, public: true}", "tls: shop-tls,")
    assert registry.gateway
    assert [(each.name, each.port) for each in listeners(registry.gateway)] == [("https", 443), ("http", 80)]
    [route] = route_objects(registry, registry.gateway)
    assert route.sections == ("https",)


def test_grpc_has_a_kind_of_its_own_where_its_hosts_are_its_own():
    grpc = "{name: api, ports: [{name: grpc, port: 90}]}"
    calls = "{service: api, public: true, paths: [/shop.v1.Orders/*, /shop.v1.Orders/Get]}"
    alone = opened(calls, services=grpc)
    assert alone.gateway
    assert [route.kind for route in route_objects(alone, alone.gateway)] == ["GRPCRoute"]
    beside = opened(f"{calls}, {{service: web, public: true, paths: [/]}}", services=f"{grpc}, {{name: web, port: 80}}")
    assert beside.gateway
    assert {route.kind for route in route_objects(beside, beside.gateway)} == {"HTTPRoute"}


WILD = """
gateway:
  api: %s
  hosts: ["*.example.com", any.example.com]
  routes:
    - {service: web, public: true, paths: [/a], hosts: ["*.example.com"]}
    - {service: web, public: true, paths: [/b], hosts: [any.example.com]}
"""


def test_a_host_that_a_wildcard_covers_has_its_routes_too():
    registry = compiled("{name: web, port: 80}", more=WILD % "gateway")
    assert registry.gateway
    found = {route.hosts: len(route.rules) for route in route_objects(registry, registry.gateway)}
    assert found == {("*.example.com", "any.example.com"): 1, ("any.example.com",): 1}


def test_a_wildcard_and_a_host_are_never_one_object_of_istios_api():
    chart = policy(compiled("{name: web, port: 80}", more=WILD % "istio"))
    assert chart
    routes = [text for file, text in chart.whole().items() if "/gateway/virtualservice" in file]
    found = {re.findall(r"\n  (?:name|hosts): (.*)", text)[0]: re.findall(r"exact: (/\w+)", text) for text in routes}
    assert found == {"shop-below.example.com": ["/a"], "shop.any.example.com": ["/a", "/b"]}


@pytest.mark.parametrize(("text", "found"), [("24h", 86400), ("90s", 90), ("1h30m", 5400), ("200ms", 1), ("", 0)])
def test_durations_in_seconds(text: str, found: int):
    assert seconds(text) == found
