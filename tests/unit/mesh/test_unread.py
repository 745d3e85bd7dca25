"""What nobody reads is told, never passed over; and accounts are nobody's but their owners'."""

from __future__ import annotations

import pytest
import yaml

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


@pytest.mark.parametrize("account", ["web", "odd"])
def test_a_pod_with_the_labels_of_a_service_is_a_stranger(account: str) -> None:
    labels = "{app.kubernetes.io/name: web, app.kubernetes.io/part-of: shop}"
    pod = f"apiVersion: v1\nkind: Pod\nmetadata: {{name: odd, labels: {labels}}}\n"
    found = added(
        f"{pod}spec: {{serviceAccountName: {account}, containers: [{{name: a, ports: [{{containerPort: 8080}}]}}]}}\n"
    )
    assert "error[CG753]: Pod default/odd passes for pods of web: the registry does not declare it" in found


def test_a_pod_that_a_workload_of_the_registry_has_made_is_none() -> None:
    template = next(
        each for each in yaml.safe_load_all(BASE) if each["kind"] == "Deployment" and each["metadata"]["name"] == "web"
    )
    pod = {"apiVersion": "v1", "kind": "Pod", **template["spec"]["template"]}
    owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "controller": True}
    pod["metadata"] |= {"name": "web-1", "ownerReferences": [owner]}
    assert added(yaml.safe_dump(pod)) == ""


def added(document: str) -> str:
    """The report on the base with one more document."""
    return report(f"{BASE}---\n{document}", CASES / "registry.yaml")
