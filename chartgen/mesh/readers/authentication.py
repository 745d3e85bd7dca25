"""PeerAuthentications and RequestAuthentications, read."""

from __future__ import annotations

import json

from chartgen.mesh.objects import JwtRule, Mtls, PeerAuthentication, RequestAuthentication, Scope
from chartgen.mesh.readers.scope import read_labels, read_scope
from chartgen.mesh.shape import Part

_JWT_FIELDS = (
    "issuer",
    "audiences",
    "jwksUri",
    "jwks_uri",
    "jwks",
    "fromHeaders",
    "fromParams",
    "fromCookies",
    "outputPayloadToHeader",
    "forwardOriginalToken",
    "outputClaimToHeaders",
    "timeout",
    "spaceDelimitedClaims",
)


def read_peer(spec: Part) -> PeerAuthentication:
    """Which ports take plaintext."""
    spec.only("selector", "mtls", "portLevelMtls")
    selector = spec["selector"]
    labels = read_labels(selector) if selector.given else None
    ports = {}
    for key, part in spec["portLevelMtls"].entries():
        if key.isascii() and key.isdigit() and len(key) < 20 and 0 < int(key) <= 65535:
            ports[int(key)] = _mode(part)
        else:
            part.problem(f'"{key}" is no port')
    if ports and not labels:
        spec["portLevelMtls"].problem("goes with a selector alone; Istio refuses it")
    return PeerAuthentication(ref=spec.ref, scope=Scope(labels=labels), mode=_mode(spec["mtls"]), ports=ports)


def _mode(part: Part) -> Mtls:
    part.only("mode")
    mode = part["mode"].text("UNSET")
    try:
        return Mtls(mode)
    except ValueError:
        part["mode"].problem(f'"{mode}" is no mode (STRICT, PERMISSIVE, DISABLE, UNSET)')
        return Mtls.UNSET


def read_request(spec: Part) -> RequestAuthentication:
    """Which tokens are taken."""
    spec.only("selector", "targetRef", "targetRefs", "jwtRules")
    rules = tuple(_rule(part) for part in spec["jwtRules"].mappings())
    return RequestAuthentication(ref=spec.ref, scope=read_scope(spec), rules=rules)


def _rule(part: Part) -> JwtRule:
    part.only(*_JWT_FIELDS)
    rule = JwtRule(
        where=part.where,
        issuer=part["issuer"].text(),
        audiences=part["audiences"].texts(),
        jwks_uri=part["jwksUri"].text() or part["jwks_uri"].text(),
        jwks=part["jwks"].text(),
        headers=tuple((each["name"].text(), each["prefix"].text()) for each in part["fromHeaders"].mappings()),
        params=part["fromParams"].texts(),
        cookies=part["fromCookies"].texts(),
        forward=part["forwardOriginalToken"].truth(),
        claim_headers=tuple(
            (each["header"].text().lower(), each["claim"].text()) for each in part["outputClaimToHeaders"].mappings()
        ),
        payload_header=part["outputPayloadToHeader"].text().lower(),
        split_claims=part["spaceDelimitedClaims"].texts(),
    )
    _check(part, rule)
    return rule


def _check(part: Part, rule: JwtRule) -> None:
    if not rule.issuer and not rule.jwks_uri:
        part.problem("has neither an issuer nor a jwksUri; Istio refuses it")
    if rule.jwks_uri and not rule.jwks_uri.startswith(("http://", "https://")):
        part["jwksUri"].problem("is no http or https address; Istio refuses it")
    if rule.jwks and rule.jwks_uri:
        part.problem("has both jwks and jwksUri; Istio's schema refuses it")
    if rule.jwks and not _is_jwks(rule.jwks):
        part["jwks"].problem("is no JSON Web Key Set; Istio refuses it")
    if "" in (*rule.audiences, *rule.params, *rule.cookies, *(name for name, _ in rule.headers)):
        part.problem("holds an empty name; Istio refuses it")


def _is_jwks(text: str) -> bool:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and (isinstance(found.get("keys"), list) or "kty" in found)
