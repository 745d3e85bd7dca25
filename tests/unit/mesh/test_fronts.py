"""Services that lead nowhere, or open pods to the outside."""

from __future__ import annotations

import pytest

from tests.unit.mesh.test_unread import added

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: odd}\nspec: "


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("{type: NodePort}", "[CG753]: Service default/odd is open to the outside (type NodePort)"),
        ("{type: LoadBalancer}", "[CG753]: Service default/odd is open to the outside (type LoadBalancer)"),
        ("{externalIPs: [192.0.2.1]}", "[CG753]: Service default/odd is open to the outside (externalIPs)"),
        (
            "{selector: {app.kubernetes.io/name: web}, ports: [{port: 80, targetPort: 9}]}",
            "[CG759]: Service default/odd leads to port 9 of web",
        ),
    ],
)
def test_a_service_beside_the_registry_is_told(spec: str, words: str) -> None:
    assert words in added(SERVICE + spec + "\n")
