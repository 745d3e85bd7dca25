"""What stands in front of the pods: node and host ports, and who is let in through an alias."""

from __future__ import annotations

from chartgen import emit
from chartgen.registry import compile_registry

HEAD = "apiVersion: chartgen.dev/v1\nkind: ServiceRegistry\nmetadata: {name: shop, version: 1.0.0}\nservices:\n"


def templates(service: str) -> dict[str, str]:
    """File → text of the templates of the one service `web`."""
    result = compile_registry("registry.yaml", f"{HEAD}  - {service}\n".encode(), lambda _: None)
    assert result.registry is not None, result.diagnostics
    folder = "charts/shop/charts/web/templates/"
    files = emit.platform(result.registry)
    return {path.removeprefix(folder): text for path, text in files.items() if path.startswith(folder)}


def test_a_node_port_is_one_services_alone() -> None:
    ports = "ports: [{name: http, port: 80, targetPort: 8080, nodePort: 30080, hostPort: 8088}]"
    aliases = "aliases: [plain, {name: other, type: NodePort, ports: [{name: http, port: 81, nodePort: 30081}]}]"
    found = templates(f"{{name: web, {ports}, service: {{type: NodePort}}, {aliases}}}")
    numbers = {file: text.partition("nodePort: ")[2][:5] for file, text in found.items() if file.startswith("service")}
    del numbers["serviceaccount.yaml"]
    assert numbers == {"service.yaml": "30080", "service-plain.yaml": "", "service-other.yaml": "30081"}
    assert "containerPort: 8080\n              hostPort: 8088\n" in found["deployment.yaml"]


def test_an_open_alias_lets_callers_in_to_the_ports_that_it_shows() -> None:
    ports = "ports: [{name: http, port: 80}, {name: http-admin, port: 81}]"
    found = templates(f"{{name: web, {ports}, aliases: [{{name: open, type: LoadBalancer, ports: [http]}}]}}")
    _, exposed, rest = found["networkpolicy.yaml"].partition("- # exposed")
    assert exposed
    assert "- port: http\n" in rest.partition("helm test")[0]
    assert "http-admin" not in rest


def test_a_patch_of_an_alias_opens_it_too() -> None:
    patches = "patches: [{kind: Service, name: other, merge: {spec: {type: LoadBalancer}}}]"
    assert "- # exposed" in templates(f"{{name: web, port: 80, aliases: [other], {patches}}}")["networkpolicy.yaml"]
    assert "- # exposed" not in templates("{name: web, port: 80, aliases: [other]}")["networkpolicy.yaml"]


def test_the_monitoring_is_let_in_to_the_port_of_a_sidecar() -> None:
    sidecar = 'sidecars: [{name: exporter, image: "example.com/exporter:1", ports: [{name: http-stats, port: 9121}]}]'
    found = templates(f"{{name: web, port: 80, {sidecar}, metrics: 9121}}")
    assert (  # by number: Kubernetes 1.30 and 1.31 know no names there
        "- port: 9121\n" in found["networkpolicy.yaml"].partition("# the monitoring")[2].partition("{{- end }}")[0]
    )
    assert '"prometheus.io/port" "9121"' in found["deployment.yaml"]
    assert "- port: http-stats\n      path: /metrics\n" in found["podmonitor.yaml"]
