"""What a mesh changes in network policies and Services, read in the charts' text."""

from __future__ import annotations

import pytest

from chartgen import emit
from chartgen.registry import compile_registry

HEAD = """\
apiVersion: chartgen.dev/v1
kind: ServiceRegistry
metadata: {name: shop, version: 1.0.0}
images: {prefix: example}
"""
SERVICES = """\
services:
  - name: web
    port: 80
    healthEndpoint: /health
    metrics: 9090
    dependencies: [{service: orders, ports: [http], METHODS}, stock, cache]
  - {name: gate, dependencies: [{service: orders, ports: [udp-feed]}]}
  - {name: orders, ports: [{port: 80}, {name: udp-feed, port: 90}], healthEndpoint: /health}
  - {name: stock, port: 80, healthEndpoint: /health}
datastores: [{name: cache, engine: redis}]
"""
SIDECAR, AMBIENT = "mesh: {type: istio}\n", "mesh: {type: istio, mode: ambient}\n"
WAYPOINT = "gateway.networking.k8s.io/gateway-name: shop-waypoint\n"
TUNNEL = "        - port: 15008\n          protocol: TCP\n"
INSTANCE = "              app.kubernetes.io/instance: {{ .Release.Name | quote }}\n"
ISTIOD = "        - port: 15012\n"


def charts(mesh: str, methods: str = "methods: [GET]", more: str = "") -> dict[str, str]:
    text = HEAD + mesh + more + SERVICES.replace(", METHODS", f", {methods}" if methods else "")
    result = compile_registry("registry.yaml", text.encode(), lambda _path: None)
    assert result.registry is not None, result.diagnostics
    return {path.removeprefix("charts/shop/"): text for path, text in emit.platform(result.registry).items()}


def policy(files: dict[str, str], name: str) -> tuple[str, str]:
    """The two halves of a service's NetworkPolicy."""
    ingress, _, egress = files[f"charts/{name}/templates/networkpolicy.yaml"].partition("\n  egress:")
    return ingress, egress


def test_without_a_mesh_nothing_speaks_of_one() -> None:
    text = "".join(text for text in charts("").values())
    assert "istio" not in text.lower()
    assert "15008" not in text


def test_sidecars_reach_istiod_and_their_agents_show_the_metrics() -> None:
    files = charts(SIDECAR)
    for name in ("web", "orders", "stock", "cache"):
        assert ISTIOD in policy(files, name)[1]
    assert "- port: http-metrics\n          protocol: TCP\n        - port: 15020\n" in policy(files, "web")[0]
    assert "15020" not in policy(files, "orders")[0]
    assert "port: http\n" in policy(files, "orders")[0]


def test_ambient_carries_tcp_in_tunnels_and_udp_as_it_is() -> None:
    files = charts(AMBIENT, methods="")
    ingress, _ = policy(files, "orders")
    assert f"name: web\n{INSTANCE}      ports:\n{TUNNEL}" in ingress
    assert "- port: udp-feed\n          protocol: UDP\n" in ingress
    assert "name: gate" in ingress
    assert TUNNEL in policy(files, "web")[0], "the monitoring calls through the mesh too"
    assert "- {port: 15008, protocol: TCP}" in files["charts/web/templates/_datastores.tpl"]
    assert all(ISTIOD not in text for text in files.values())
    assert all("waypoint" not in text for path, text in files.items() if not path.startswith("charts/mesh-policy"))


@pytest.mark.parametrize("name", ["web", "orders", "stock", "cache"])
def test_probes_pass_in_ambient(name: str) -> None:
    ingress, _ = policy(charts(AMBIENT), name)
    assert "cidr: 169.254.7.127/32" in ingress
    assert "cidr: fd16:9254:7127:1337:ffff:ffff:ffff:ffff/128" in ingress


def test_a_waypoint_stands_between_callers_and_what_must_be_read() -> None:
    files = charts(AMBIENT)
    ingress, _ = policy(files, "orders")
    assert WAYPOINT in ingress
    assert ingress.count("podSelector:") == 3, "its own, the waypoint, and gate with what ambient does not carry"
    _, egress = policy(files, "web")
    assert WAYPOINT in egress
    assert "name: stock" in egress
    assert "istio.io/use-waypoint: shop-waypoint" in files["charts/orders/templates/service.yaml"]
    assert "use-waypoint" not in files["charts/stock/templates/service.yaml"]


def test_while_a_mesh_only_watches_calls_pass_outside_of_it_too() -> None:
    files = charts("mesh: {type: istio, mode: ambient, audit: true}\n")
    ingress, _ = policy(files, "orders")
    assert WAYPOINT in ingress
    assert f"name: web\n{INSTANCE}      ports:\n{TUNNEL}        - port: http\n" in ingress
    _, egress = policy(files, "web")
    assert WAYPOINT in egress
    assert "name: orders" in egress
    assert "istio.io/use-waypoint: shop-waypoint" in files["charts/orders/templates/service.yaml"]


def test_the_waypoint_s_own_pods_are_isolated_too() -> None:
    files = charts(AMBIENT)
    text = files["charts/mesh-policy/templates/waypoint/networkpolicy.yaml"]
    assert text.count(WAYPOINT) == 1
    assert "values: [orders]}" in text
    assert "charts/mesh-policy/templates/waypoint/gateway.yaml" not in charts(AMBIENT, methods="")


def test_the_door_calls_through_the_waypoint() -> None:
    jwt = "mesh: {type: istio, mode: ambient}\n"
    door = "gateway: {hosts: [shop.example.com], routes: [{service: stock, public: true, paths: [/stock]}]}\n"
    files = charts(jwt, more=door)
    assert 'istio.io/ingress-use-waypoint: "true"' in files["charts/stock/templates/service.yaml"]
    assert "ingress-use-waypoint" not in files["charts/orders/templates/service.yaml"]
    assert "global.ingress" not in policy(files, "stock")[0], "who comes from outside comes to the waypoint"
    assert ".Values.global.ingress.from" in files["charts/mesh-policy/templates/waypoint/networkpolicy.yaml"]
    assert WAYPOINT in files["charts/mesh-policy/templates/gateway/networkpolicy.yaml"]


def test_weights_get_services_of_their_own_where_routes_give_them() -> None:
    versions = "versions: [{name: v1, weight: 90}, {name: v2, weight: 10}]"
    result = {}
    for mesh in ("", SIDECAR, AMBIENT):
        text = f"{HEAD}{mesh}services: [{{name: prices, port: 80, healthEndpoint: /health, {versions}}}]"
        compiled = compile_registry("registry.yaml", text.encode(), lambda _path: None).registry
        assert compiled is not None
        result[mesh] = {path.rpartition("/")[2] for path in emit.platform(compiled) if "/service-prices-" in path}
    assert result == {"": set(), SIDECAR: set(), AMBIENT: {"service-prices-v1.yaml", "service-prices-v2.yaml"}}


@pytest.mark.parametrize("mesh", [SIDECAR, AMBIENT])
def test_a_plaintext_port_is_open_to_anyone(mesh: str) -> None:
    more = "  - {name: old, ports: [{port: 80}, {name: tcp-old, port: 7000, plaintext: an old client}]}\n"
    result = compile_registry("registry.yaml", (HEAD + mesh + "services:\n" + more).encode(), lambda _path: None)
    assert result.registry is not None, result.diagnostics
    text = emit.platform(result.registry)["charts/shop/charts/old/templates/networkpolicy.yaml"]
    opened = text.partition("    - # plaintext: to anyone\n")[2]
    assert "tcp-old" in opened
    assert opened.startswith("      ports:\n")
