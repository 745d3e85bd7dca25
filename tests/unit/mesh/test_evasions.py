"""Ways past a pod's proxy are told."""

from __future__ import annotations

import pytest

from tests.unit.mesh.test_unread import added
from tests.unit.mesh.test_verify_cases import BASE, CASES, report

POD = (
    "apiVersion: v1\nkind: Pod\nmetadata: {{name: odd, annotations: {{{notes}}}}}\n"
    "spec: {{containers: [{{name: a{rest}}}]}}\n"
)


@pytest.mark.parametrize(
    ("notes", "rest", "words"),
    [
        ("sidecar.istio.io/interceptionMode: NONE", "", "interceptionMode NONE"),
        ("inject.istio.io/templates: grpc-agent", "", "the template grpc-agent has no proxy"),
        ("traffic.sidecar.istio.io/excludeOutboundIPRanges: 0.0.0.0/0", "", "calls to 0.0.0.0/0 leave past the proxy"),
        ("", ", securityContext: {runAsUser: 1337}", "container a runs as the proxy (runAsUser 1337)"),
        ("", ", securityContext: {runAsGroup: 1337}", "container a runs as the proxy (runAsGroup 1337)"),
    ],
)
def test_a_way_past_the_proxy_is_told(notes: str, rest: str, words: str) -> None:
    found = added(POD.format(notes=notes, rest=rest))
    assert f"error[CG754]: Pod default/odd: {words}" in found


@pytest.mark.parametrize(("labels", "count"), [("istio-injection: enabled", 0), ("team: shop", 1)])
def test_a_namespace_without_the_mesh_is_told(labels: str, count: int) -> None:
    namespace = f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: default, labels: {{{labels}}}}}\n"
    found = report(f"{BASE}---\n{namespace}", CASES / "registry.yaml")
    assert found.count("error[CG760]: namespace default has no label that brings the mesh (sidecar)") == count
