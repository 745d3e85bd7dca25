"""Tokens: keys that can be had, claims that can match, headers that can carry them."""

from __future__ import annotations

import json
import re
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from chartgen.registry.checks.externals import IN_CLUSTER
from chartgen.registry.checks.subject import Finding, Platform
from chartgen.registry.mesh import Enforce
from chartgen.registry.meshes import ROLE_CLAIM, claim_path
from chartgen.registry.service import Service
from chartgen.registry.wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chartgen.registry.service import Path

_JWT = ("mesh", "jwt")
_PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
_MEMBERS = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")

_NUMBERS = frozenset({"exp", "iat", "nbf", "auth_time", "updated_at"})
_BOOLEANS = frozenset({"email_verified", "phone_number_verified"})
_SPLIT = frozenset({"scope", "permission"})
"""Claims that Istio takes for a list of words."""

_TAKEN = frozenset({
    "accept", "accept-encoding", "accept-language", "age", "allow", "authorization", "b3", "baggage", "cache-control",
    "connection", "content-encoding", "content-length", "content-type", "cookie", "date", "etag", "expect", "forwarded",
    "from", "host", "if-match", "if-modified-since", "if-none-match", "keep-alive", "location", "origin", "pragma",
    "range", "referer", "server", "set-cookie", "te", "traceparent", "tracestate", "trailer", "transfer-encoding",
    "upgrade", "user-agent", "vary", "via", "www-authenticate", "x-request-id", "x-real-ip",
})  # fmt: skip
_TAKEN_STARTS = ("x-forwarded-", "x-envoy-", "x-b3-", "x-istio-", "proxy-", "sec-", "access-control-", "grpc-")


def _written(platform: Platform) -> Mapping[str, Any]:
    """What is written of tokens; empty where there is no mesh."""
    found: Mapping[str, Any] = platform.data["mesh"].get("jwt", {}) if platform.mesh else {}
    return found


def unusable_keys(platform: Platform) -> Iterator[Finding]:
    """`jwks` that is no set of public keys, and `jwksUri` under which there can be none."""
    text, uri = _written(platform).get("jwks"), _written(platform).get("jwksUri")
    for message, hint in _wrong_set(text) if text is not None else ():
        yield Finding(code="CG703", path=(*_JWT, "jwks"), message=message, hint=hint)
    wrong = _wrong_address(uri) if uri is not None else ""
    if wrong:
        hint = "write it as https://host/path, or https://host:port/path"
        yield Finding(code="CG703", path=(*_JWT, "jwksUri"), message=f"jwksUri {wrong}", hint=hint)


def _wrong_address(uri: str) -> str:
    """What makes istiod fetch nothing from there; empty when nothing does."""
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError as error:
        return f"is no URL: {str(error)[:1].lower()}{str(error)[1:]}"
    if port == 0:
        return "names port 0, on which nobody listens"
    if not parts.hostname:
        return "names no host"
    if "@" in parts.netloc:
        return "holds a user, who would stand in the charts for all to read"
    return ""


_SET = 'write {"keys": [...]}, as the issuer publishes it'


def _wrong_set(text: str) -> Iterator[tuple[str, str]]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        yield "jwks is no JSON", "for a URL there is jwksUri" if "://" in text[:12] else _SET
        return
    keys = data.get("keys") if isinstance(data, dict) else None
    if not isinstance(keys, list):
        yield "jwks is no JSON Web Key Set: it has no list of keys", _SET
    elif not keys:
        yield "jwks has no key, so every token would be refused", _SET
    else:
        for number, key in enumerate(keys, 1):
            yield from _wrong_key(key, f"key {number} of jwks")


def _wrong_key(key: object, name: str) -> Iterator[tuple[str, str]]:
    kind = key.get("kty") if isinstance(key, dict) else None
    if not isinstance(key, dict) or not isinstance(kind, str):
        yield f'{name} has no "kty", so it is no JSON Web Key', _SET
    elif kind == "oct" or (secret := [member for member in _PRIVATE if member in key]):
        what = "is symmetric" if kind == "oct" else f'is private: it has "{secret[0]}"'
        yield (
            f"{name} {what}, and whoever reads the charts could make tokens",
            "replace the key: it has been written down",
        )
    elif kind not in _MEMBERS:
        yield f'{name} is of the type "{kind}", which Envoy does not check', f"it checks {listed(list(_MEMBERS))}"
    elif lacking := [member for member in _MEMBERS[kind] if not _BASE64URL.fullmatch(str(key.get(member, "")))]:
        yield f'{name} has no "{lacking[0]}" that could be read', _SET


def issuer_inside(platform: Platform) -> Iterator[Finding]:
    """`jwksUri` that leads to a service under strict mTLS, where istiod cannot go; or one without TLS."""
    uri = _written(platform).get("jwksUri")
    if uri is None or _wrong_address(uri):
        return
    host = (_host(uri) or "").rstrip(".")
    inside = _inside(host, platform)
    if inside:
        yield Finding(
            code="CG704",
            path=(*_JWT, "jwksUri"),
            message=f'jwksUri leads to "{host}", {inside}: istiod would be refused there, and then every token',
            hint=_issuer_hint(host, platform),
        )
    elif uri.startswith("http://"):
        message = "the issuer's keys come without TLS: whoever is on the way can give keys of their own"
        yield Finding(code="CG727", path=(*_JWT, "jwksUri"), message=message, hint="write https://")


def issuer_behind_the_door(platform: Platform) -> Iterator[Finding]:
    """`jwksUri` that leads back through the platform's own gateway (a warning)."""
    uri = _written(platform).get("jwksUri")
    host = (_host(uri) or "").rstrip(".") if uri else ""
    hosts = platform.gateway.hosts if platform.gateway and host else ()
    if any(host == each or (each.startswith("*.") and host.endswith(each[1:])) for each in hosts):
        yield Finding(
            code="CG738",
            path=(*_JWT, "jwksUri"),
            message=f'jwksUri leads to "{host}", a host of the gateway itself: until istiod gets there from inside the '
            "cluster, every token is refused",
            hint="name the service with issuerService, or write the keys as jwks",
        )


def _host(uri: str) -> str | None:
    try:
        return urlsplit(uri).hostname
    except ValueError:
        return None


def _inside(host: str, platform: Platform) -> str:
    labels = host.split(".")
    if labels[0] in platform.nodes and (len(labels) <= 2 or labels[2] == "svc"):
        return "a service of the platform"
    if host.endswith(IN_CLUSTER):
        return "a service of the cluster"
    if _is_loopback(host):
        return "which is istiod itself"
    return "a name that only pods of one namespace resolve" if len(labels) == 1 and ":" not in host else ""


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _issuer_hint(host: str, platform: Platform) -> str:
    name = host.partition(".")[0]
    if name in platform.nodes:
        return f"write issuerService: {name} in place of jwksUri"
    return "write the keys themselves as jwks, or the name by which the issuer is reached from outside the mesh"


def bad_claims(platform: Platform) -> Iterator[Finding]:
    """Claims that no token can be asked for, and such that look like something else."""
    jwt = _written(platform)
    for path, name, values in _demands(platform):
        yield from _bad_name(path, name)
        yield from _bad_values(path, name, values)
    if "roleClaim" in jwt:
        yield from _bad_name((*_JWT, "roleClaim"), jwt["roleClaim"], key=False)
    for header, claim in jwt.get("claimHeaders", {}).items():
        yield from _bad_in_header((*_JWT, "claimHeaders", header), claim)


def tokens_that_end(platform: Platform) -> Iterator[Finding]:
    """Tokens that are asked for at every hop, and do not come as far."""
    jwt = _written(platform)
    if jwt.get("enforce") != Enforce.EVERY_HOP:
        return
    if jwt.get("forward") is False:
        message = "every hop asks for the token, and it ends at the first (forward: false)"
        yield Finding(code="CG728", path=(*_JWT, "forward"), message=message, hint="leave forward out")
    for draft in platform.workloads:
        for edge in draft.service.edges if not draft.service.ports else ():
            node = platform.nodes.get(edge.target)
            if edge.token and isinstance(node, Service) and any(node.port(name).speaks_http for name in edge.ports):
                yield Finding(
                    code="CG728",
                    path=edge.path,
                    message=f'{draft.title} takes no calls, so it has no token, and "{edge.target}" wants one',
                    hint=f"write {{service: {edge.target}, token: false}}",
                )


def _demands(platform: Platform) -> Iterator[tuple[Path, str, Any]]:
    jwt = _written(platform)
    for name, values in jwt.get("requiredClaims", {}).items():
        yield (*_JWT, "requiredClaims", name), name, values
    routes = platform.data.get("gateway", {}).get("routes", ()) if platform.mesh else ()
    for index, route in enumerate(routes):
        for name, values in route.get("claims", {}).items():
            yield ("gateway", "routes", index, "claims", name), name, values
        if "roles" in route:
            yield ("gateway", "routes", index, "roles"), jwt.get("roleClaim", ROLE_CLAIM), route["roles"]


def _bad_name(path: Path, name: str, *, key: bool = True) -> Iterator[Finding]:
    known = claim_path(name)
    if known is None or any(part != part.strip() or "*" in part for part in known):
        message = f'"{name}" is no claim'
        hint = "write a name, or the way to a nested one: realm_access[roles]"
        yield Finding(code="CG707", path=path, key=key, message=message, hint=hint)
    elif name in _NUMBERS | _BOOLEANS:
        what = "a number" if name in _NUMBERS else "true or false"
        hint = "when a token ends is the issuer's to say" if name in _NUMBERS else "ask for a claim that is text"
        message = f'the claim "{name}" is {what}, and a policy compares texts: it never matches'
        yield Finding(code="CG707", path=path, key=key, message=message, hint=hint)
    elif path[-1] != "roles" and "." in known[0] and not re.search("[/:]", known[0]):
        outer, *inner = known[0].split(".")
        hint = f"for a claim inside another write {outer}{''.join(f'[{part}]' for part in inner)}"
        message = f'"{name}" is one name with a dot in it, not a claim inside another'
        yield Finding(code="CG708", path=path, key=key, message=message, hint=hint)


def _bad_values(path: Path, name: str, values: Any) -> Iterator[Finding]:
    for index, value in enumerate([values] if isinstance(values, str) else values):
        place = path if isinstance(values, str) else (*path, index)
        if "*" in value:
            message = f'"{value}" has a "*", which Istio may take for a wildcard'
            yield Finding(code="CG707", path=place, message=message, hint="list the values that are meant")
        elif name in _SPLIT and " " in value:
            message = f'the claim "{name}" is split at its spaces, so "{value}" never matches'
            hint = f"one of several is enough in a list: [{', '.join(value.split())}]"
            yield Finding(code="CG707", path=place, message=message, hint=hint)


def _bad_in_header(path: Path, claim: str) -> Iterator[Finding]:
    known = claim_path(claim)
    if known is None:
        hint = "write a name, or the way to a nested one: org[id]"
        yield Finding(code="CG707", path=path, message=f'"{claim}" is no claim', hint=hint)
    elif dotted := [part for part in known if "." in part]:
        message = (
            f'a header is made of a claim by its name in dots, so "{dotted[0]}" would be read as a claim inside another'
        )
        hint = f"if that is meant, write {claim.replace('.', '[', 1).replace('.', '][')}]; else read it from the token"
        yield Finding(code="CG707", path=path, message=message, hint=hint)


def bad_headers(platform: Platform) -> Iterator[Finding]:
    """Headers that others use, and such that stand twice."""
    seen: dict[str, str] = {}
    for header in _written(platform).get("claimHeaders", {}):
        name = header.lower()
        path = (*_JWT, "claimHeaders", header)
        if name in _TAKEN or name.startswith(_TAKEN_STARTS):
            message = f'the header "{header}" has a meaning of its own, and each call would lose it'
            hint = f"choose another, such as x-jwt-{name.removeprefix('x-')}"
            yield Finding(code="CG709", path=path, key=True, message=message, hint=hint)
        elif name in seen:
            message = f'"{header}" and "{seen[name]}" are one header, which carries one claim'
            yield Finding(code="CG709", path=path, key=True, message=message, hint="choose another name")
        seen.setdefault(name, header)
