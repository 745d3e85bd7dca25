"""Ambient's policies and routes, read as what helm would read."""

from __future__ import annotations

import re
from typing import Any

import yaml

from chartgen import emit
from chartgen.registry import compile_registry

HEAD = """\
apiVersion: chartgen.dev/v1
kind: ServiceRegistry
metadata: {name: shop, version: 1.0.0}
images: {prefix: example}
mesh: {type: istio, mode: ambient, gatewayApiVersion: "1.7"}
"""


def spoken(services: str) -> dict[tuple[str, str], Any]:
    """(kind, name) → spec of what the policy chart says of services; its conditions are taken as met."""
    result = compile_registry("registry.yaml", f"{HEAD}services:\n{services}".encode(), lambda _path: None)
    assert result.registry is not None, result.diagnostics
    found = {}
    for path, text in emit.platform(result.registry).items():
        if "/mesh-policy/templates/services/" in path:
            plain = text.replace('{{- include "mesh-policy.metadata" . }}', "labels:")
            plain = re.sub(r"^ *\{\{-? (?:if|end|\$|include).*\}\}\n", "", plain, flags=re.MULTILINE)
            plain = plain.replace("{{ $own }}", "own/").replace("{{ $by }}", "serviceAccounts")
            for thing in yaml.safe_load_all(plain):
                if thing:
                    found[thing["kind"], thing["metadata"]["name"]] = thing["spec"]
    return found


def admitted(spec: Any) -> set[tuple[str, str]]:
    """(account, port) of each rule."""
    return {
        (account, port)
        for rule in spec["rules"]
        for source in rule["from"]
        for account in source["source"]["serviceAccounts"]
        for to in rule["to"]
        for port in to["operation"]["ports"]
    }


CALLS = """\
  - name: web
    port: 80
    healthEndpoint: /health
    dependencies: [{service: orders, ports: [http], methods: [GET]}, stock]
  - {name: orders, ports: [{port: 80, targetPort: 8080}, {name: grpc, port: 90}]}
  - {name: stock, port: 80, healthEndpoint: /health}
"""


def test_pods_admit_the_waypoint_and_the_waypoint_the_callers() -> None:
    found = spoken(CALLS)
    pods, service = found["AuthorizationPolicy", "orders"], found["AuthorizationPolicy", "orders.waypoint"]
    assert admitted(pods) == {("own/shop-waypoint", "8080")}, "the pods' port, and none that nobody may call"
    assert ("own/web", "80") in admitted(service), "the Service's port"
    assert service["targetRefs"] == [{"group": "", "kind": "Service", "name": "orders"}]
    assert "selector" not in service
    assert not any(key in str(pods) for key in ("methods", "paths", "requestPrincipals"))


def test_what_need_not_be_read_is_called_directly() -> None:
    found = spoken(CALLS)
    assert ("own/web", "80") in admitted(found["AuthorizationPolicy", "stock"])
    assert ("AuthorizationPolicy", "stock.waypoint") not in found


def test_aliases_are_guarded_too() -> None:
    """One that shows other numbers has a policy of its own, with those."""
    aliases = "aliases: [sales, {name: old, ports: [{name: http, port: 8000}]}], "
    found = spoken(CALLS.replace("name: orders, ", f"name: orders, {aliases}", 1))
    names = [ref["name"] for ref in found["AuthorizationPolicy", "orders.waypoint"]["targetRefs"]]
    assert names == ["orders", "sales"]
    assert ("own/web", "8000") in admitted(found["AuthorizationPolicy", "orders.waypoint.old"])


def test_nobody_s_waypoint_is_closed() -> None:
    """The deny-all of the namespace does not hold at a waypoint."""
    versions = "[{name: v1, weight: 90}, {name: v2, weight: 10}]"
    found = spoken(f"  - {{name: prices, port: 80, healthEndpoint: /health, versions: {versions}}}\n")
    assert found["AuthorizationPolicy", "prices.waypoint"]["action"] == "ALLOW"
    route = found["HTTPRoute", "prices.http"]
    assert [(each["name"], each["weight"]) for each in route["rules"][0]["backendRefs"]] == [
        ("prices-v1", 90),
        ("prices-v2", 10),
    ]


def test_only_what_may_be_repeated_is_tried_again() -> None:
    retries = "retries: {attempts: 2, perTryTimeout: 1s, conditions: [503]}"
    said = f"{{service: stock, timeout: 3s, {retries}, methods: [GET, POST]}}"
    found = spoken(CALLS.replace(", stock]", f", {said}]"))
    first, rest = found["HTTPRoute", "stock.http"]["rules"]
    assert first["matches"] == [{"method": "GET"}]
    assert first["retry"] == {"attempts": 2, "codes": [503]}
    assert first["timeouts"] == {"request": "3s", "backendRequest": "1s"}
    assert "retry" not in rest
    assert rest["timeouts"] == {"request": "3s"}


def test_breakers_hold_for_each_host_that_takes_calls() -> None:
    said = "{service: stock, circuitBreaker: {maxConnections: 10}}"
    found = spoken(CALLS.replace(", stock]", f", {said}]"))
    assert found["DestinationRule", "stock"]["trafficPolicy"]["connectionPool"] == {"tcp": {"maxConnections": 10}}
    assert ("HTTPRoute", "stock.http") not in found
    assert not any(kind in ("Sidecar", "VirtualService") for kind, _ in found)
