"""Kubernetes' network policies, fact by fact."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chartgen.mesh.decide import decide
from chartgen.mesh.model import Call, Caller, Layer, Verdict
from chartgen.mesh.world import World
from tests.unit.mesh.worlds import PLAINTEXT, ask, caller, step, world

OUTSIDE = Caller(identity=None, address="203.0.113.7")


def network(spec: str, name: str = "web", namespace: str = "shop") -> str:
    return f"""
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: {name}, namespace: {namespace}}}
spec: {{podSelector: {{matchLabels: {{app: web}}}}, {spec}}}
"""


def verdict(here: World, who: Caller | None = None, port: int = 8080) -> Verdict:
    return ask(here, who, port).at(Layer.NETWORK)


def space(name: str, labels: str = "") -> str:
    return f"""
apiVersion: v1
kind: Namespace
metadata: {{name: {name}, labels: {{{labels}}}}}
"""


def test_without_a_policy_all_passes() -> None:
    assert verdict(world()) is Verdict.ALLOWED


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("policyTypes: [Ingress]", False),
        ("policyTypes: [Egress]", True),
        ("policyTypes: [Ingress], ingress: []", False),
        ("ingress: []", False),
        ("ingress: [{}]", True),
        ("egress: []", False),
        ("ingress: [{from: []}]", True),
        ("ingress: [{from: [{podSelector: {}}]}]", True),
        ("ingress: [{from: [{podSelector: {matchLabels: {app: front}}}]}]", True),
        ("ingress: [{from: [{podSelector: {matchLabels: {app: other}}}]}]", False),
        ("ingress: [{from: [{namespaceSelector: {}}]}]", True),
        ("ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}]}]", True),
        ("ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ops}}}]}]", False),
        ("ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: other}}}]}]", False),
        ("ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: In, values: [front]}]}}]}]", True),
        (
            "ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [front]}]}}]}]",
            False,
        ),
        ("ingress: [{from: [{podSelector: {matchExpressions: [{key: x, operator: NotIn, values: [z]}]}}]}]", True),
        ("ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: Exists}]}}]}]", True),
        ("ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: DoesNotExist}]}}]}]", False),
        ("ingress: [{ports: [{port: 8080}]}]", True),
        ("ingress: [{ports: [{port: 8080, protocol: UDP}]}]", False),
        ("ingress: [{ports: [{port: 80}]}]", False),
        ("ingress: [{ports: [{port: http}]}]", True),
        ("ingress: [{ports: [{port: tcp}]}]", False),
        ("ingress: [{ports: [{port: 8000, endPort: 8100}]}]", True),
        ("ingress: [{ports: [{port: 8000, endPort: 8079}]}]", False),
        ("ingress: [{ports: [{protocol: TCP}]}]", True),
    ],
)
def test_who_comes_in(spec: str, expected: bool) -> None:
    assert (verdict(world(network(spec))) is Verdict.ALLOWED) is expected


def test_policies_are_a_union() -> None:
    here = world(network("ingress: []"), network("ingress: [{ports: [{port: 8080}]}]", "more"))
    found = ask(here)
    assert found.at(Layer.NETWORK) is Verdict.ALLOWED
    assert (step(found, Layer.NETWORK).by, step(found, Layer.NETWORK).where) == (
        here.found.networks[1].ref,
        "spec.ingress[0]",
    )


def test_a_policy_of_another_namespace_says_nothing() -> None:
    assert verdict(world(network("ingress: []", namespace="ops"))) is Verdict.ALLOWED


def test_the_callers_policies_count_where_it_is_a_pod() -> None:
    out = network(
        "policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5000}]}]"
    )
    here = world(
        out.replace(
            "podSelector: {matchLabels: {app: web}}, policy", "podSelector: {matchLabels: {app: front}}, policy"
        )
    )
    assert verdict(here) is Verdict.REFUSED
    assert verdict(here, port=5000) is Verdict.ALLOWED
    assert verdict(here, caller("other")) is Verdict.ALLOWED
    assert verdict(here, PLAINTEXT) is Verdict.ALLOWED


def test_labels_of_a_namespace() -> None:
    rule = network("ingress: [{from: [{namespaceSelector: {matchLabels: {team: a}}}]}]")
    assert verdict(world(rule)) is Verdict.UNKNOWN
    assert verdict(world(rule, space("shop", "team: a"))) is Verdict.ALLOWED
    assert verdict(world(rule, space("shop"))) is Verdict.REFUSED
    assert verdict(world(rule), OUTSIDE) is Verdict.REFUSED


class TestAddresses:
    def test_of_what_is_no_pod(self) -> None:
        here = world(network("ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24, except: [203.0.113.8/32]}}]}]"))
        assert verdict(here, OUTSIDE) is Verdict.ALLOWED
        assert verdict(here, replace(OUTSIDE, address="203.0.113.8")) is Verdict.REFUSED
        assert verdict(here, replace(OUTSIDE, address="2001:db8::1")) is Verdict.REFUSED
        assert verdict(here, PLAINTEXT) is Verdict.UNKNOWN

    @pytest.mark.parametrize("who", [None, PLAINTEXT])
    @pytest.mark.parametrize("block", ["169.254.7.127/32", "'fd16:9254:7127:1337:ffff:ffff:ffff:ffff/128'"])
    def test_nobody_is_the_nodes_agent(self, who: Caller | None, block: str) -> None:
        assert verdict(world(network(f"ingress: [{{from: [{{ipBlock: {{cidr: {block}}}}}]}}]")), who) is Verdict.REFUSED

    def test_of_pods_which_manifests_do_not_have(self) -> None:
        assert verdict(world(network("ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]"))) is Verdict.UNKNOWN
        assert verdict(world(network("ingress: [{from: [{ipBlock: {cidr: 169.254.7.127/32}}]}]"))) is Verdict.REFUSED
        assert verdict(world(network("ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24}}]}]"))) is Verdict.REFUSED
        assert verdict(world(network("ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]"))) is Verdict.ALLOWED
        private = "[10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10]"
        without = network(f"ingress: [{{from: [{{ipBlock: {{cidr: 0.0.0.0/0, except: {private}}}}}]}}]")
        assert verdict(world(without)) is Verdict.REFUSED


@pytest.mark.parametrize(
    "spec",
    [
        "ingress: [{from: [{}]}]",
        "ingress: [{from: [{ipBlock: {cidr: nonsense}}]}]",
        "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}, podSelector: {}}]}]",
        "ingress: [{ports: [{port: http, endPort: 90}]}]",
        "ingress: [{ports: [{port: 80, protocol: QUIC}]}]",
        "ingress: [{form: []}]",
        "ingress: {}",
        "ingress: [8080]",
        "policyTypes: [ingress]",
        "ingress: [{from: [{podSelector: {matchExpressions: [{key: a, operator: Has}]}}]}]",
        "ingress: [{from: [{podSelector: {matchExpressions: [{key: a, operator: In}]}}]}]",
    ],
)
def test_what_kubernetes_refuses_is_not_judged(spec: str) -> None:
    here = world(network(spec))
    assert here.problems
    assert verdict(here) is Verdict.UNKNOWN


def test_a_cnis_own_policies_are_not_judged() -> None:
    cilium = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: x, namespace: shop}\nspec: {}"
    here = world(cilium)
    assert verdict(here) is Verdict.UNKNOWN
    assert here.problems


def test_pods_on_their_nodes_network() -> None:
    here = world(network("ingress: []"))
    web = replace(here.workloads[0], host_network=True)
    assert decide(here, Call(caller=caller(), callee=web, port=8080)).at(Layer.NETWORK) is Verdict.ALLOWED
