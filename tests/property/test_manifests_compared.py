"""What a comparison of manifests holds for let through is what the evaluator lets through, whatever the rules are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from chartgen.mesh.changes import Access
from chartgen.mesh.changes import Subject as Kind
from chartgen.mesh.decide import decide
from chartgen.mesh.manifested import platform_of_manifests
from chartgen.mesh.model import Call, Request, Token, Verdict
from chartgen.mesh.subject import Subject
from chartgen.mesh.terms import Term
from tests.unit.mesh.worlds import ISSUER, STRICT, TOKENS, caller, world

PORTS = {"http": 8080, "raw": 5000}
ACCOUNTS = ("front", "other", "stray")
METHODS = ("GET", "PUT")
PATHS = ("/a", "/a/b", "/c")


def some(*values: Any) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)


def fields(**each: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=each).filter(bool)


SOURCES = st.one_of(
    fields(serviceAccounts=some("shop/front", "shop/other")),
    fields(
        principals=some("cluster.local/ns/shop/sa/front", "*"),
        namespaces=some("shop", "elsewhere"),
        notPrincipals=some("cluster.local/ns/shop/sa/front", "cluster.local/ns/shop/sa/other"),
    ),
    fields(requestPrincipals=some(f"{ISSUER}/*", "*")),
    fields(notRequestPrincipals=some("*", f"{ISSUER}/*")),
)
OPERATIONS = fields(
    ports=some("8080", "5000"),
    methods=some(*METHODS),
    paths=some(*PATHS, "/a/*", "/a*", "*b", "/a/{*}"),
    notMethods=some(*METHODS),
    notPaths=some(*PATHS, "/a/*"),
)
RULES = st.fixed_dictionaries(
    {},
    optional={
        "from": st.lists(st.fixed_dictionaries({"source": SOURCES}), min_size=1, max_size=2),
        "to": st.lists(st.fixed_dictionaries({"operation": OPERATIONS}), min_size=1, max_size=2),
        "when": st.lists(
            st.sampled_from(
                [{"key": "request.headers[x-a]", "values": ["b"]}, {"key": "source.ip", "values": ["10.9.0.1"]}]
            ),
            min_size=1,
            max_size=1,
        ),
    },
)
POLICIES = st.lists(
    st.tuples(st.sampled_from(["ALLOW", "ALLOW", "DENY"]), st.lists(RULES, min_size=1, max_size=2)), max_size=3
)


@settings(max_examples=150, deadline=None)
@given(POLICIES)
def test_accesses_are_what_the_evaluator_lets_through(policies: list[tuple[str, list[Any]]]) -> None:
    found = world(TOKENS, STRICT, *(_policy(f"p{at}", *policy) for at, policy in enumerate(policies)))
    accesses = platform_of_manifests(Subject(world=found), {}).accesses
    web = found.workload("shop", "web")
    assert web
    for account, port, request in _calls():
        verdict = decide(found, Call(caller=caller(account), callee=web, port=port, request=request)).verdict
        terms = [(each, term) for each in accesses for term in each.terms if _takes(term, request)]
        covering = [term for each, term in terms if each.port in (0, port) and _may_mean(each, account)]
        # a rule without ports is told for every port, whatever they speak; names with wildcards as they are written
        plain = [term for each, term in terms if each.port in (port, 0 if request else port) and _means(each, account)]
        what = f"{account} {port} {request}: {verdict}, {covering}"
        if verdict is Verdict.ALLOWED:
            assert covering, what
        if verdict is Verdict.REFUSED:
            assert all(term.where for term in plain), what


GATEWAY = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: door, namespace: shop}
spec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP}]}
"""
MATCHES = st.fixed_dictionaries(
    {
        "path": st.fixed_dictionaries(
            {"type": st.sampled_from(["Exact", "PathPrefix"]), "value": st.sampled_from(PATHS)}
        )
    },
    optional={"method": st.sampled_from(METHODS)},
)


@settings(max_examples=100, deadline=None)
@given(POLICIES, st.lists(MATCHES, max_size=2), st.booleans())
def test_routes_are_public_where_a_call_without_a_token_passes(
    policies: list[tuple[str, list[Any]]], matches: list[Any], named: bool
) -> None:
    of_door = [(action, _by_door(rules) if named and action == "ALLOW" else rules) for action, rules in policies]
    rules = (_policy(f"p{at}", *policy) for at, policy in enumerate(of_door))
    found = world(TOKENS, STRICT, GATEWAY, _route(matches), *rules)
    accesses = platform_of_manifests(Subject(world=found), {}).accesses
    web = found.workload("shop", "web")
    assert web
    for method, path in product(METHODS, PATHS):
        request = Request(method=method, path=path)
        call = Call(caller=caller("door-istio"), callee=web, port=PORTS["http"], request=request)
        passes = decide(found, call).verdict is Verdict.ALLOWED and _is_led(matches, method, path)
        public = [
            term
            for each in accesses
            for term in each.terms
            if each.subject is Kind.ROUTE and not term.token and term.reaches(Term(method=method, path=path))
        ]
        assert public or not passes, (method, path, accesses)
        assert passes or all(term.where for term in public), (method, path, public)


def _by_door(rules: list[Any]) -> list[Any]:
    """The same rules for the door's account alone."""
    return [{**rule, "from": [{"source": {"serviceAccounts": ["shop/door-istio"]}}]} for rule in rules]


def _route(matches: list[Any]) -> str:
    rule = {"backendRefs": [{"name": "web", "port": 80}], **({"matches": matches} if matches else {})}
    return yaml.safe_dump(
        {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "HTTPRoute",
            "metadata": {"name": "door", "namespace": "shop"},
            "spec": {"parentRefs": [{"name": "door"}], "rules": [rule]},
        }
    )


def _is_led(matches: list[Any], method: str, path: str) -> bool:
    return not matches or any(
        match.get("method", method) == method and (path == match["path"]["value"] or _is_below(match["path"], path))
        for match in matches
    )


def _is_below(match: dict[str, str], path: str) -> bool:
    return match["type"] == "PathPrefix" and path.startswith(f"{match['value']}/")


def _policy(name: str, action: str, rules: list[Any]) -> str:
    return yaml.safe_dump(
        {
            "apiVersion": "security.istio.io/v1",
            "kind": "AuthorizationPolicy",
            "metadata": {"name": name, "namespace": "shop"},
            "spec": {"selector": {"matchLabels": {"app": "web"}}, "action": action, "rules": rules},
        }
    )


def _calls() -> Iterator[tuple[str, int, Request | None]]:
    token = Token(claims={"iss": ISSUER, "sub": "somebody", "aud": ["shop"]})
    for account in ACCOUNTS:
        yield account, PORTS["raw"], None
        for method, path, carried in product(METHODS, PATHS, (None, token)):
            yield account, PORTS["http"], Request(method=method, path=path, token=carried)


def _means(access: Access, account: str) -> bool:
    return access.caller in (f"shop/{account}", "shop/*", "anyone", "anyone in the mesh")


def _may_mean(access: Access, account: str) -> bool:
    return _means(access, account) or "*" in access.caller


def _takes(term: Term, request: Request | None) -> bool:
    if request is None:  # bytes: what speaks of requests says nothing of them
        return not (term.method or term.path or term.token)
    asked = Term(method=request.method, path=request.path, token=request.token is not None)
    return term.reaches(asked) and (asked.token or not term.token)
