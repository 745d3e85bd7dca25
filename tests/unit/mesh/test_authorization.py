"""Istio's authorization, fact by fact; most of them were seen in a real Envoy."""

from __future__ import annotations

from typing import Any

import pytest

from chartgen.mesh.decide import decide
from chartgen.mesh.model import Call, Caller, Layer, Request, Verdict
from chartgen.mesh.paths import Normalization
from tests.unit.mesh.worlds import DENY_ALL, PLAINTEXT, TOKENS, allows, ask, caller, policy, step, token, verdict, world

FRONT = "{from: [{source: {principals: [cluster.local/ns/shop/sa/front]}}]"


def test_without_a_policy_everyone_comes_in() -> None:
    assert verdict(world()) is Verdict.ALLOWED


def test_the_deny_all_lets_nobody_in() -> None:
    found = ask(world(DENY_ALL))
    assert found.verdict is Verdict.REFUSED
    assert str(step(found, Layer.AUTHORIZATION).by) == "AuthorizationPolicy shop/deny-all"


def test_an_empty_rule_lets_everyone_in_and_no_rule_nobody() -> None:
    assert allows("[{}]", PLAINTEXT)
    assert not allows("[]")


def test_allow_policies_are_a_union() -> None:
    assert verdict(world(DENY_ALL, policy(f"[{FRONT}}}]"))) is Verdict.ALLOWED


def test_deny_goes_before_allow() -> None:
    here = world(policy("[{}]"), policy("[{to: [{operation: {methods: [POST]}}]}]", "DENY", "not-post"))
    assert verdict(here) is Verdict.ALLOWED
    found = ask(here, method="POST")
    assert found.verdict is Verdict.REFUSED
    assert step(found, Layer.AUTHORIZATION).where == "spec.rules[0]"


@pytest.mark.parametrize(
    ("source", "who", "expected"),
    [
        ("principals: [cluster.local/ns/shop/sa/front]", caller(), True),
        ("principals: [cluster.local/ns/shop/sa/front]", caller("other"), False),
        ("principals: ['*']", caller(), True),
        ("principals: ['*']", PLAINTEXT, False),
        ("principals: ['*/sa/front']", caller(namespace="elsewhere"), True),
        ("principals: ['cluster.local/ns/shop/*']", caller("any"), True),
        ("notPrincipals: [cluster.local/ns/shop/sa/front]", caller("other"), True),
        ("notPrincipals: [cluster.local/ns/shop/sa/front]", PLAINTEXT, True),
        ("notPrincipals: ['*']", caller(), False),
        ("namespaces: [shop]", caller(), True),
        ("namespaces: ['sh*']", caller(), True),
        ("namespaces: ['*op']", caller(), True),
        ("namespaces: ['s*p']", caller(), True),
        ("namespaces: [sho]", caller(), False),
        ("namespaces: ['*']", PLAINTEXT, False),
        ("notNamespaces: [shop]", PLAINTEXT, True),
        ("serviceAccounts: [shop/front]", caller(), True),
        ("serviceAccounts: [front]", caller(), True),
        ("serviceAccounts: [front]", caller(namespace="elsewhere"), False),
        ("serviceAccounts: [shop/front]", PLAINTEXT, False),
        ("notServiceAccounts: [shop/front]", caller(), False),
        ("trustDomains: [cluster.local]", caller(), True),
        ("trustDomains: ['*.local']", caller(), True),
        ("trustDomains: [other]", caller(), False),
        ("ipBlocks: [10.0.0.0/8]", caller(address="10.1.2.3"), True),
        ("ipBlocks: [10.1.2.3]", caller(address="10.1.2.4"), False),
        ("notIpBlocks: [10.0.0.0/8]", caller(address="10.1.2.3"), False),
    ],
)
def test_sources(source: str, who: Caller, expected: bool) -> None:
    assert allows(f"[{{from: [{{source: {{{source}}}}}]}}]", who) is expected


def test_fields_of_a_source_hold_together_and_sources_are_a_choice() -> None:
    both = "[{from: [{source: {namespaces: [shop], notPrincipals: ['*/sa/front']}}, {source: {namespaces: [ops]}}]}]"
    assert not allows(both)
    assert allows(both, caller("other"))
    assert allows(both, caller(namespace="ops"))


@pytest.mark.parametrize(
    ("operation", "sent", "expected"),
    [
        ("methods: [GET]", {}, True),
        ("methods: [GET]", {"method": "HEAD"}, False),
        ("methods: [GET]", {"method": "get"}, False),
        ("methods: ['*']", {"method": "BREW"}, True),
        ("methods: ['P*']", {"method": "PUT"}, True),
        ("notMethods: [GET]", {}, False),
        ("paths: [/a]", {"path": "/a"}, True),
        ("paths: [/a]", {"path": "/a?x=1#y"}, True),
        ("paths: [/a]", {"path": "/a;v=1"}, False),
        ("paths: [/a]", {"path": "/A"}, False),
        ("paths: [/a]", {"path": "/a/"}, False),
        ("paths: [/a/*]", {"path": "/a"}, False),
        ("paths: [/a/*]", {"path": "/a/"}, True),
        ("paths: ['*.png']", {"path": "/x/y.png"}, True),
        ("paths: [/x]", {"path": "/./x"}, True),
        ("paths: [/x]", {"path": "/y/../x"}, True),
        ("paths: [/x]", {"path": "/%78"}, True),
        ("paths: [/x]", {"path": "//x"}, False),
        ("paths: [/assets/*]", {"path": "/assets/..%2fadmin"}, True),
        ("paths: ['/assets/{*}']", {"path": "/assets/..%2fadmin"}, True),
        ("paths: [/assets/*]", {"path": "/assets/../admin"}, False),
        ("paths: ['/a/{*}/b']", {"path": "/a/x/b"}, True),
        ("paths: ['/a/{*}/b']", {"path": "/a/x/y/b"}, False),
        ("paths: ['/a/{*}/b']", {"path": "/a//b"}, False),
        ("paths: ['/a/{**}']", {"path": "/a/"}, True),
        ("paths: ['/a/{**}']", {"path": "/a/x/y"}, True),
        ("paths: ['/a/{**}']", {"path": "/a"}, False),
        ("notPaths: [/a]", {"path": "/b"}, True),
        ("hosts: [web.shop]", {"host": "WEB.shop"}, True),
        ("hosts: [web.shop]", {"host": "web.shop:80"}, False),
        ("hosts: ['web.shop:*']", {"host": "web.shop:80"}, True),
        ("hosts: ['*.example.com']", {"host": "a.EXAMPLE.com"}, True),
        ("notHosts: [web.shop]", {"host": "web.shop"}, False),
        ("ports: ['8080']", {}, True),
        ("ports: ['80']", {}, False),
        ("notPorts: ['80']", {}, True),
    ],
)
def test_operations(operation: str, sent: dict[str, Any], expected: bool) -> None:
    assert allows(f"[{{to: [{{operation: {{{operation}}}}}]}}]", **sent) is expected


@pytest.mark.parametrize(
    ("key", "values", "sent", "expected"),
    [
        ("request.headers[X-Kind]", "['*']", {"headers": {"x-kind": ""}}, True),
        ("request.headers[X-Kind]", "['*']", {}, False),
        ("request.headers[x-kind]", "[a]", {"headers": {"x-kind": "a"}}, True),
        ("request.headers[x-kind]", "[a]", {"headers": {"x-kind": "A"}}, False),
        ("request.headers[x-kind]", "[a*]", {"headers": {"x-kind": "ab"}}, True),
        ("request.headers[:method]", "[GET]", {}, True),
        ("request.headers[host]", "[web.shop]", {"host": "web.shop"}, True),
        ("request.headers[:path]", "['/pub*']", {"path": "/public?x=1"}, True),
        ("request.headers[:path]", "['/public?x=/../%61']", {"path": "/a/../public?x=/../%61#b"}, True),
        ("request.headers[:path]", "[/public]", {"path": "/public?x=1"}, False),
        ("request.headers[:scheme]", "['*']", {}, True),
        ("request.headers[X-Forwarded-Proto]", "['*']", {}, True),
        ("source.namespace", "[shop]", {}, True),
        ("source.principal", "['*/sa/front']", {}, True),
        ("source.serviceAccount", "[shop/front]", {}, True),
        ("destination.port", "['8080']", {}, True),
        ("request.auth.claims[roles]", "[admin]", {"token": token(roles=["user", "admin"])}, True),
        ("request.auth.claims[roles]", "[admin]", {"token": token(roles="admin")}, True),
        ("request.auth.claims[roles]", "[admin]", {"token": token(roles="user admin")}, False),
        ("request.auth.claims[roles]", "[adm*]", {"token": token(roles=["admin"])}, True),
        ("request.auth.claims[roles]", "['*']", {"token": token(roles=[])}, False),
        ("request.auth.claims[scope]", "[write]", {"token": token(scope="read write")}, True),
        ("request.auth.claims[permission]", "[write]", {"token": token(permission="read write")}, True),
        ("request.auth.claims[exp]", "['*']", {"token": token(exp=1893456000)}, False),
        ("request.auth.claims[ok]", "['true']", {"token": token(ok=True)}, False),
        ("request.auth.claims[realm][roles]", "[admin]", {"token": token(realm={"roles": ["admin"]})}, True),
        ("request.auth.claims[realm.roles]", "[admin]", {"token": token(realm={"roles": ["admin"]})}, False),
        ("request.auth.claims[https://x/r]", "[a]", {"token": token(**{"https://x/r": "a"})}, True),
        ("request.auth.audiences", "[shop]", {"token": token(aud=["shop", "other"])}, True),
        ("request.auth.presenter", "[app]", {"token": token(azp="app")}, True),
        ("request.auth.principal", "['https://id.example.com/*']", {"token": token()}, True),
        ("request.auth.principal", "['https://id.example.com/anna']", {"token": token(sub="bert")}, False),
        ("request.auth.principal", "['*']", {"token": token(sub=None)}, False),
        ("request.auth.principal", "['*']", {"token": token(sub="")}, False),
        ("request.auth.principal", "['*']", {}, False),
        ("request.auth.principal", "['*/anna']", {"token": token()}, True),
    ],
)
def test_conditions(key: str, values: str, sent: dict[str, Any], expected: bool) -> None:
    assert allows(f"[{{when: [{{key: '{key}', values: {values}}}]}}]", **sent) is expected


@pytest.mark.parametrize(
    ("header", "value"),
    [
        (":scheme", "http"),
        ("x-forwarded-proto", "https"),
        ("x-request-id", "*"),
        ("x-forwarded-client-cert", "*"),
        ("x-forwarded-for", "*"),
        ("x-envoy-attempt-count", "*"),
        ("traceparent", "*"),
    ],
)
@pytest.mark.parametrize("action", ["ALLOW", "DENY"])
def test_headers_of_proxies_are_not_known(action: str, header: str, value: str) -> None:
    rules = f"[{{when: [{{key: 'request.headers[{header}]', values: ['{value}']}}]}}]"
    assert verdict(world(policy(rules, action)), headers={header: "x"}) is Verdict.UNKNOWN
    assert verdict(world(policy(rules, action))) is Verdict.UNKNOWN


def test_the_path_is_not_known_where_a_token_may_be_taken_out_of_it() -> None:
    rules = "[{when: [{key: 'request.headers[:path]', values: [/a]}]}]"
    assert verdict(world(policy(rules), TOKENS), path="/a?access_token=b") is Verdict.UNKNOWN


def test_not_values_hold_where_nothing_is_there() -> None:
    rules = "[{when: [{key: 'request.auth.claims[roles]', notValues: [admin]}]}]"
    assert allows(rules)
    assert not allows(rules, token=token(roles=["admin"]))


class TestTcp:
    """A chain that sees bytes drops an ALLOW rule with HTTP fields whole, and widens a DENY."""

    @pytest.mark.parametrize(
        "http",
        [
            "to: [{operation: {methods: [GET]}}]",
            "to: [{operation: {ports: ['5000']}}, {operation: {paths: [/a]}}]",
            "from: [{source: {principals: ['*']}}, {source: {requestPrincipals: ['*']}}]",
            "when: [{key: 'request.headers[a]', values: [b]}]",
            "when: [{key: 'request.auth.claims[a]', notValues: [b]}]",
        ],
    )
    def test_allow(self, http: str) -> None:
        assert not allows(f"[{{{http}}}]", port=5000, tcp=True)

    def test_allow_without_http_stays(self) -> None:
        rules = "[{from: [{source: {principals: ['*/sa/front']}}], to: [{operation: {ports: ['5000']}}]}]"
        assert allows(rules, port=5000, tcp=True)

    def test_deny_without_ports_closes_them_all(self) -> None:
        here = world(policy("[{to: [{operation: {methods: [DELETE]}}]}]", "DENY"))
        assert verdict(here, port=5000, tcp=True) is Verdict.REFUSED
        assert verdict(here) is Verdict.ALLOWED

    def test_deny_with_ports_stays_on_them(self) -> None:
        here = world(policy("[{to: [{operation: {methods: [DELETE], ports: ['8080']}}]}]", "DENY"))
        assert verdict(here, port=5000, tcp=True) is Verdict.ALLOWED

    def test_remote_addresses_are_known_to_it(self) -> None:
        rules = "[{from: [{source: {remoteIpBlocks: [10.0.0.0/8]}}]}]"
        assert allows(rules, caller(address="10.0.0.1"), port=5000, tcp=True)

    def test_a_request_to_a_tcp_port_is_bytes(self) -> None:
        assert not allows("[{to: [{operation: {methods: [GET]}}]}]", port=5000)

    def test_bytes_to_an_http_port_are_answered_400(self) -> None:
        assert verdict(world(), tcp=True) is Verdict.REFUSED


def test_ports_of_no_service_are_judged_too() -> None:
    rules = "[{to: [{operation: {methods: [GET]}}]}]"
    assert allows(rules, port=9999)
    assert not allows(rules, port=9999, tcp=True)


def test_two_protocols_for_one_port_leave_it_open_which_chain_judges() -> None:
    second = """
apiVersion: v1
kind: Service
metadata: {name: again, namespace: shop}
spec: {selector: {app: web}, ports: [{name: tcp-web, port: 81, targetPort: 8080}]}
"""
    assert verdict(world(second, policy("[{to: [{operation: {methods: [GET]}}]}]"))) is Verdict.UNKNOWN
    assert verdict(world(second, policy("[{to: [{operation: {ports: ['8080']}}]}]"))) is Verdict.ALLOWED


def entry(port: str, labels: str = "{app: web}", namespace: str = "shop") -> str:
    return f"""
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: other, namespace: {namespace}}}
spec:
  hosts: [other.example.com]
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [{port}]
  workloadSelector: {{labels: {labels}}}
"""


@pytest.mark.parametrize(
    ("other", "get", "post"),
    [
        ("", Verdict.ALLOWED, Verdict.REFUSED),
        (entry("{number: 9090, name: a, protocol: TCP}"), Verdict.REFUSED, Verdict.REFUSED),
        (entry("{number: 1, name: a, protocol: TLS, targetPort: 9090}"), Verdict.REFUSED, Verdict.REFUSED),
        (entry("{number: 9090, name: tcp, protocol: http}"), Verdict.ALLOWED, Verdict.REFUSED),
        (entry("{number: 9090, name: a, protocol: UDP}"), Verdict.ALLOWED, Verdict.REFUSED),
        (entry("{number: 9090, name: a}"), Verdict.ALLOWED, Verdict.REFUSED),
        (entry("{number: 9090, name: a, protocol: TCP}", "{app: other}"), Verdict.ALLOWED, Verdict.REFUSED),
        (entry("{number: 9090, name: a, protocol: TCP}", namespace="b"), Verdict.ALLOWED, Verdict.REFUSED),
        (
            entry("{number: 9090, name: a, protocol: TCP}, {number: 8, name: b, protocol: HTTP, targetPort: 9090}"),
            Verdict.UNKNOWN,
            Verdict.REFUSED,
        ),
    ],
)
def test_what_a_service_entry_says_of_ports_of_pods_counts(other: str, get: Verdict, post: Verdict) -> None:
    here = world(policy("[{to: [{operation: {ports: ['9090'], methods: [GET]}}]}]"), other)
    assert (verdict(here, port=9090), verdict(here, port=9090, method="POST")) == (get, post)


def test_a_protocol_that_is_none_is_a_problem() -> None:
    here = world(entry("{number: 9090, name: a, protocol: Kafka}"))
    assert [each.where for each in here.problems] == ["spec.ports[0].protocol"]


def test_a_dry_run_is_not_enforced_but_can_be_asked_for() -> None:
    here = world(policy("[]", name="dry"))
    callee = here.workload("shop", "web")
    assert callee is not None
    call = Call(caller=caller(), callee=callee, port=8080, request=Request())
    assert decide(here, call).verdict is Verdict.ALLOWED
    assert decide(here, call, dry_run=True).verdict is Verdict.REFUSED


def test_the_root_namespace_speaks_for_all() -> None:
    here = world(policy("[{}]", "DENY", namespace="istio-system"))
    assert verdict(here) is Verdict.REFUSED
    assert verdict(world(policy("[{}]", "DENY", namespace="elsewhere"))) is Verdict.ALLOWED


def test_a_selector_must_be_a_subset_of_the_pods_labels() -> None:
    other = policy("[{}]", "DENY").replace("app: web", "app: web, tier: back")
    assert verdict(world(other)) is Verdict.ALLOWED


def test_cluster_local_stands_for_the_meshs_own_trust_domain_and_its_aliases() -> None:
    rules = "[{from: [{source: {principals: [cluster.local/ns/shop/sa/front]}}]}]"
    here = world(policy(rules), trust_domain="corp", aliases=("old",))
    assert verdict(here, caller(domain="corp")) is Verdict.ALLOWED
    assert verdict(here, caller(domain="old")) is Verdict.ALLOWED
    assert verdict(here, caller(domain="foreign")) is Verdict.REFUSED


def test_service_accounts_match_any_trust_domain_that_tls_lets_in() -> None:
    rules = "[{from: [{source: {serviceAccounts: [shop/front]}}]}]"
    here = world(policy(rules), aliases=("old",))
    assert verdict(here, caller(domain="old")) is Verdict.ALLOWED
    found = ask(here, caller(domain="foreign"))
    assert (found.at(Layer.MTLS), found.at(Layer.AUTHORIZATION)) == (Verdict.REFUSED, Verdict.REFUSED)


def test_decode_and_merge_slashes_closes_the_prefix() -> None:
    rules = policy("[{to: [{operation: {paths: [/assets/*]}}]}]")
    assert (
        verdict(world(rules, normalization=Normalization.DECODE_AND_MERGE_SLASHES), path="/assets/..%2fadmin")
        is Verdict.REFUSED
    )


def test_an_audit_policy_decides_nothing() -> None:
    assert verdict(world(policy("[]", "AUDIT"))) is Verdict.ALLOWED


class TestUnknown:
    """What the manifests cannot say is never taken for an answer."""

    def test_a_custom_rule_that_matches_asks_another(self) -> None:
        custom = policy("[{to: [{operation: {paths: [/a]}}]}]", "CUSTOM", extra="provider: {name: opa}")
        assert verdict(world(custom), path="/a") is Verdict.UNKNOWN
        assert verdict(world(custom), path="/b") is Verdict.ALLOWED

    def test_a_deny_decides_before_what_is_not_known(self) -> None:
        custom = policy("[{}]", "CUSTOM", name="ask", extra="provider: {name: opa}")
        assert verdict(world(custom, policy("[{}]", "DENY"))) is Verdict.REFUSED

    def test_an_address_that_is_not_known(self) -> None:
        assert verdict(world(policy("[{from: [{source: {ipBlocks: [10.0.0.0/8]}}]}]"))) is Verdict.UNKNOWN

    def test_what_only_a_running_proxy_knows(self) -> None:
        rules = "[{when: [{key: connection.sni, values: [a]}]}]"
        assert verdict(world(policy(rules))) is Verdict.UNKNOWN
        assert verdict(world(policy(f"[{rules[1:-1]}, {{}}]"))) is Verdict.ALLOWED

    def test_a_refused_policy_may_be_there_or_not(self) -> None:
        bad = policy("[{to: [{operation: {ports: [http]}}]}]", name="bad")
        found = ask(world(DENY_ALL, bad))
        assert found.verdict is Verdict.UNKNOWN
        assert '"http" is no port' in step(found, Layer.AUTHORIZATION).words
        assert verdict(world(DENY_ALL, bad, policy("[{}]"))) is Verdict.ALLOWED
        assert verdict(world(policy("[{}]", "DENY"), bad)) is Verdict.REFUSED


def test_the_jwt_filter_alone_takes_the_header_that_it_sets() -> None:
    rules = "[{when: [{key: 'request.headers[x-user]', values: [anna]}]}]"
    tokens = TOKENS.replace("forwardOriginalToken: true", "outputClaimToHeaders: [{header: x-user, claim: sub}]")
    here = world(policy(rules), tokens)
    assert verdict(here, token=token()) is Verdict.ALLOWED
    assert verdict(here, headers={"x-user": "anna"}) is Verdict.REFUSED
    preflight = {"x-user": "anna", "origin": "https://a", "access-control-request-method": "GET"}
    assert verdict(here, method="OPTIONS", headers=preflight) is Verdict.REFUSED


@pytest.mark.parametrize(
    ("who", "path", "nearest"),
    [
        (caller(), "/orders", "spec.rules[1].from[0].source.requestPrincipals"),
        (caller(), "/nothing", "spec.rules[0].to[0].operation.paths"),
        (caller("other"), "/orders", "spec.rules[1].from[0].source.principals"),
    ],
)
def test_a_refusal_names_the_rule_that_was_meant(who: Caller, path: str, nearest: str) -> None:
    """A token that lacks says less of which rule that is than the path that is called."""
    me = "principals: [cluster.local/ns/shop/sa/front]"
    public = f"{{from: [{{source: {{{me}}}}}], to: [{{operation: {{paths: [/health]}}}}]}}"
    orders = f"{{from: [{{source: {{{me}, requestPrincipals: ['*']}}}}], to: [{{operation: {{paths: [/orders]}}}}]}}"
    here = world(DENY_ALL, policy(f"[{public}, {orders}]"))
    here.closely = True
    assert step(ask(here, who, path=path), Layer.AUTHORIZATION).where == nearest
