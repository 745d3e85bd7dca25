"""Ways past a pod's proxy are told."""

from __future__ import annotations

import pytest

from chartgen.mesh.decide import doubted
from chartgen.mesh.manifests import read_text
from chartgen.mesh.model import Dataplane, Verdict
from chartgen.mesh.reading import read
from chartgen.mesh.world import Assumptions
from tests.unit.mesh.test_unread import added
from tests.unit.mesh.test_verify_cases import BASE, CASES, report
from tests.unit.mesh.worlds import DENY_ALL, PLAINTEXT, PODS, STRICT, ask, caller, verdict

POD = (
    "apiVersion: v1\nkind: Pod\nmetadata: {{name: odd, annotations: {{{notes}}}}}\n"
    "spec: {{containers: [{{name: a{rest}}}]}}\n"
)


@pytest.mark.parametrize(
    ("notes", "rest", "words"),
    [
        ("sidecar.istio.io/interceptionMode: NONE", "", "interceptionMode NONE"),
        ("inject.istio.io/templates: grpc-agent", "", "the template grpc-agent is not Istio's sidecar"),
        ('inject.istio.io/templates: "sidecar, mine"', "", "the template mine is not Istio's sidecar"),
        ("inject.istio.io/templates: gateway", "", "the template gateway is not Istio's sidecar"),
        ("traffic.sidecar.istio.io/excludeInterfaces: eth0", "", "calls by way of eth0 pass the proxy by"),
        ('traffic.sidecar.istio.io/excludeOutboundPorts: "1, 2"', "", "calls to 1, 2 leave past the proxy"),
        ('traffic.sidecar.istio.io/includeOutboundIPRanges: ""', "", "none of its calls passes the proxy"),
        ("traffic.sidecar.istio.io/includeOutboundIPRanges: 10.0.0.0/8", "", "only calls to 10.0.0.0/8 pass the proxy"),
        ("istio.io/reroute-virtual-interfaces: eth0", "", "what comes from the interface eth0 passes for calls of its"),
        ("traffic.sidecar.istio.io/kubevirtInterfaces: eth0", "", "what comes from the interface eth0 passes for"),
        ("sidecar.istio.io/bootstrapOverride: mine", "", "its proxy starts as ConfigMap mine says"),
        ("sidecar.istio.io/discoveryAddress: a:15012", "", "its proxy asks a:15012 for policies"),
        ("sidecar.istio.io/proxyImage: mine", "", "its proxy is mine, which nobody knows"),
        ("""proxy.istio.io/config: '{"interceptionMode":"NONE"}'""", "", "interceptionMode NONE"),
        ('proxy.istio.io/config: "{binaryPath: /bin/true}"', "", "its proxy has binaryPath of its own"),
        ('proxy.istio.io/config: "proxyMetadata: {A: b}"', "", "its proxy has A of its own"),
        ("traffic.sidecar.istio.io/excludeOutboundIPRanges: 0.0.0.0/0", "", "calls to 0.0.0.0/0 leave past the proxy"),
        ("", ", securityContext: {runAsUser: 1337}", "container a runs as the proxy (runAsUser 1337)"),
        ("", ", securityContext: {runAsGroup: 1337}", "container a runs as the proxy (runAsGroup 1337)"),
    ],
)
def test_a_way_past_the_proxy_is_told(notes: str, rest: str, words: str) -> None:
    found = added(POD.format(notes=notes, rest=rest))
    assert f"error[CG754]: Pod default/odd: {words}" in found


@pytest.mark.parametrize(
    "notes",
    [
        "inject.istio.io/templates: sidecar",
        'traffic.sidecar.istio.io/includeOutboundPorts: "1"',
        'traffic.sidecar.istio.io/includeOutboundIPRanges: "*"',
        'traffic.sidecar.istio.io/excludeOutboundPorts: ""',
        'proxy.istio.io/config: "{concurrency: 2, interceptionMode: TPROXY}"',
        'proxy.istio.io/config: "proxyMetadata: {MINIMUM_DRAIN_DURATION: 5s}"',
        'proxy.istio.io/config: "{"',
        "sidecar.istio.io/status: of a pod that lives",
    ],
)
def test_what_leads_nothing_past_the_proxy_is_none(notes: str) -> None:
    assert "CG754" not in added(POD.format(notes=notes, rest=""))


@pytest.mark.parametrize(
    ("notes", "mode", "reached"),
    [
        ("{sidecar.istio.io/interceptionMode: NONE}", "sidecar", {8080, 5000}),
        ("{proxy.istio.io/config: 'interceptionMode: NONE'}", "sidecar", {8080, 5000}),
        ("{status.sidecar.istio.io/port: '8080'}", "sidecar", {8080}),
        ("{traffic.sidecar.istio.io/excludeInboundPorts: '5000'}", "sidecar", {5000}),
        ("{traffic.sidecar.istio.io/includeInboundPorts: '5000'}", "sidecar", {8080}),
        ("{ambient.istio.io/bypass-inbound-capture: 'TRUE'}", "ambient", {8080, 5000}),
        ("{ambient.istio.io/redirection: disabled}", "ambient", {8080, 5000}),
        ("{sidecar.istio.io/status: any}", "ambient", {8080, 5000}),
        ("{ambient.istio.io/redirection: enabled}", "ambient", set()),
    ],
)
def test_what_is_not_captured_is_open(notes: str, mode: str, reached: set[int]) -> None:
    pods = PODS.replace("labels: {app: web}", f"labels: {{app: web}}, annotations: {notes}")
    here = read(read_text(f"{pods}---{STRICT}---{DENY_ALL}").objects, Assumptions(dataplane=Dataplane(mode)))
    assert {port for port in (8080, 5000) if verdict(here, PLAINTEXT, port) is Verdict.ALLOWED} == reached


@pytest.mark.parametrize(
    ("notes", "mode", "expected"),
    [
        ("{inject.istio.io/templates: gateway}", "sidecar", "unknown"),
        ("{sidecar.istio.io/bootstrapOverride: mine}", "sidecar", "unknown"),
        ("{traffic.sidecar.istio.io/excludeInterfaces: eth0}", "sidecar", "unknown"),
        ("{istio.io/reroute-virtual-interfaces: eth0}", "ambient", "unknown"),
        ("{traffic.sidecar.istio.io/excludeOutboundPorts: '5000'}", "sidecar", "refused"),
        ("{sidecar.istio.io/bootstrapOverride: mine}", "ambient", "refused"),
    ],
)
def test_what_a_proxy_of_another_sort_refuses_is_not_known(notes: str, mode: str, expected: str) -> None:
    pods = PODS.replace("labels: {app: web}", f"labels: {{app: web}}, annotations: {notes}")
    here = read(read_text(f"{pods}---{STRICT}---{DENY_ALL}").objects, Assumptions(dataplane=Dataplane(mode)))
    callee = here.workload("shop", "web")
    assert callee
    assert {doubted(ask(here, who), callee).verdict for who in (PLAINTEXT, caller())} == {Verdict(expected)}


@pytest.mark.parametrize(("labels", "count"), [("istio-injection: enabled", 0), ("team: shop", 1)])
def test_a_namespace_without_the_mesh_is_told(labels: str, count: int) -> None:
    namespace = f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: default, labels: {{{labels}}}}}\n"
    found = report(f"{BASE}---\n{namespace}", CASES / "registry.yaml")
    assert found.count("error[CG760]: namespace default has no label that brings the mesh (sidecar)") == count


@pytest.mark.parametrize(
    ("labels", "pod", "told"),
    [
        ("istio-injection: enabled", "", False),
        ("istio.io/dataplane-mode: ambient", "", False),
        ("team: shop", "", True),
        ("team: shop", "sidecar.istio.io/inject: 'true'", False),
        ("team: shop", "istio.io/rev: stable", False),
    ],
)
def test_without_a_registry_too(labels: str, pod: str, told: bool) -> None:
    namespace = f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: shop, labels: {{{labels}}}}}\n"
    pods = PODS.replace("labels: {app: web}", f"labels: {{app: web, {pod}}}")
    found = report(f"{namespace}---\n{pods}---\n{STRICT}---\n{DENY_ALL}", None)
    words = "namespace shop has no label that brings a mesh, nor have pods in it: Deployment shop/web"
    assert (words in found) is told
