"""What docs/operations.md shows is compiled, rendered and judged."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

import chartgen
from chartgen.audit.objects import mappings
from tests.helm.conftest import objects, rendered

if TYPE_CHECKING:
    from chartgen.tools.helm import Helm

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
HEAD = "apiVersion: chartgen.dev/v1\nkind: ServiceRegistry\nmetadata: {name: shop, version: 1.0.0}\n"


def example(mark: str) -> str:
    """The one fenced example of the page that holds these words, without its indentation."""
    fences = re.findall(r"^( *)```yaml\n(.*?)^ *```$", PAGE, re.MULTILINE | re.DOTALL)
    [(indent, text)] = [(indent, text) for indent, text in fences if mark in text]
    return re.sub(f"^{indent}", "", text, flags=re.MULTILINE)


def platform(root: Path, services: str) -> Path:
    """A folder with such a registry and one environment."""
    (root / "registry.yaml").write_text(f"{HEAD}environments: [{{name: prod}}]\n{services}", encoding="utf-8")
    return root


def compiled(root: Path) -> None:
    """The charts of the registry there; fails with what is wrong with it."""
    assert [d for d in chartgen.generate(root).diagnostics if d.severity == "error"] == []


def test_an_init_container_waits_for_what_the_service_declares(tmp_path: Path, helm43: Helm) -> None:
    root = platform(tmp_path, example("wait-for-store"))
    compiled(root)
    things = objects(rendered(helm43, root / "charts/shop"))
    [orders] = [thing for thing in things if (thing.kind, thing.name) == ("Deployment", "orders")]
    [waits] = mappings(orders.pod.spec["initContainers"]) if orders.pod else []
    assert {each["name"]: each["value"] for each in waits["env"]} == {"HOST": "store", "PORT": "5432"}


def test_an_external_secret_is_an_overlay(tmp_path: Path, helm43: Helm) -> None:
    services = "services: [{name: orders, port: 80, healthEndpoint: /health, image: 'ghcr.io/acme/orders:1.0.0',"
    root = platform(tmp_path, services + " env: {PASSWORD: {secret: orders-db, key: password}}}]\n")
    overlay = root / "overlays/orders/templates/externalsecret.yaml"
    overlay.parent.mkdir(parents=True)
    overlay.write_text(example("kind: ExternalSecret"), encoding="utf-8")
    compiled(root)
    (root / "values/prod/values.yaml").write_text("orders: {extra: {secretStore: aws}}\n", encoding="utf-8")
    things = objects(rendered(helm43, root / "charts/shop", values=(root / "values/prod/values.yaml",)))
    [secret] = [thing for thing in things if thing.kind == "ExternalSecret"]
    assert secret.spec["secretStoreRef"]["name"] == "aws"
    assert [d for d in chartgen.lint(root, helm=helm43.path).diagnostics if "external" in d.span.file] == []

    overlay.write_text(example("kind: ExternalSecret").replace("refreshInterval", "refreshIntervall"), encoding="utf-8")
    compiled(root)
    found = [d.message for d in chartgen.lint(root, helm=helm43.path).diagnostics if d.code == "CG508"]
    assert [message for message in found if "refreshIntervall" in message] == found[:1] != []


def test_the_monitoring_is_let_in_where_an_environment_says(tmp_path: Path, helm43: Helm) -> None:
    root = platform(tmp_path, "services: [{name: orders, metrics: 9102, image: 'ghcr.io/acme/orders:1.0.0'}]\n")
    compiled(root)
    values = root / "values/prod/values.yaml"
    values.write_text(example("scrape: podMonitor"), encoding="utf-8")
    things = objects(rendered(helm43, root / "charts/shop", values=(values,)))
    [policy] = [thing for thing in things if thing.kind == "NetworkPolicy"]
    [rule] = policy.spec["ingress"]
    assert rule["from"] == yaml.safe_load(values.read_text(encoding="utf-8"))["global"]["monitoring"]["from"]
    assert [thing.name for thing in things if thing.kind == "PodMonitor"] == ["orders"]
    assert [d for d in chartgen.lint(root, helm=helm43.path).diagnostics if d.severity == "error"] == []


def test_among_sidecars_the_monitoring_reads_what_their_agent_serves(tmp_path: Path, helm43: Helm) -> None:
    mesh = "mesh: {type: istio, mode: sidecar}\n"
    root = platform(
        tmp_path, f"{mesh}services: [{{name: orders, metrics: 9102, image: 'ghcr.io/acme/orders:1.0.0'}}]\n"
    )
    compiled(root)
    values = root / "values/prod/values.yaml"
    values.write_text(example("scrape: podMonitor"), encoding="utf-8")
    things = objects(rendered(helm43, root / "charts/shop", values=(values,)))
    [monitor] = [thing for thing in things if thing.kind == "PodMonitor"]
    [endpoint] = monitor.spec["podMetricsEndpoints"]
    assert endpoint["path"] == "/stats/prometheus"
    [moved] = endpoint["relabelings"]
    assert re.sub(moved["regex"], moved["replacement"].replace("$", "\\"), "10.0.0.7:15090") == "10.0.0.7:15020"
    [pods] = [thing for thing in things if thing.kind == "Deployment"]
    assert pods.spec["template"]["metadata"]["annotations"]["prometheus.io/port"] == "9102"
    [opened] = [
        rule
        for thing in things
        if thing.name == "orders" and thing.kind == "NetworkPolicy"
        for rule in thing.spec["ingress"]
        if {"port": 15020, "protocol": "TCP"} in rule["ports"]
    ]
    assert opened["from"] == yaml.safe_load(values.read_text(encoding="utf-8"))["global"]["monitoring"]["from"]
    assert [d for d in chartgen.lint(root, helm=helm43.path).diagnostics if d.severity == "error"] == []
