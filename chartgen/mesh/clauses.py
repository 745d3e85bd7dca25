"""The demands of an AuthorizationPolicy, made ready to be asked of many calls.

An answer is true, false, or None where the manifests alone cannot say (an address that is not known, an attribute that
only a running Envoy has)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Any, TypeAlias

from chartgen.mesh import strings
from chartgen.mesh.facts import Chain, Facts
from chartgen.mesh.objects import Clause

Answer: TypeAlias = bool | None
Ask: TypeAlias = Callable[[Facts], Answer]

HTTP_ONLY = frozenset({"operation.hosts", "operation.methods", "operation.paths", "request.headers"}) | {
    "request.auth.principal",
    "request.auth.audiences",
    "request.auth.presenter",
    "request.auth.claims",
}
"""What a chain that sees bytes cannot judge."""

_TOKEN = {
    "request.auth.audiences": ("aud",),
    "request.auth.presenter": ("azp",),
    "request.auth.claims": (),
}
"""Which claim is asked for; empty: the one in brackets."""


_SET = frozenset({":scheme", "x-forwarded-proto"})
"""Headers that every proxy sees to: there, with a value that tells how the call came."""
_OF_PROXIES = ("x-forwarded-", "x-request-id", "x-envoy-", "x-b3-", "b3", "traceparent", "tracestate")
"""Beginnings of headers that proxies on the way set, change or take out, as the mesh's settings say."""


def compiled(clause: Clause, chain: Chain, trusted: tuple[str, ...], namespace: str) -> Ask:
    """The clause as a question. `trusted`: the mesh's trust domain and its aliases; `namespace`: the policy's."""
    make = partial(_asks, clause, chain, trusted, namespace)
    wanted = make(clause.values) if clause.values else None
    denied = make(clause.denied) if clause.denied else None
    if denied is None:
        assert wanted is not None  # a clause without values is a flaw and is not compiled
        return wanted
    if wanted is None:
        return lambda facts: _not(denied(facts))
    return lambda facts: both(wanted(facts), _not(denied(facts)))


def both(one: Answer, other: Answer) -> Answer:
    """Whether both hold."""
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def either(answers: Iterable[Answer]) -> Answer:
    """Whether one of them holds."""
    unsure = False
    for answer in answers:
        if answer:
            return True
        unsure |= answer is None
    return None if unsure else False


def _not(answer: Answer) -> Answer:
    return None if answer is None else not answer


def _asks(clause: Clause, chain: Chain, trusted: tuple[str, ...], namespace: str, values: tuple[str, ...]) -> Ask:
    match clause.attribute:
        case "source.principal":
            found = _principal(values if chain is Chain.ZTUNNEL else _aliased(values, trusted))
        case "source.namespace":
            found = _namespace(strings.matcher(values) if chain is Chain.ZTUNNEL else strings.namespace(values))
        case "source.serviceAccount":
            found = _account(values, namespace)
        case "source.trustDomain":
            found = _trust_domain(values, trusted)
        case "source.ip" | "remote.ip":
            found = _address("address" if clause.attribute == "source.ip" else "remote", values)
        case "destination.port":
            found = _port(values)
        case _:
            found = _request(clause, values)
    return found


def _request(clause: Clause, values: tuple[str, ...]) -> Ask:
    """What is asked of a request, or of things that only a running proxy knows."""
    match clause.attribute:
        case "operation.methods":
            methods = strings.present(values)
            return lambda facts: methods(facts.method)
        case "operation.paths":
            paths = strings.path(values)
            return lambda facts: paths(facts.path)
        case "operation.hosts":
            hosts = strings.host(values)
            return lambda facts: hosts(facts.host)
        case "request.headers":
            return _header(clause.argument[0].lower(), values)
    return _token(clause, values)


def _token(clause: Clause, values: tuple[str, ...]) -> Ask:
    if clause.attribute == "request.auth.principal":
        return _claimed(_subject(values))
    if clause.attribute in _TOKEN:
        return _claimed(_claim(_TOKEN[clause.attribute] or clause.argument, values))
    return lambda _: None


def _port(values: Iterable[str]) -> Ask:
    ports = frozenset(map(int, values))
    return lambda facts: facts.port in ports


def _principal(values: Iterable[str]) -> Ask:
    matches = strings.matcher(values)
    return lambda facts: bool(facts.principal) and matches(facts.principal)


def _namespace(matches: strings.Matcher) -> Ask:
    return lambda facts: facts.account is not None and matches(facts.account[0])


def _account(values: Iterable[str], own: str) -> Ask:
    pairs = [value.partition("/") for value in values]
    accounts = frozenset((first, name) if slash else (own, first) for first, slash, name in pairs)
    return lambda facts: facts.account in accounts


def _trust_domain(values: tuple[str, ...], trusted: tuple[str, ...]) -> Ask:
    same = [*values, *(trusted if any(value in trusted for value in values) else ())]
    matches = strings.trust_domain(same)
    return lambda facts: bool(facts.trust_domain) and matches(facts.trust_domain)


def _aliased(values: Iterable[str], trusted: tuple[str, ...]) -> list[str]:
    """The principals under each name of the mesh's trust domain; `cluster.local` always stands for it."""
    found = []
    for value in values:
        domain, *rest = value.split("/")
        ours = domain == "cluster.local" or any(_is_domain(domain, each) for each in trusted)
        if len(rest) != 4 or domain == "*" or not ours:
            found.append(value)
        else:
            found += [value if _ends(domain, each) else "/".join((each, *rest)) for each in trusted]
    return found


def _is_domain(pattern: str, domain: str) -> bool:
    if pattern.endswith("*"):
        return domain.startswith(pattern[:-1])
    return _ends(pattern, domain) or pattern == domain


def _ends(pattern: str, domain: str) -> bool:
    return pattern.startswith("*") and domain.endswith(pattern[1:])


def _address(which: str, values: Iterable[str]) -> Ask:
    networks = [ip_network(value, strict=False) for value in values]

    def ask(facts: Facts) -> Answer:
        found: IPv4Address | IPv6Address | None = getattr(facts, which)
        return None if found is None else any(found in network for network in networks)

    return ask


def _header(name: str, values: tuple[str, ...]) -> Ask:
    matches = strings.present(values)
    anything = "*" in values
    if name in _SET or name.startswith(_OF_PROXIES):
        return lambda _: True if anything and name in _SET else None

    def ask(facts: Facts) -> Answer:
        if name in facts.unsure:
            return True if anything else None
        value = _pseudo(name, facts)
        return value is not None and matches(value)

    return ask


def _pseudo(name: str, facts: Facts) -> str | None:
    if name in (":authority", "host"):
        return facts.host
    if name == ":method":
        return facts.method
    if name == ":path":
        return facts.path + facts.query
    return facts.headers.get(name)


def _claimed(ask: Callable[[Mapping[str, Any]], bool]) -> Ask:
    def asked(facts: Facts) -> Answer:
        if not facts.claims_known:
            return None
        return facts.claims is not None and ask(facts.claims)

    return asked


def _claim(path: tuple[str, ...], values: Iterable[str]) -> Callable[[Mapping[str, Any]], bool]:
    """A text, or an element of a list, is one of the values; numbers and truths never are."""
    matches = strings.matcher(values)

    def ask(claims: Mapping[str, Any]) -> bool:
        found: Any = claims
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        if isinstance(found, str):
            return matches(found)
        return isinstance(found, list | tuple) and any(isinstance(each, str) and matches(each) for each in found)

    return ask


def _subject(values: Iterable[str]) -> Callable[[Mapping[str, Any]], bool]:
    """`issuer/subject`, each of them a text that is not empty where a `*` stands for it."""
    pairs = [_halves(value) for value in values]

    def ask(claims: Mapping[str, Any]) -> bool:
        issuer, subject = claims.get("iss"), claims.get("sub")
        if not isinstance(issuer, str) or not isinstance(subject, str):
            return False
        return any(one(issuer) and other(subject) for one, other in pairs)

    return ask


def _halves(value: str) -> tuple[strings.Matcher, strings.Matcher]:
    """As Istio splits the value: at its last slash; without one it is an issuer, or with a `*` before it a subject."""
    issuer, slash, subject = value.rpartition("/")
    if value == "*":
        pair = ("*", "*")
    elif value.startswith("*"):
        pair = (issuer, f"\0{subject}") if slash else ("*", value)
    elif value.endswith("*"):
        pair = (f"\0{issuer}", subject) if slash else (value, "*")
    else:
        pair = (f"\0{issuer}", f"\0{subject}") if slash else (f"\0{value}", "\0")
    return _half(pair[0]), _half(pair[1])


def _half(value: str) -> strings.Matcher:
    """A pattern, or after a null exactly this text."""
    return value[1:].__eq__ if value.startswith("\0") else strings.matcher((value,))
