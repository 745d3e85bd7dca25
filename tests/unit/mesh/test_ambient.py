"""Ambient: ztunnel sees who and which port, a waypoint reads requests."""

from __future__ import annotations

import pytest

from chartgen.mesh.decide import decide
from chartgen.mesh.model import Call, Caller, Dataplane, Decision, Layer, Request, Verdict
from chartgen.mesh.waypoints import deployed
from chartgen.mesh.world import World
from tests.unit.mesh.worlds import DENY_ALL, PLAINTEXT, STRICT, TOKENS, caller, policy, token, world

WAYPOINT = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: way, namespace: shop, labels: {istio.io/waypoint-for: service}}
spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: door, namespace: shop}
spec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP}]}
---
apiVersion: v1
kind: Service
metadata: {name: guarded, namespace: shop, labels: {istio.io/use-waypoint: way}}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}, {name: tcp, port: 90, targetPort: 5000}]}
"""


def at_waypoint(rules: str, action: str = "ALLOW", target: str = "kind: Service, group: '', name: guarded") -> str:
    return f"""
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: l7-{action.lower()}, namespace: shop}}
spec:
  targetRefs: [{{{target}}}]
  action: {action}
  rules: {rules}
"""


def ambient(*texts: str) -> World:
    return world(WAYPOINT, *texts, dataplane=Dataplane.AMBIENT)


def ask(
    here: World, who: Caller | None = None, service: str = "", port: int = 8080, tcp: bool = False, **more
) -> Decision:
    web = here.workload("shop", "web")
    assert web is not None
    request = None if tcp else Request(**more)
    called = here.service("shop", service) if service else None
    return decide(here, Call(caller=who or caller(), callee=web, port=port, request=request, service=called))


class TestZtunnel:
    @pytest.mark.parametrize(
        ("rules", "expected"),
        [
            ("[{}]", True),
            (
                "[{from: [{source: {principals: ['*/ns/shop/sa/front']}}], to: [{operation: {ports: ['8080']}}]}]",
                True,
            ),
            ("[{from: [{source: {serviceAccounts: [front]}}]}]", True),
            ("[{from: [{source: {namespaces: ['s*p']}}]}]", False),
            ("[{to: [{operation: {ports: ['80']}}]}]", False),
            ("[{to: [{operation: {ports: ['8080'], methods: [GET]}}]}]", False),
            ("[{to: [{operation: {paths: [/]}}, {operation: {ports: ['8080']}}]}]", False),
            ("[{from: [{source: {requestPrincipals: ['*']}}]}]", False),
            ("[{from: [{source: {remoteIpBlocks: [0.0.0.0/0]}}]}]", False),
            ("[{when: [{key: source.serviceAccount, values: [shop/front]}]}]", False),
            ("[{when: [{key: source.namespace, values: [shop]}]}]", True),
            ("[{when: [{key: 'request.headers[a]', notValues: [b]}]}]", False),
            ("[{from: [{source: {trustDomains: [nobody], namespaces: [shop]}}]}]", True),
            ("[{from: [{source: {trustDomains: [cluster.local]}}]}]", False),
        ],
    )
    def test_allow(self, rules: str, expected: bool) -> None:
        assert ask(ambient(policy(rules))).allowed is expected

    @pytest.mark.parametrize(
        ("rules", "expected"),
        [
            ("[{to: [{operation: {methods: [POST]}}]}]", True),
            ("[{to: [{operation: {ports: ['8080'], methods: [POST]}}]}]", False),
            ("[{from: [{source: {principals: ['*']}}], to: [{operation: {paths: [/x]}}]}]", True),
            ("[{when: [{key: 'request.headers[a]', values: [b]}]}]", True),
            ("[{from: [{source: {principals: ['*']}}]}]", False),
        ],
    )
    def test_a_deny_of_which_nothing_is_left_is_a_hole(self, rules: str, expected: bool) -> None:
        assert ask(ambient(policy(rules, "DENY"))).allowed is expected

    def test_plaintext(self) -> None:
        assert ask(ambient(), PLAINTEXT).allowed
        assert not ask(ambient(STRICT), PLAINTEXT).allowed

    @pytest.mark.parametrize(
        ("ports", "expected"), [("8080: DISABLE", False), ("8080: DISABLE, 5000: PERMISSIVE", True)]
    )
    def test_a_port_that_is_switched_off_alone_is_passed_over(self, ports: str, expected: bool) -> None:
        modes = ", ".join(
            f"{port}: {{mode: {mode}}}" for port, mode in (each.split(": ") for each in ports.split(", "))
        )
        own = STRICT.replace("name: default", "name: own").replace(
            "{mtls: {mode: STRICT}}", f"{{selector: {{matchLabels: {{app: web}}}}, portLevelMtls: {{{modes}}}}}"
        )
        assert ask(ambient(STRICT, own), PLAINTEXT).allowed is expected

    def test_principals_are_taken_as_they_are_written(self) -> None:
        rules = policy("[{from: [{source: {principals: [cluster.local/ns/shop/sa/front]}}]}]")
        here = world(WAYPOINT, rules, dataplane=Dataplane.AMBIENT, trust_domain="corp")
        assert not ask(here).allowed

    def test_policies_on_targets_and_custom_are_not_its(self) -> None:
        here = ambient(at_waypoint("[]"), policy("[{}]", "CUSTOM", extra="provider: {name: opa}"))
        assert ask(here).allowed


def test_labels_of_infrastructure_stand_on_the_pods_in_place_of_the_objects() -> None:
    labelled = WAYPOINT.replace("name: door, namespace: shop", "name: door, namespace: shop, labels: {app: web}")
    given = labelled.replace(
        "gatewayClassName: istio,", "gatewayClassName: istio, infrastructure: {labels: {tier: edge}},"
    )
    for text, expected in ((labelled, {"app": "web"}), (given, {"tier": "edge"})):
        door = world(text).gateway("shop", "door")
        assert door
        labels = deployed(door).labels
        assert {key: value for key, value in labels.items() if key in ("app", "tier")} == expected


class TestWaypoint:
    ONLY_IT = policy("[{from: [{source: {serviceAccounts: [shop/way]}}]}]")

    def test_it_reads_requests_and_sees_the_services_port(self) -> None:
        rules = (
            "[{from: [{source: {serviceAccounts: [shop/front]}}], to: [{operation: {ports: ['80'], methods: [GET]}}]}]"
        )
        here = ambient(self.ONLY_IT, at_waypoint(rules))
        assert ask(here, service="guarded").allowed
        assert not ask(here, service="guarded", method="POST").allowed
        assert not ask(here, caller("other"), service="guarded").allowed

    def test_it_takes_no_certificate_of_another_trust_domain(self) -> None:
        here = ambient(self.ONLY_IT, at_waypoint("[{}]"))
        assert ask(here, caller(domain="foreign"), service="guarded").at(Layer.MTLS) is Verdict.REFUSED
        assert ask(here, caller(domain="foreign")).at(Layer.MTLS) is Verdict.REFUSED

    def test_going_past_it_meets_the_pod_s_own_policy(self) -> None:
        here = ambient(self.ONLY_IT, at_waypoint("[{}]"))
        assert ask(here, service="guarded").allowed
        assert not ask(here).allowed
        assert not ask(here, service="web").allowed
        assert not ask(here, PLAINTEXT, service="guarded").allowed

    def test_doors_go_past_it_unless_the_service_says_otherwise(self) -> None:
        here = ambient(self.ONLY_IT, at_waypoint("[{}]"))
        door = caller("door-istio")
        assert not ask(here, door, service="guarded").allowed
        asked = WAYPOINT.replace(
            "istio.io/use-waypoint: way", "istio.io/use-waypoint: way, istio.io/ingress-use-waypoint: 'true'"
        )
        here = world(asked, self.ONLY_IT, at_waypoint("[{}]"), dataplane=Dataplane.AMBIENT)
        assert ask(here, door, service="guarded").allowed

    def test_a_policy_without_a_target_is_not_its(self) -> None:
        assert ask(ambient(DENY_ALL, self.ONLY_IT), service="guarded").allowed

    def test_policies_on_the_gateway(self) -> None:
        target = "kind: Gateway, group: gateway.networking.k8s.io, name: way"
        assert not ask(ambient(at_waypoint("[]", target=target)), service="guarded").allowed

    def test_tokens(self) -> None:
        tokens = TOKENS.replace("spec:", "spec:\n  targetRefs: [{kind: Service, group: '', name: guarded}]")
        here = ambient(tokens, at_waypoint("[{from: [{source: {requestPrincipals: ['*']}}]}]"))
        assert ask(here, service="guarded", token=token()).allowed
        assert not ask(here, service="guarded").allowed
        assert ask(here, service="guarded", token=token(iss="x")).at(Layer.JWT) is Verdict.REFUSED

    def test_bytes(self) -> None:
        here = ambient(at_waypoint("[{to: [{operation: {ports: ['90']}}]}]"))
        assert ask(here, service="guarded", port=5000, tcp=True).allowed
        here = ambient(at_waypoint("[{to: [{operation: {methods: [GET]}}]}]"))
        assert not ask(here, service="guarded", port=5000, tcp=True).allowed

    def test_one_that_is_not_there(self) -> None:
        here = world(WAYPOINT.replace("name: way,", "name: other,"), dataplane=Dataplane.AMBIENT)
        assert ask(here, service="guarded").verdict is Verdict.UNKNOWN

    def test_the_tunnels_port_is_what_networks_see(self) -> None:
        closed = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}, ingress: [{ports: [{port: 8080}]}]}
"""
        assert ask(ambient(closed)).at(Layer.NETWORK) is Verdict.REFUSED
        assert ask(ambient(closed), PLAINTEXT).at(Layer.NETWORK) is Verdict.ALLOWED
        assert ask(ambient(closed.replace("8080", "15008"))).at(Layer.NETWORK) is Verdict.ALLOWED


class TestPodsOwnWaypoint:
    """Calls to a pod's address pass the waypoint that its labels name, or its namespace's, if that stands for pods."""

    ONLY_IT = policy("[{from: [{source: {serviceAccounts: [shop/way]}}]}]")
    NAMED = "\nmetadata: {name: shop, labels: {istio.io/dataplane-mode: ambient, istio.io/use-waypoint: way}}"
    NAMESPACE = f"\napiVersion: v1\nkind: Namespace{NAMED}\n"
    ANYONE = at_waypoint("[{}]", target="kind: Gateway, group: gateway.networking.k8s.io, name: way")
    GET = at_waypoint(
        "[{to: [{operation: {ports: ['8080'], methods: [GET]}}]}]",
        target="kind: Gateway, group: gateway.networking.k8s.io, name: way",
    )

    @staticmethod
    def serving(what: str, *texts: str) -> World:
        return world(WAYPOINT.replace("waypoint-for: service", f"waypoint-for: {what}"), *texts)

    @pytest.mark.parametrize(("what", "passes"), [("all", True), ("workload", True), ("service", False)])
    def test_it_calls_in_the_callers_place(self, what: str, passes: bool) -> None:
        here = self.serving(what, self.NAMESPACE, self.ONLY_IT)
        assert ask(here).allowed is passes
        assert not ask(here, PLAINTEXT).allowed

    def test_it_has_the_policies_that_name_it_and_those_of_no_service(self) -> None:
        here = self.serving("all", self.NAMESPACE, self.ONLY_IT, self.GET, at_waypoint("[]", "DENY"))
        assert ask(here).allowed
        assert not ask(here, method="POST").allowed

    def test_a_service_that_names_another_way_is_not_led_there(self) -> None:
        here = self.serving("workload", self.NAMESPACE, self.ONLY_IT, self.ANYONE)
        assert not ask(here, service="web").allowed

    def test_one_that_is_not_there_leaves_it_open(self) -> None:
        here = world(self.NAMESPACE, self.ONLY_IT)
        assert ask(here).verdict is not Verdict.ALLOWED
        assert "not among the manifests" in ask(here).steps[-1].words
