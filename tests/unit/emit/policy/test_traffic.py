from __future__ import annotations

from chartgen.emit.policy.calls import calls_to
from chartgen.emit.policy.traffic import http_routes, subsets
from tests.unit.emit.policy.described import compiled


def routes(edge: str) -> list[tuple[list[tuple[str, str]], str, int]]:
    """(callers with methods, timeout, attempts) of each route of a service that `web` calls by that edge."""
    registry = compiled(f"{{name: api, port: 80}}, {{name: web, dependencies: [{{service: api, {edge}}}]}}")
    found = http_routes(registry.by_name()["api"], calls_to(registry)["api"])
    return [
        (
            [(dict(match.pods)["app.kubernetes.io/name"], match.methods) for match in route.matches],
            route.timeout,
            route.retries.attempts if route.retries else 0,
        )
        for route in found
    ]


def test_nothing_is_tried_again_where_nobody_asks_for_it():
    assert routes("optional: true") == [([], "", 0)]


def test_only_calls_that_may_come_twice_are_tried_again():
    assert routes("retries: 2, timeout: 5s, methods: [GET, POST]") == [
        ([("web", "GET")], "5s", 2),
        ([("web", "")], "5s", 0),
        ([], "", 0),
    ]


def test_a_timeout_is_its_callers():
    assert routes("timeout: 1s") == [([("web", "")], "1s", 0), ([], "", 0)]


def test_weights_are_subsets_and_none_are_none():
    weighted = compiled("{name: api, port: 80, versions: [{name: v1, weight: 90}, {name: v2, weight: 10}]}")
    assert [(each.name, each.weight) for each in subsets(weighted.services[0])] == [("v1", 90), ("v2", 10)]
    assert subsets(compiled("{name: api, port: 80, versions: [{name: v1}, {name: v2}]}").services[0]) == ()
