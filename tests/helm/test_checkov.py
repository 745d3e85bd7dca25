"""checkov at its default settings finds nothing but the exceptions that docs/auditors.md publishes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from chartgen.registry import compile_registry
from chartgen.registry.model import Datastore
from chartgen.registry.pod import Credential, SecretKey
from chartgen.tools.process import run
from chartgen.workflows import load
from tests.helm.conformance import SYSTEMS
from tests.helm.conftest import ROOT, Platform, registry_of, rendered, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from chartgen.registry.model import Registry
    from chartgen.registry.service import Service
    from chartgen.tools.helm import Helm

NO_NAMESPACE, NO_DIGEST, NO_LIVENESS, NO_READINESS = "CKV_K8S_21", "CKV_K8S_43", "CKV_K8S_8", "CKV_K8S_9"
SECRET_AS_VARIABLE = "CKV_K8S_35"
LIVENESS_ALONE = f"""
apiVersion: chartgen.dev/v1
kind: ServiceRegistry
metadata: {{name: shop, version: 1.0.0}}
services:
  - name: reader
    image: shop/reader:1@sha256:{"a" * 64}
    probes: {{liveness: {{exec: [alive]}}, readiness: none}}
""".encode()


@pytest.mark.parametrize("tested", [False, True])
def test_checkov_on_the_ticketing_platform(
    ticketing_platform: Platform, tested: bool, helm43: Helm, checkov: list[str], tmp_path: Path
) -> None:
    found = unexpected(ticketing_platform, tested, helm43, checkov, tmp_path)
    asked = {f"{each.kind}.default.{each.name}" for each in ticketing_platform.workloads}
    assert set(found) == {(SECRET_AS_VARIABLE, each) for each in asked}


@pytest.mark.parametrize("tested", [False, True])
def test_checkov_on_all_five_kinds(tested: bool, helm43: Helm, checkov: list[str], tmp_path: Path) -> None:
    platform = write(registry_of("five-kinds"), tmp_path)
    assert unexpected(platform, tested, helm43, checkov, tmp_path) == []


@pytest.mark.parametrize("name", SYSTEMS)
def test_checkov_on_an_example(name: str, helm43: Helm, checkov: list[str], tmp_path: Path) -> None:
    loaded = load.run(ROOT / "examples" / name)
    assert loaded.registry is not None, loaded.diagnostics
    platform = write(loaded.registry, tmp_path)
    workloads = {service.name: service for service in _workloads(loaded.registry)}
    found = unexpected(platform, False, helm43, checkov, tmp_path)
    assert [(check, what) for check, what in found if not asked_for(check, workloads[what.rpartition(".")[2]])] == []


def _workloads(registry: Registry) -> Iterator[Service]:
    for node in registry.charts():
        yield from (node.workload,) if isinstance(node, Datastore) else node.workloads


def asked_for(check: str, service: Service) -> bool:
    """Whether the registry itself asks for what checkov finds, as docs/auditors.md explains."""
    containers = (service.main, *service.sidecars, *service.init_containers)
    env = [variable.value for container in containers for variable in container.env]
    reasons = {
        NO_LIVENESS: service.main.probes.liveness is None,
        NO_READINESS: service.main.probes.readiness is None,
        "CKV_K8S_22": not service.main.security.read_only_root_filesystem,
        "CKV_K8S_26": any(port.host_port for port in service.ports),
        "CKV_K8S_35": any(isinstance(value, SecretKey | Credential) for value in env),
        "CKV_K8S_38": service.account.automount,
        "CKV_K8S_40": service.store and (service.pod_security.run_as_user or 0) < 10000,
    }
    return reasons.get(check, False)


def test_checkov_on_a_service_with_liveness_alone_and_a_digest(
    helm43: Helm, checkov: list[str], tmp_path: Path
) -> None:
    compiled = compile_registry("registry.yaml", LIVENESS_ALONE, lambda _path: None)
    assert compiled.registry is not None
    text = rendered(helm43, write(compiled.registry, tmp_path).umbrella)
    found = {(check, resource) for check, resource in failures(text, checkov, tmp_path) if check != NO_NAMESPACE}
    assert found == {(NO_READINESS, "Deployment.default.reader")}


def unexpected(platform: Platform, tested: bool, helm: Helm, checkov: list[str], folder: Path) -> list[tuple[str, str]]:
    """What checkov finds beyond the published exceptions."""
    text = rendered(helm, platform.umbrella, f"global.helmTest.enabled={str(tested).lower()}")
    return [(check, resource) for check, resource in failures(text, checkov, folder) if not excepted(check, resource)]


def excepted(check: str, resource: str) -> bool:
    """Whether docs/auditors.md explains it."""
    if check in (NO_LIVENESS, NO_READINESS):
        return resource.startswith("Pod.") and resource.endswith("-test")
    return check in (NO_NAMESPACE, NO_DIGEST)


def failures(text: str, checkov: list[str], folder: Path) -> list[tuple[str, str]]:
    """The failed checks and what they failed for."""
    manifest = folder / "manifest.yaml"
    manifest.write_text(text, encoding="utf-8")
    argv = [*checkov, "-f", str(manifest), "--framework", "kubernetes", "--skip-download", "--output", "json"]
    done = run(argv, timeout=300)
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["summary"]["passed"], done.stderr
    assert not report["summary"]["parsing_errors"]
    return [(check["check_id"], check["resource"]) for check in report["results"]["failed_checks"]]
