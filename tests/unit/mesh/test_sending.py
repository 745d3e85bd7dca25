"""explain of manifests alone: what the caller's own side does with a call."""

from __future__ import annotations

import pytest

from chartgen.mesh.answers import Scene, answers
from chartgen.mesh.asking import Asking
from chartgen.mesh.parties import Strangers
from tests.unit.mesh.test_traffic import istio
from tests.unit.mesh.worlds import world

PODS = """apiVersion: v1
kind: Pod
metadata: {{name: {0}, namespace: shop, labels: {{app: {0}, {1}}}}}
spec: {{serviceAccountName: {0}, containers: [{{name: c, ports: [{{containerPort: 8080}}]}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: {0}, namespace: shop}}
spec: {{selector: {{app: {0}}}, ports: [{{name: http, port: 80, targetPort: 8080}}]}}
"""
STRICT = """apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: STRICT}}
"""
ALLOWED, REFUSED, UNKNOWN = "allowed", "refused", "unknown"


@pytest.mark.parametrize(
    ("labels", "kind", "spec", "verdict"),
    [
        ("x: y", "", "", ALLOWED),
        ("sidecar.istio.io/inject: 'false'", "", "", REFUSED),
        ("x: y", "DestinationRule", "host: b, trafficPolicy: {tls: {mode: DISABLE}}", REFUSED),
        ("x: y", "DestinationRule", "host: '*.local', trafficPolicy: {tls: {mode: DISABLE}}", REFUSED),
        ("x: y", "DestinationRule", "host: b, trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}", ALLOWED),
        ("x: y", "DestinationRule", "host: b, trafficPolicy: {tls: {mode: SIMPLE}}", UNKNOWN),
        (
            "x: y",
            "Sidecar",
            "egress: [{hosts: [istio-system/*]}], outboundTrafficPolicy: {mode: REGISTRY_ONLY}",
            REFUSED,
        ),
        ("x: y", "Sidecar", "egress: [{hosts: [istio-system/*]}], outboundTrafficPolicy: {mode: ALLOW_ANY}", UNKNOWN),
        ("x: y", "Sidecar", "egress: [{hosts: [./*]}], outboundTrafficPolicy: {mode: REGISTRY_ONLY}", ALLOWED),
        ("x: y", "VirtualService", "hosts: [b], http: [{route: [{destination: {host: b}}]}]", ALLOWED),
        ("x: y", "VirtualService", "hosts: [b], http: [{route: [{destination: {host: a}}]}]", REFUSED),
        ("x: y", "VirtualService", "hosts: [b], http: [{directResponse: {status: 503}}]", UNKNOWN),
        (
            "x: y",
            "VirtualService",
            "hosts: [b], http: [{match: [{uri: {prefix: /only}}], route: [{destination: {host: b}}]}]",
            REFUSED,
        ),
        (
            "x: y",
            "VirtualService",
            "hosts: [b], http: [{match: [{headers: {x: {exact: y}}}], route: [{destination: {host: b}}]}]",
            UNKNOWN,
        ),
        (
            "x: y",
            "VirtualService",
            "hosts: [b], gateways: [d], http: [{route: [{destination: {host: a}}]}]",
            ALLOWED,
        ),
    ],
)
def test_a_call(labels: str, kind: str, spec: str, verdict: str) -> None:
    more = [istio(kind, spec)] if kind else []
    here = world(PODS.format("a", labels), PODS.format("b", "x: y"), STRICT, *more)
    cast = Strangers(world=here)
    asking = Asking(caller="a", callee="b")
    [found] = answers(Scene(world=here), asking, cast.party("a", "b"), cast.target("b"))
    assert str(found.decision.verdict) == verdict
