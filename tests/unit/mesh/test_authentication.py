"""Tokens and mTLS, fact by fact."""

from __future__ import annotations

import pytest

from chartgen.mesh import mtls
from chartgen.mesh.decide import decide
from chartgen.mesh.model import Call, Layer, Request, Signature, Token, Verdict
from chartgen.mesh.waypoints import deployed
from tests.unit.mesh.worlds import (
    DENY_ALL,
    ISSUER,
    PLAINTEXT,
    STRICT,
    TOKENS,
    ask,
    caller,
    policy,
    step,
    token,
    verdict,
    world,
)

PREFLIGHT = {"origin": "https://a", "access-control-request-method": "GET"}


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (token(iss="https://other"), "401: the token's issuer is not"),
        (token(iss=None), "401: the token's issuer is not"),
        (Token(claims=token().claims, signature=Signature.BAD), "401: the token's signature"),
        (Token(claims=token().claims, signature=Signature.EXPIRED), "401: the token is expired"),
        (Token(claims=token().claims, signature=Signature.NOT_YET), "401: the token is not yet valid"),
        (token(aud="other"), "403: the token is for another audience"),
        (token(aud=None), "403: the token is for another audience"),
    ],
)
def test_a_bad_token_is_refused_where_none_is_asked_for(sent: Token, words: str) -> None:
    found = ask(world(TOKENS), token=sent)
    assert found.verdict is Verdict.REFUSED
    assert step(found, Layer.JWT).words.startswith(words)


@pytest.mark.parametrize("sent", [None, token(), token(aud=["a", "shop"]), token(aud="https://shop/"), token(exp=None)])
def test_none_and_a_good_one_are_taken(sent: Token | None) -> None:
    assert verdict(world(TOKENS), token=sent) is Verdict.ALLOWED


def test_without_a_request_authentication_nobody_looks_at_tokens() -> None:
    here = world(policy("[{from: [{source: {requestPrincipals: ['*']}}]}]"))
    found = ask(here, token=token())
    assert found.verdict is Verdict.REFUSED
    assert not [each for each in found.steps if each.layer is Layer.JWT]


def test_a_preflight_skips_the_token_and_meets_authorization() -> None:
    here = world(TOKENS, policy("[{from: [{source: {requestPrincipals: ['*']}}]}]"))
    sent = Request(method="OPTIONS", headers=PREFLIGHT, token=token(iss="https://other"))
    found = ask(here, request=sent)
    assert found.at(Layer.JWT) is Verdict.ALLOWED
    assert found.at(Layer.AUTHORIZATION) is Verdict.REFUSED


def test_of_several_issuers_one_must_take_the_token() -> None:
    second = TOKENS.replace("name: jwt", "name: second").replace(ISSUER, "https://other")
    here = world(TOKENS, second, policy("[{from: [{source: {requestPrincipals: ['https://other/*']}}]}]"))
    assert verdict(here, token=token(iss="https://other")) is Verdict.ALLOWED
    assert verdict(here, token=token()) is Verdict.REFUSED
    assert verdict(here, token=token(iss="https://third")) is Verdict.REFUSED


def test_an_issuer_that_looks_elsewhere_does_not_see_the_token() -> None:
    elsewhere = TOKENS.replace("forwardOriginalToken: true", "fromHeaders: [{name: x-token}]")
    assert verdict(world(elsewhere), token=token(iss="https://other")) is Verdict.ALLOWED


def test_a_token_in_another_place_is_not_judged() -> None:
    assert verdict(world(TOKENS), path="/a?x=1&access_token=x") is Verdict.UNKNOWN
    assert verdict(world(TOKENS), headers={"authorization": "Bearer x"}) is Verdict.UNKNOWN
    here = world(TOKENS.replace("forwardOriginalToken: true", "fromHeaders: [{name: X-Token, prefix: 'T '}]"))
    assert verdict(here, headers={"x-token": "T x"}) is Verdict.UNKNOWN
    assert verdict(here, headers={"x-token": "x"}) is Verdict.ALLOWED
    assert verdict(here, path="/a?access_token=x") is Verdict.ALLOWED
    here = world(TOKENS.replace("forwardOriginalToken: true", "fromParams: [t], fromCookies: [c]"))
    assert verdict(here, path="/a?t=x") is Verdict.UNKNOWN
    assert verdict(here, headers={"cookie": "a=b; c=x"}) is Verdict.UNKNOWN


def test_lower_case_bearer_counts_as_none() -> None:
    assert verdict(world(TOKENS), headers={"authorization": "bearer x"}) is Verdict.ALLOWED


def test_a_policy_that_istio_refuses_leaves_tokens_unknown() -> None:
    here = world(TOKENS.replace("'{\"keys\": []}'", "nothing"))
    assert verdict(here) is Verdict.ALLOWED
    assert verdict(here, token=token()) is Verdict.UNKNOWN


def test_bytes_have_no_token() -> None:
    assert not [each for each in ask(world(TOKENS), port=5000, tcp=True).steps if each.layer is Layer.JWT]


def peer(spec: str, name: str, namespace: str = "shop") -> str:
    return f"""
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {{name: {name}, namespace: {namespace}}}
spec: {{{spec}}}
"""


OWN = "selector: {matchLabels: {app: web}}"


class TestMtls:
    @pytest.mark.parametrize(
        ("policies", "port", "mode", "by"),
        [
            ([], 8080, "PERMISSIVE", None),
            ([peer("mtls: {mode: STRICT}", "mesh", "istio-system")], 8080, "STRICT", "mesh"),
            ([peer("mtls: {mode: STRICT}", "other", "ops")], 8080, "PERMISSIVE", None),
            ([STRICT], 8080, "STRICT", "default"),
            ([STRICT, peer("mtls: {mode: PERMISSIVE}", "mesh", "istio-system")], 8080, "STRICT", "default"),
            ([STRICT, peer(f"{OWN}, mtls: {{mode: DISABLE}}", "own")], 8080, "DISABLE", "own"),
            ([STRICT, peer(f"{OWN}, mtls: {{mode: UNSET}}", "own")], 8080, "STRICT", "default"),
            ([STRICT, peer(f"{OWN}, portLevelMtls: {{8080: {{mode: PERMISSIVE}}}}", "own")], 8080, "PERMISSIVE", "own"),
            ([STRICT, peer(f"{OWN}, portLevelMtls: {{8080: {{mode: PERMISSIVE}}}}", "own")], 5000, "STRICT", "default"),
            ([STRICT, peer(f"{OWN}, portLevelMtls: {{8080: {{mode: UNSET}}}}", "own")], 8080, "STRICT", "default"),
            ([STRICT, peer(f"{OWN}, mtls: {{mode: STRICT}}", "own", "istio-system")], 8080, "STRICT", "default"),
        ],
    )
    def test_the_narrowest_mode_holds(self, policies: list[str], port: int, mode: str, by: str | None) -> None:
        here = world(*policies)
        web = here.workload("shop", "web")
        assert web is not None
        found = mtls.mode(here, web, port)
        assert (found.mode, found.by and found.by.name) == (mode, by)

    def test_of_two_that_differ_the_older_holds_and_manifests_have_no_age(self) -> None:
        here = world(STRICT, peer("mtls: {mode: PERMISSIVE}", "again"))
        assert verdict(here, PLAINTEXT) is Verdict.UNKNOWN
        assert verdict(world(STRICT, peer("mtls: {mode: STRICT}", "again")), PLAINTEXT) is Verdict.REFUSED

    def test_plaintext(self) -> None:
        assert verdict(world(STRICT), PLAINTEXT) is Verdict.REFUSED
        assert verdict(world(), PLAINTEXT) is Verdict.ALLOWED

    def test_a_door_takes_plaintext_and_its_policies_hold(self) -> None:
        gateway = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: door, namespace: shop}
spec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP}]}
"""
        here = world(STRICT, DENY_ALL, gateway)
        door = deployed(here.found.gateways[0])
        found = decide(here, Call(caller=PLAINTEXT, callee=door, port=80, request=Request()))
        assert (found.at(Layer.MTLS), found.at(Layer.AUTHORIZATION)) == (Verdict.ALLOWED, Verdict.REFUSED)

    def test_another_trust_domain_is_refused_also_where_plaintext_is_taken(self) -> None:
        assert verdict(world(), caller(domain="foreign")) is Verdict.REFUSED

    def test_where_mtls_is_off_nobody_proves_who_calls(self) -> None:
        rules = policy("[{from: [{source: {principals: ['*']}}]}]")
        assert verdict(world(peer("mtls: {mode: DISABLE}", "plain"), rules)) is Verdict.REFUSED

    def test_a_port_that_the_proxy_does_not_see_is_open(self) -> None:
        here = world(STRICT, policy("[]"))
        assert verdict(here, PLAINTEXT, 15020) is Verdict.ALLOWED
        assert verdict(here, PLAINTEXT, 15021) is Verdict.ALLOWED

    def test_a_mode_that_istio_refuses(self) -> None:
        assert verdict(world(peer("mtls: {mode: LOOSE}", "odd"))) is Verdict.UNKNOWN
