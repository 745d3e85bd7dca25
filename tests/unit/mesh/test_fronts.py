"""Services that lead nowhere or elsewhere, and what opens pods to the outside."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mesh_changes import changed
from tests.unit.mesh.test_unread import added
from tests.unit.mesh.test_verify_cases import BASE, CASES, report

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: odd}\nspec: "
CONTAINER = ["spec", "template", "spec", "containers", 0, "ports", 0]


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


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"of": "Service/orders", "replace": [[["spec", "ports", 0, "port"], 4444]]},
            [
                "[CG752]: Service default/orders shows orders on port 4444/TCP, which the registry does not declare",
                "[CG759]: Service default/orders lacks port 80/TCP, by which orders is called",
            ],
        ),
        (
            {"of": "Service/orders", "replace": [[["spec", "ports", 0, "targetPort"], "grpc"]]},
            ["[CG759]: Service default/orders leads from port 80 to port grpc of orders, not to 3000"],
        ),
        (
            {"of": "Service/orders", "replace": [[["spec", "ports", 0, "protocol"], "UDP"]]},
            ["[CG759]: Service default/orders lacks port 80/TCP"],
        ),
        ({"remove": "Service/orders"}, ["[CG759]: Service default/orders, by which orders is called, is not there"]),
        (
            {"of": "Deployment/orders", "replace": [[[*CONTAINER, "hostPort"], 8443]]},
            ["[CG753]: Deployment default/orders is open to the outside (hostPort 8443)"],
        ),
        (
            {"remove": "ServiceAccount/orders"},
            ["[CG759]: Deployment default/orders runs as account orders, which is not there"],
        ),
    ],
)
def test_what_leads_to_pods_is_as_the_registry_says(change: dict[str, Any], words: list[str]) -> None:
    found = report(changed(BASE, [change]), CASES / "registry.yaml")
    for each in words:
        assert each in found
