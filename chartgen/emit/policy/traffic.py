"""How calls between services behave: weights, timeouts, retries, circuit breakers, as sidecars are told of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from chartgen.emit.policy.calls import Call, Labels
from chartgen.registry.mesh import CircuitBreaker, Retries
from chartgen.registry.model import Node
from chartgen.registry.service import Edge, Service

IDEMPOTENT = ("GET", "HEAD", "OPTIONS", "PUT", "DELETE")
"""Methods of which a second call does no more than the first: these alone are tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Requests of pods with these labels; `methods`: a regular expression, empty for all."""

    pods: Labels
    methods: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRoute:
    """What holds for requests that one of the matches takes; without a match, for all that are left."""

    matches: tuple[Match, ...] = ()
    timeout: str = ""
    retries: Retries | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subset:
    """A version, and its share of the calls in percent."""

    name: str
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaking:
    """What one caller's circuit breaker says of a callee. `name`: the caller."""

    caller: str
    pods: Labels
    breaker: CircuitBreaker


def subsets(node: Node) -> tuple[Subset, ...]:
    """The versions that share a service's calls by weight; none where nothing is said of weights."""
    versions = node.versions if isinstance(node, Service) else ()
    found = tuple(Subset(name=each.name, weight=each.weight) for each in versions if each.weight is not None)
    return found if len(found) == len(versions) else ()


def http_routes(node: Node, calls: Sequence[Call]) -> tuple[HttpRoute, ...]:
    """First what callers ask for, those that ask for the same together; last what holds for all others: no call is
    tried again, which Istio does twice where nobody says otherwise."""
    grouped: dict[tuple[str, Retries | None, str], list[Match]] = {}
    for call in calls:
        if any(node.port(name).speaks_http for name in call.edge.ports):
            for route in _asked(call):
                key = (route.timeout, route.retries, "" if not route.matches else route.matches[0].methods)
                grouped.setdefault(key, []).extend(route.matches)
    found = sorted(grouped.items(), key=lambda item: item[0][1] is None)  # a retry is for some methods of a caller
    routes = (HttpRoute(matches=tuple(each), timeout=t, retries=r) for (t, r, _), each in found)
    return (*routes, HttpRoute())


def _asked(call: Call) -> Iterator[HttpRoute]:
    traffic = call.edge.traffic
    again = _tried_again(call.edge) if traffic.retries else ()
    if again:
        yield HttpRoute(matches=_matches(call, "|".join(again)), timeout=traffic.timeout, retries=traffic.retries)
    if traffic.timeout and set(again) != set(call.edge.methods or "*"):
        yield HttpRoute(matches=_matches(call, ""), timeout=traffic.timeout)


def _tried_again(edge: Edge) -> tuple[str, ...]:
    return tuple(method for method in IDEMPOTENT if not edge.methods or method in edge.methods)


def _matches(call: Call, methods: str) -> tuple[Match, ...]:
    return tuple(Match(pods=pods, methods=methods) for pods in call.pods)


def breaking(calls: Iterable[Call]) -> Iterator[Breaking]:
    """The circuit breakers that a node's callers declare."""
    for call in calls:
        breaker = call.edge.traffic.circuit_breaker
        for number, pods in enumerate(call.pods if breaker else ()):
            if breaker:
                name = f"{call.caller}.{number + 1}" if number else call.caller
                yield Breaking(caller=name, pods=pods, breaker=breaker)
