"""Questions that stand for a class of calls each: requests, tokens good and bad, paths with tricks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from chartgen.mesh.grants import Demand, Grant
from chartgen.mesh.model import Request, Signature, Token

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chartgen.registry.mesh import Claim

STRAY = "chartgen-stray"
"""A name that no registry would hold."""

STRAY_PATH = f"/{STRAY}"
STRAY_METHOD = "PURGE"


def paths_of(patterns: Sequence[str]) -> tuple[str, ...]:
    """A path for each pattern of the registry; one that nobody names where all are meant."""
    return tuple(f"{pattern[:-1]}{STRAY}" if pattern.endswith("/*") else pattern for pattern in patterns) or (
        STRAY_PATH,
    )


def good_requests(grant: Grant, host: str = "") -> Iterator[Request | None]:
    """A request for each method and path of a grant, with the right token; None for bytes over TCP."""
    if not grant.http:
        yield None
        return
    token = good_token(grant.demand) if grant.demand else None
    hosts = [host, *(f"{each.replace('*', STRAY)}:{port}" for each in grant.hosts for port in (80, 443))]
    for method, path, called in product(grant.methods or ("GET", "POST"), paths_of(grant.paths), hosts):
        headers = dict.fromkeys(grant.headers, "GET")
        yield Request(method=method, path=path, host=called, token=token, headers=headers)


def bad_requests(grant: Grant, others: Sequence[Grant], host: str = "") -> Iterator[Request]:
    """Requests beside the methods and paths of a grant; `others`: all grants to the same caller on the same port."""
    token = good_token(grant.demand) if grant.demand else None
    methods = {method for each in others for method in each.methods}
    free_method = any(not each.methods for each in others)
    for path in paths_of(grant.paths):
        for method in () if free_method else sorted({*methods, STRAY_METHOD, "POST"}):
            if not covered(others, method, path):
                yield Request(method=method, path=path, host=host, token=token)
    for method in grant.methods or ("GET",):
        for path in (STRAY_PATH, *(f"{each}{STRAY}" for each in grant.paths if not each.endswith("*"))):
            if not covered(others, method, path):
                yield Request(method=method, path=path, host=host, token=token)


def covered(grants: Sequence[Grant], method: str, path: str) -> bool:
    """Whether one of the grants lets the request through."""
    return any((not g.methods or method in g.methods) and is_path(path, g.paths) for g in grants)


def is_path(path: str, allowed: Sequence[str]) -> bool:
    """Whether a path is one of the registry's (exact, or `/a/*`; none: all)."""
    return not allowed or any(path == a or (a.endswith("/*") and path.startswith(a[:-1])) for a in allowed)


def good_token(demand: Demand) -> Token:
    """A token that is all that is wanted."""
    claims: dict[str, Any] = {}
    for path in demand.carried:
        _put(claims, path, STRAY)
    claims |= {"iss": demand.issuer, "aud": list(demand.audiences[:1]), "sub": STRAY}
    for claim in demand.claims:
        same = [each.values for each in demand.claims if each.path == claim.path]
        fits = [value for value in claim.values if all(value in values for values in same)]
        _put(claims, claim.path, fits[0] if fits else [values[0] for values in same])  # a list has one of each
    return Token(claims=claims)


def bad_tokens(demand: Demand) -> Iterator[tuple[str, Token | None]]:
    """Tokens that must not do, each with its fault."""
    good = good_token(demand)
    yield "no token", None
    yield "another issuer", _with(good, iss="https://other.invalid")
    yield "another audience", _with(good, aud=[STRAY])
    yield "no audience", _without(good, ("aud",))
    yield "no subject", _without(good, ("sub",))
    yield "an empty subject", _with(good, sub="")
    for signature in (Signature.EXPIRED, Signature.NOT_YET, Signature.BAD):
        yield f"a token that is {signature}", Token(claims=good.claims, signature=signature)
    for claim in demand.claims:
        yield f"no {_name(claim)}", _without(good, claim.path)
        yield f"another {_name(claim)}", Token(claims=_changed(good.claims, claim.path, STRAY))


def tricks(path: str) -> Iterator[str]:
    """Ways to write something that a careless rule takes for the path (exact, or `/a/*`)."""
    prefix = path[:-1] if path.endswith("/*") else ""
    exact = path if not prefix else f"{prefix}{STRAY}"
    yield from (f"/{exact}", exact.upper(), f"{exact}/", f"{exact}/{STRAY}", f"{exact}{STRAY}", f"{exact}.{STRAY}")
    yield from (
        f"{exact};{STRAY}",
        f"{exact}%00",
        f"{exact}%2f{STRAY}",
        f"{exact}/../{STRAY}",
        f"{STRAY_PATH}/..{exact}x",
    )
    yield from (f"{exact}/..%2f{STRAY}", f"{exact}%2f..%2f{STRAY}", f"{exact}/%2e%2e/{STRAY}", f"{exact}/..\\{STRAY}")
    if prefix:
        yield from (
            f"{prefix}../{STRAY}",
            f"{prefix}..%2f{STRAY}",
            f"{prefix}..%5c{STRAY}",
            f"{prefix}%2e%2e%2f{STRAY}",
        )
        yield from (prefix.upper() + STRAY, f"{prefix[:-1]}{STRAY}")


def meant(path: str) -> str:
    """What a service may take the path for that decodes all of it, and merges slashes."""
    text = unquote(path.partition("?")[0].partition("#")[0]).replace("\\", "/")
    kept: list[str] = []
    segments = [segment for segment in text.split("/") if segment not in ("", ".")]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        else:
            kept.append(segment)
    return "/" + "/".join(kept) + ("/" if kept and text.endswith("/") else "")


def _name(claim: Claim) -> str:
    return f"claim {'.'.join(claim.path)}"


def _with(token: Token, **claims: Any) -> Token:
    return Token(claims={**token.claims, **claims})


def _without(token: Token, path: tuple[str, ...]) -> Token:
    return Token(claims=_changed(token.claims, path, None))


def _changed(claims: Mapping[str, Any], path: tuple[str, ...], value: object) -> dict[str, Any]:
    """The claims with another value at that path; None takes it out."""
    head, *rest = path
    if rest:
        inner = claims.get(head)
        return {**claims, head: _changed(inner if isinstance(inner, Mapping) else {}, tuple(rest), value)}
    kept = {key: each for key, each in claims.items() if key != head}
    return kept if value is None else {**kept, head: value}


def _put(claims: dict[str, Any], path: tuple[str, ...], value: str | list[str]) -> None:
    for name in path[:-1]:
        claims = claims.setdefault(name, {})
    claims[path[-1]] = value
