"""What RequestAuthentications decide: whether a token is taken, and what of it policies and services see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from chartgen.mesh.model import Layer, Ref, Request, Signature, Step, Token, Verdict
from chartgen.mesh.objects import JwtRule, RequestAuthentication

_USUAL = (("authorization", "Bearer "),)
_SPLIT = frozenset({"scope", "permission"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The answer, and what is left for policies: `claims` None when no token was taken, `headers` as the service gets
    them; `unsure`: headers that the proxy sets, or takes a token out of, to what nobody can say."""

    step: Step
    claims: Mapping[str, Any] | None = None
    claims_known: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)
    unsure: frozenset[str] = frozenset()


def judge(policies: Iterable[RequestAuthentication], request: Request) -> Taken | None:
    """What becomes of the request's token; None where no RequestAuthentication applies."""
    policies = tuple(policies)
    if not policies:
        return None
    rules = [(policy.ref, rule) for policy in policies for rule in policy.rules]
    flawed = next((policy for policy in policies if policy.flaw), None)
    headers = _without(request.headers, rules)
    if is_preflight(request):
        return Taken(step=_step(Verdict.ALLOWED, "a CORS preflight is not asked for a token"), headers=headers)
    if flawed and (request.token is not None or _hidden(request, rules)):
        step = _step(Verdict.UNKNOWN, f"this policy cannot be judged: {flawed.flaw}", flawed.ref)
        return Taken(step=step, claims_known=False, headers=headers)
    if request.token is None:
        return _without_token(request, rules, headers)
    return _with_token(request.token, rules, headers)


def is_preflight(request: Request) -> bool:
    """Whether a browser asks whether it may ask."""
    return (
        request.method == "OPTIONS"
        and "origin" in request.headers
        and "access-control-request-method" in request.headers
    )


def _without_token(request: Request, rules: list[tuple[Ref, JwtRule]], headers: Mapping[str, str]) -> Taken:
    if _hidden(request, rules):
        step = _step(Verdict.UNKNOWN, "a token may stand in the request's headers or address; it is not looked at")
        return Taken(step=step, claims_known=False, headers=headers, unsure=frozenset({":path"}))
    step = _step(Verdict.ALLOWED, "no token: it is not asked for here", rules[0][0] if rules else None)
    return Taken(step=step, headers=headers)


def _hidden(request: Request, rules: Iterable[tuple[Ref, JwtRule]]) -> bool:
    """Whether the request may carry a token in a place of which `Request.token` does not speak."""
    query = {part.partition("=")[0] for part in request.path.partition("?")[2].split("&")}
    cookies = {part.partition("=")[0].strip() for part in request.headers.get("cookie", "").split(";")}
    for _, rule in rules:
        headers, params = (_USUAL, ("access_token",)) if rule.usual_places else (rule.headers, rule.params)
        if any(name.lower() in request.headers and _begins(request, name, prefix) for name, prefix in headers):
            return True
        if query.intersection(params) or cookies.intersection(rule.cookies):
            return True
    return False


def _begins(request: Request, header: str, prefix: str) -> bool:
    return request.headers[header.lower()].startswith(prefix)


def _with_token(token: Token, rules: list[tuple[Ref, JwtRule]], headers: Mapping[str, str]) -> Taken:
    seeing = [(ref, rule) for ref, rule in rules if _sees(rule)]
    if not seeing:
        return Taken(step=_step(Verdict.ALLOWED, "no issuer looks for a token there"), headers=headers)
    refusals = []
    for ref, rule in seeing:
        refusal = _refusal(token, rule)
        if not refusal:
            return _taken(token, ref, rule, headers)
        refusals.append((ref, rule, refusal))
    ref, rule, words = next((each for each in refusals if each[1].issuer == token.claims.get("iss")), refusals[0])
    return Taken(step=_step(Verdict.REFUSED, words, ref, rule.where), headers=headers)


def _sees(rule: JwtRule) -> bool:
    """Whether the rule looks for tokens in `Authorization: Bearer`."""
    return rule.usual_places or any(
        name.lower() == "authorization" and prefix.strip() in ("Bearer", "") for name, prefix in rule.headers
    )


def _refusal(token: Token, rule: JwtRule) -> str:
    """Why the token is refused; empty when it is taken."""
    if rule.issuer and token.claims.get("iss") != rule.issuer:
        return f"401: the token's issuer is not {rule.issuer}"
    if token.signature is Signature.BAD:
        return "401: the token's signature does not hold"
    if token.signature in (Signature.EXPIRED, Signature.NOT_YET):
        return f"401: the token is {token.signature}"
    if rule.audiences and not {*map(_bare, rule.audiences)} & {*map(_bare, _audiences(token))}:
        return "403: the token is for another audience"
    return ""


def _audiences(token: Token) -> Iterator[str]:
    found = token.claims.get("aud")
    values = [found] if isinstance(found, str) else found if isinstance(found, list | tuple) else []
    return (each for each in values if isinstance(each, str))


def _bare(audience: str) -> str:
    """As Envoy compares them: without scheme and last slash."""
    for scheme in ("https://", "http://"):
        audience = audience.removeprefix(scheme)
    return audience.removesuffix("/")


def _taken(token: Token, ref: Ref, rule: JwtRule, headers: Mapping[str, str]) -> Taken:
    split = _SPLIT.union(rule.split_claims)
    claims = {
        key: value.split(" ") if key in split and isinstance(value, str) else value
        for key, value in token.claims.items()
    }
    set_now = {header: found for header, claim in rule.claim_headers if (found := _text(token.claims, claim))}
    unsure = {"authorization"} if rule.forward and rule.usual_places else set()
    unsure |= {rule.payload_header} if rule.payload_header else set()
    return Taken(
        step=_step(Verdict.ALLOWED, f"the token of {rule.issuer or rule.jwks_uri} is taken", ref, rule.where),
        claims=claims,
        headers={**headers, **set_now},
        unsure=frozenset(unsure),
    )


def _text(claims: Mapping[str, Any], path: str) -> str:
    """The claim as a header has it; empty for what is no text, number or truth."""
    found: Any = claims
    for key in path.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    if isinstance(found, bool):
        return str(found).lower()
    return str(found) if isinstance(found, str | int) else ""


def _without(headers: Mapping[str, str], rules: Iterable[tuple[Ref, JwtRule]]) -> Mapping[str, str]:
    """The headers without those that the proxy alone may set."""
    own = {header for _, rule in rules for header, _ in rule.claim_headers} | {rule.payload_header for _, rule in rules}
    return {name: value for name, value in headers.items() if name not in own} if own & headers.keys() else headers


def _step(verdict: Verdict, words: str, by: Ref | None = None, where: str = "") -> Step:
    return Step(layer=Layer.JWT, verdict=verdict, words=words, by=by, where=where)
