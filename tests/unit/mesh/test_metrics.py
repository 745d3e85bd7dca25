"""The monitoring is led to the metrics that the registry declares, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from chartgen.mesh.assumed import assumptions
from chartgen.mesh.expected import Expected
from chartgen.mesh.manifests import read_text
from chartgen.mesh.premises import premises_of
from chartgen.mesh.properties.metrics import metrics
from chartgen.mesh.reading import read
from chartgen.mesh.subject import Subject
from chartgen.registry import compile_registry
from tests.mesh_changes import changed
from tests.unit.mesh.test_unread import added
from tests.unit.mesh.test_verify_cases import BASE, CASES, report

MERGED = """\
port: http-envoy-prom, path: /stats/prometheus, relabelings: [{sourceLabels: [__address__], regex: '(.+):[0-9]+', \
replacement: '$1:15020', targetLabel: __address__}]"""


@pytest.mark.parametrize(
    ("workload", "annotations", "code", "words"),
    [
        (
            "orders",
            {"prometheus.io/port": "3000"},
            "CG752",
            "read /metrics on port 3000, by its annotations: its sidecar",
        ),
        ("orders", {"prometheus.io/path": "/admin"}, "CG752", "read /admin on port 9090"),
        ("orders", {"prometheus.io/port": None}, "CG752", "read /metrics on port (none)"),
        ("orders", {"prometheus.io/scrape": "false"}, "CG759", "no annotations that have the monitoring read /metrics"),
        ("web", {"prometheus.io/scrape": "true", "prometheus.io/port": "8080"}, "CG752", "read /metrics on port 8080"),
    ],
)
def test_annotations(workload: str, annotations: dict[str, Any], code: str, words: str) -> None:
    merge = {"spec": {"template": {"metadata": {"annotations": annotations}}}}
    [line] = report(
        changed(BASE, [{"of": f"Deployment/{workload}", "merge": merge}]), CASES / "registry.yaml"
    ).splitlines()
    assert f"[{code}]: Deployment default/{workload} has " in line
    assert words in line


def monitor(name: str, endpoint: str, kind: str = "PodMonitor", namespaces: str = "") -> str:
    """What is found of a monitor of the pods, or Services, of that name label."""
    list_ = "podMetricsEndpoints" if kind == "PodMonitor" else "endpoints"
    spec = f"selector: {{matchLabels: {{app.kubernetes.io/name: {name}}}}}, {list_}: [{{{endpoint}}}]{namespaces}"
    return added(f"apiVersion: monitoring.coreos.com/v1\nkind: {kind}\nmetadata: {{name: odd}}\nspec: {{{spec}}}\n")


@pytest.mark.parametrize(
    "namespaces", ["", ", namespaceSelector: {any: true}", ", namespaceSelector: {matchNames: [x, default]}"]
)
@pytest.mark.parametrize("endpoint", [MERGED, "port: http-metrics", "portNumber: 9090, path: /metrics"])
def test_a_monitor_of_declared_metrics(endpoint: str, namespaces: str) -> None:
    assert monitor("orders", endpoint, namespaces=namespaces) == ""


@pytest.mark.parametrize(
    ("name", "endpoint", "words"),
    [
        ("orders", "port: http", "reads /metrics on port http of orders, which the registry does not declare"),
        ("orders", "port: http-metrics, path: /admin", "reads /admin on port http-metrics of orders"),
        ("orders", "port: nowhere", "reads /metrics on port nowhere of orders"),
        ("orders", "portNumber: 3000", "reads /metrics on port 3000 of orders"),
        ("web", MERGED, "reads /stats/prometheus on port http-envoy-prom of web"),
        ("nobody", MERGED, "selects no pod"),
    ],
)
def test_a_monitor_that_reads_elsewhere(name: str, endpoint: str, words: str) -> None:
    [line] = monitor(name, endpoint).splitlines()
    assert "[CG759]: PodMonitor default/odd" in line
    assert words in line


def test_a_monitor_of_services() -> None:
    assert "ServiceMonitor default/odd" in monitor("orders", "port: http", "ServiceMonitor")
    assert monitor("orders", "targetPort: 9090", "ServiceMonitor") == ""


def test_a_monitor_that_is_led_on() -> None:
    found = monitor("orders", "port: http-metrics, relabelings: [{targetLabel: __metrics_path__, replacement: /admin}]")
    assert "[CG770]: PodMonitor default/odd" in found
    assert monitor("elsewhere", MERGED, namespaces=", namespaceSelector: {matchNames: [other]}") == ""


def test_the_sidecars_port_is_open_to_the_monitoring() -> None:
    policy = next(
        each
        for each in yaml.safe_load_all(BASE)
        if each["kind"] == "NetworkPolicy" and each["metadata"]["name"] == "orders"
    )
    ingress = policy["spec"]["ingress"]
    for rule in ingress:
        rule["ports"] = [port for port in rule.get("ports", ()) if port["port"] != 15020]
    found = report(
        changed(BASE, [{"of": "NetworkPolicy/orders", "merge": {"spec": {"ingress": ingress}}}]),
        CASES / "registry.yaml",
    )
    assert "[CG762]: the monitoring cannot read port 15020, where the sidecar of orders shows metrics" in found


def test_metrics_that_no_monitor_reads_where_monitors_are_how_it_is_done() -> None:
    compiled = compile_registry("registry.yaml", (CASES / "registry.yaml").read_bytes(), lambda _: None)
    assert compiled.registry
    premises = premises_of(compiled.registry, {"global": {"monitoring": {"scrape": "podMonitor"}}})
    selector = "selector: {matchLabels: {app.kubernetes.io/name: orders}}"
    monitor = f"kind: PodMonitor\nmetadata: {{name: odd}}\nspec: {{{selector}, podMetricsEndpoints: [{{{MERGED}}}]}}\n"
    told = []
    for more in ("", f"---\napiVersion: monitoring.coreos.com/v1\n{monitor}"):
        found = read_text(BASE + more)
        here = read(found.objects, assumptions(compiled.registry, premises), found.problems)
        told.append(
            [each.words for each in metrics(Subject(world=here, expected=Expected(compiled.registry, premises)))]
        )
    assert told == [["no PodMonitor has /metrics of orders read on port 9090"], []]
