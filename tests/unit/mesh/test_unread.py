"""What nobody reads is told, never passed over; and accounts are nobody's but their owners'."""

from __future__ import annotations

import pytest

from tests.unit.mesh.test_verify_cases import BASE, CASES, report

PODS = "spec: {template: {spec: {serviceAccountName: web, containers: [{name: a, image: b}]}}}"


@pytest.mark.parametrize(
    ("version", "kind", "rest"),
    [
        ("argoproj.io/v1alpha1", "Rollout", PODS),
        ("apps.kruise.io/v1alpha1", "CloneSet", PODS),
        ("serving.knative.dev/v1", "Service", PODS),
        ("extensions/v1beta1", "Deployment", PODS),
        ("example.com/v1", "Nightly", "spec: {jobTemplate: {spec: {template: {spec: {containers: []}}}}}"),
        ("networking.istio.io/v1", "FancyPolicy", "spec: {}"),
        ("networking.istio.io/v1", "Fancy", "spec: {}"),
        ("networking.k8s.io/v1", "Ingress", "spec: {}"),
        ("gateway.networking.k8s.io/v1alpha3", "BackendTLSPolicy", "spec: {}"),
        ("batch/v1", "Sequence", "spec: {}"),
    ],
)
def test_a_kind_that_is_not_known_is_told(version: str, kind: str, rest: str) -> None:
    found = added(f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: odd}}\n{rest}\n")
    assert found.count("\n") == 1
    assert f"error[CG770]: {kind} default/odd: " in found


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("v1", "ConfigMap"),
        ("telemetry.istio.io/v1", "Telemetry"),
        ("gateway.networking.k8s.io/v1", "GatewayClass"),
        ("monitoring.coreos.com/v1", "ServiceMonitor"),
    ],
)
def test_a_kind_that_says_nothing_of_calls_is_none(version: str, kind: str) -> None:
    text = f'apiVersion: {version}\nkind: {kind}\nmetadata: {{name: odd}}\nspec: {{a: "containers, apps/v1"}}\n'
    assert added(text) == ""


def test_a_pod_with_the_account_of_a_service_is_a_stranger() -> None:
    found = added(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: odd}\nspec: {serviceAccountName: web, containers: [{name: a}]}\n"
    )
    assert "error[CG753]: Pod default/odd has the account of web" in found


def added(document: str) -> str:
    """The report on the base with one more document."""
    return report(f"{BASE}---\n{document}", CASES / "registry.yaml")
