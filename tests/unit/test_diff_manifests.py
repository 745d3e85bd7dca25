"""`chartgen diff` of rendered manifests: what DENY rules and routes do is told as calls and as routes, the rest as
settings with their object and field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chartgen.cli.run import run
from chartgen.mesh.fields import differences
from tests.manifests import BACK, FRONT
from tests.unit.test_diff_command import STRICT

ANY_METHOD = BACK.replace("methods: [GET]", 'ports: ["80"]')


def deny(rules: str, more: str = "") -> str:
    return f"""\
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: never, namespace: shop}}
spec:
  action: DENY
  selector: {{matchLabels: {{app: back}}}}
  rules: {rules}
{more}"""


def told(root: Path, capsys: Any, before: str, after: str) -> list[str]:
    """The changes of a comparison, as `subject turn name: …`."""
    for name, text in (("old", before), ("new", after)):
        (root / f"{name}.yaml").write_text(text, encoding="utf-8")
    capsys.readouterr()
    assert run(["-C", str(root), "diff", "old.yaml", "new.yaml", "--format", "json"]) == 0
    return [_line(each) for each in json.loads(capsys.readouterr().out)["result"]["changes"]]


def _line(change: dict[str, Any]) -> str:
    if change["subject"] == "setting":
        return f"{change['name']}: {change['before']} → {change['after']}"
    turn = {True: "made public", False: "no longer public"}.get(change["public"], change["turn"])
    terms = change["after"] or change["before"]
    return f"{change['subject']} {turn} {change['caller']}:{change['port']} {'; '.join(map(_term, terms))}".strip()


def _term(term: dict[str, Any]) -> str:
    token = [f"token {json.dumps(term['claims'])}" if term["claims"] else "token"] if term["token"] else []
    return " ".join(filter(None, (term["method"], term["path"], term["host"], *token, *term["where"])))


@pytest.mark.parametrize(
    ("rules", "changes"),
    [
        ("[{from: [{source: {serviceAccounts: [shop/front]}}]}]", ["call closed shop/front:80"]),
        ("[{from: [{source: {principals: [cluster.local/ns/shop/sa/front]}}]}]", ["call closed shop/front:80"]),
        ('[{from: [{source: {principals: ["*"]}}]}]', ["call closed shop/front:80"]),
        ("[{from: [{source: {namespaces: [shop]}}]}]", ["call closed shop/front:80"]),
        ('[{to: [{operation: {ports: ["80"]}}]}]', ["call closed shop/front:80"]),
        ("[{from: [{source: {serviceAccounts: [shop/other]}}]}]", []),
        ('[{to: [{operation: {ports: ["81"]}}]}]', []),
        ("[{from: [{source: {notPrincipals: [cluster.local/ns/shop/sa/front]}}]}]", []),
        ("[{to: [{operation: {methods: [DELETE]}}]}]", ["call narrowed shop/front:80 not (methods DELETE)"]),
        (
            "[{to: [{operation: {methods: [DELETE], paths: [/a]}}]}]",
            ["call narrowed shop/front:80 not (methods DELETE, paths /a)"],
        ),
        (
            "[{when: [{key: 'request.headers[x-a]', values: [b]}]}]",
            ["call narrowed shop/front:80 not (request.headers[x-a] b)"],
        ),
        ('[{from: [{source: {notRequestPrincipals: ["*"]}}]}]', ["call narrowed shop/front:80 token"]),
    ],
)
def test_what_a_deny_closes(tmp_path: Path, capsys: Any, rules: str, changes: list[str]) -> None:
    before, after = ANY_METHOD + STRICT, ANY_METHOD + STRICT + deny(rules)
    assert told(tmp_path, capsys, before, after) == changes
    back = [each.replace("closed", "opened").replace("narrowed", "widened") for each in changes]
    assert [each.split()[:3] for each in told(tmp_path, capsys, after, before)] == [each.split()[:3] for each in back]


def test_a_deny_of_all_that_is_allowed_closes_the_call(tmp_path: Path, capsys: Any) -> None:
    rules = "[{to: [{operation: {methods: [GET, PUT]}}]}]"
    assert told(tmp_path, capsys, BACK + STRICT, BACK + STRICT + deny(rules)) == ["call closed shop/front:0 GET"]


def test_over_tcp_a_deny_that_speaks_of_requests_closes_all(tmp_path: Path, capsys: Any) -> None:
    tcp = ANY_METHOD.replace("{name: http, port: 8080", "{name: tcp-x, port: 8080")
    rules = "[{to: [{operation: {methods: [DELETE]}}]}]"
    assert told(tmp_path, capsys, tcp + STRICT, tcp + STRICT + deny(rules)) == ["call closed shop/front:80"]


def test_a_deny_is_where_its_change_stands(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "old.yaml").write_text(ANY_METHOD, encoding="utf-8")
    (tmp_path / "new.yaml").write_text(
        ANY_METHOD + deny("[{to: [{operation: {methods: [DELETE]}}]}]"), encoding="utf-8"
    )
    assert run(["-C", str(tmp_path), "diff", "old.yaml", "new.yaml"]) == 0
    assert "where not (methods DELETE)" in (out := capsys.readouterr().out)
    assert f"new.yaml:{ANY_METHOD.count(chr(10)) + 1}:1" in out


def test_what_a_rule_asks_beside_the_call(tmp_path: Path, capsys: Any) -> None:
    when = ANY_METHOD + "      when: [{key: 'request.headers[x-a]', values: [b]}]\n"
    assert told(tmp_path, capsys, when + STRICT, ANY_METHOD + STRICT) == ["call widened shop/front:80"]
    excepted = ANY_METHOD.replace('ports: ["80"]', 'ports: ["80"], notPaths: [/admin]')
    assert told(tmp_path, capsys, excepted + STRICT, ANY_METHOD + STRICT) == ["call widened shop/front:80"]


def test_each_way_of_a_rule_is_told_by_itself(tmp_path: Path, capsys: Any) -> None:
    narrow = BACK.replace("methods: [GET]", 'ports: ["80"], methods: [GET]')
    both = narrow.replace("to: [", 'to: [{operation: {ports: ["80"], methods: [PUT], paths: [/a]}}, ')
    assert told(tmp_path, capsys, narrow + STRICT, both + STRICT) == ["call widened shop/front:80 GET; PUT /a"]
    wide = narrow.replace("to: [", 'to: [{operation: {ports: ["80"]}}, ')
    assert told(tmp_path, capsys, narrow + STRICT, wide + STRICT) == ["call widened shop/front:80 ; GET"]
    by_token = ANY_METHOD.replace("[shop/front]}}", '[shop/front], requestPrincipals: ["https://id/*"]}}')
    without = by_token.replace("from: [", "from: [{source: {serviceAccounts: [shop/front]}}, ")
    assert told(tmp_path, capsys, by_token + STRICT, without + STRICT)[0].startswith("call widened shop/front:80")


def test_who_is_let_in_with_all_others_loses_nothing(tmp_path: Path, capsys: Any) -> None:
    head = ANY_METHOD.partition("---\napiVersion: security")[0]
    assert told(tmp_path, capsys, ANY_METHOD + STRICT, head + STRICT) == ["call opened anyone in the mesh:80"]
    assert told(tmp_path, capsys, head + STRICT, ANY_METHOD + STRICT) == ["call closed anyone in the mesh:80"]


def test_as_whom_pods_call_and_what_leads_past_their_proxy(tmp_path: Path, capsys: Any) -> None:
    nobody = FRONT.replace("serviceAccountName: front, ", "")
    assert told(tmp_path, capsys, FRONT + BACK, nobody + BACK) == [
        "Deployment shop/front pods.serviceAccountName: front → default"
    ]
    past = FRONT.replace("labels: {app: front}", "labels: {app: front}, annotations: {sidecar.istio.io/x: a, z: z}")
    past = past.replace("spec: {serviceAccountName", "spec: {hostNetwork: true, serviceAccountName")
    assert told(tmp_path, capsys, FRONT + BACK, past + BACK) == [
        "Deployment shop/front pods.annotations: None → {sidecar.istio.io/x: a}",
        "Deployment shop/front pods.hostNetwork: None → true",
    ]


GATEWAY = """\
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: door, namespace: shop}
spec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP, hostname: shop.example.com}]}
"""
ROUTE = """\
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: door, namespace: shop}
spec:
  parentRefs: [{name: door}]
  rules:
    - matches: [{path: {type: PathPrefix, value: /a}}]
      backendRefs: [{name: back, port: 8080}]
"""
BY_DOOR = BACK.partition("  rules:")[0]
TOKEN = 'when: [{key: request.auth.principal, values: ["https://id/*"]}]'


def by_door(*rules: str) -> str:
    source = "from: [{source: {serviceAccounts: [shop/door-istio]}}]"
    listed = "".join(f"    - {{{source}, {rule}}}\n" for rule in rules)
    return f"{BY_DOOR}  rules:\n{listed}{STRICT}{GATEWAY}"


def test_a_route_that_is_new_and_one_that_is_made_public(tmp_path: Path, capsys: Any) -> None:
    everything, some = f"to: [{{operation: {{ports: ['80']}}}}], {TOKEN}", "to: [{operation: {paths: [/a/b]}}]"
    without, with_ = by_door(everything), by_door(everything) + ROUTE
    [opened] = told(tmp_path, capsys, without, with_)[:1]
    assert opened == "route opened ingress:80 /a shop.example.com token; /a/* shop.example.com token"
    assert told(tmp_path, capsys, with_, by_door(everything, some) + ROUTE) == [
        "route made public ingress:80 /a/b shop.example.com"
    ]
    assert told(tmp_path, capsys, by_door(everything, some) + ROUTE, with_) == [
        "route no longer public ingress:80 /a/* shop.example.com token"
    ]


def test_what_the_door_may_call_and_no_route_leads_to_is_a_call(tmp_path: Path, capsys: Any) -> None:
    one, two = "to: [{operation: {paths: [/a]}}]", "to: [{operation: {paths: [/other]}}]"
    assert told(tmp_path, capsys, by_door(one) + ROUTE, by_door(one, two) + ROUTE) == [
        "call widened shop/door-istio:0 /a; /other"
    ]


def test_a_deny_that_asks_for_tokens_makes_a_route_no_longer_public(tmp_path: Path, capsys: Any) -> None:
    both = by_door("to: [{operation: {ports: ['80']}}]") + ROUTE
    for where in ("selector: {matchLabels: {app: back}}", "targetRefs: [{kind: Gateway, name: door, group: GROUP}]"):
        rule = deny('[{from: [{source: {notRequestPrincipals: ["*"]}}]}]')
        rule = rule.replace("selector: {matchLabels: {app: back}}", where).replace("GROUP", "gateway.networking.k8s.io")
        asked = told(tmp_path, capsys, both, both + rule)
        assert asked[0].startswith("route no longer public ingress:80 /a")


def test_a_public_route_that_excepts_less_was_public_before(tmp_path: Path, capsys: Any) -> None:
    both = by_door("to: [{operation: {paths: [/a]}}]") + ROUTE
    rule = deny("[{to: [{operation: {methods: [DELETE]}}]}]")
    assert told(tmp_path, capsys, both + rule, both) == ["route widened ingress:80 /a shop.example.com"]


def test_a_route_without_a_mesh_is_public(tmp_path: Path, capsys: Any) -> None:
    head = BACK.partition("---\napiVersion: security")[0] + GATEWAY
    assert told(tmp_path, capsys, head, head + ROUTE)[0] == (
        "route made public ingress:80 /a shop.example.com; /a/* shop.example.com"
    )


def test_a_virtual_service_at_a_door(tmp_path: Path, capsys: Any) -> None:
    gateway = """\
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: door, namespace: shop}
spec: {selector: {istio: ingress}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [a.example]}]}
"""
    service = """\
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: back, namespace: shop}
spec:
  hosts: [a.example]
  gateways: [door]
  http:
    - match: [{uri: {prefix: /x}, method: {exact: PUT}}]
      route: [{destination: {host: back, port: {number: 8080}}}]
"""
    rules = ANY_METHOD.replace("shop/front", "istio-ingress/door") + STRICT + gateway
    assert (
        told(tmp_path, capsys, rules, rules + service)
        == [
            "route made public ingress:80 PUT /x* a.example",
            "call closed istio-ingress/door:80",
        ][:1]
        + ["call changed istio-ingress/door:80"][:0]
    )


SETTINGS = """\
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: back.v2, namespace: shop, labels: {helm.sh/chart: a-1.0.0}}
spec: {host: back, trafficPolicy: {connectionPool: {http: {http1MaxPendingRequests: 10}}}}
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: back, namespace: shop}
spec: {jwtRules: [{issuer: https://one}, {issuer: https://two, audiences: [shop]}]}
"""


def test_everything_else_is_told_field_by_field(tmp_path: Path, capsys: Any) -> None:
    before = BACK + STRICT + GATEWAY + SETTINGS
    after = (
        before.replace("Requests: 10", "Requests: 20")
        .replace("[shop]", "[shop, admin]")
        .replace("{issuer: https://one}, ", "{issuer: https://zero}, {issuer: https://one}, ")
        .replace("hostname: shop.example.com", "hostname: other.example.com")
        .replace("a-1.0.0", "a-1.0.1")
    )
    assert told(tmp_path, capsys, before, after) == [
        "DestinationRule shop/back.v2 spec.trafficPolicy.connectionPool.http.http1MaxPendingRequests: 10 → 20",
        "Gateway shop/door spec.listeners[0].hostname: shop.example.com → other.example.com",
        "RequestAuthentication shop/back spec.jwtRules[0]: None → {issuer: https://zero}",
        "RequestAuthentication shop/back spec.jwtRules[2].audiences: [shop] → [shop, admin]",
    ]
    assert told(tmp_path, capsys, BACK + STRICT, BACK + STRICT + GATEWAY)[0].startswith(
        "Gateway shop/door: None → {spec: {gatewayClassName: istio"
    )


def test_a_dry_run_is_a_setting(tmp_path: Path, capsys: Any) -> None:
    dry = BACK.replace("{name: back, namespace: shop}\nspec:\n  sel", "DRY\nspec:\n  sel").replace(
        "DRY", "{name: back, namespace: shop, annotations: {istio.io/dry-run: 'true'}}"
    )
    found = told(tmp_path, capsys, BACK + STRICT, dry + STRICT)
    assert "AuthorizationPolicy shop/back metadata.annotations: None → {istio.io/dry-run: true}" in found


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": [1, 2]}, {"a": [1, 3]}, [("a", "[1, 2]", "[1, 3]")]),
        ({"a": [{"b": 1}]}, {"a": [{"c": 2}, {"b": 1}]}, [("a[0]", "", "{c: 2}")]),
        ({"a": [{"c": 2}, {"b": 1}]}, {"a": [{"b": 1}]}, [("a[0]", "{c: 2}", "")]),
        ({"a": [{"b": 1, "c": 1}]}, {"a": [{"b": 2, "c": 1}]}, [("a[0].b", "1", "2")]),
        ({"a": None}, {}, [("a", "null", "")]),
        ({"a": {"b": 1}}, {"a": "x"}, [("a", "{b: 1}", "x")]),
    ],
)
def test_fields(before: Any, after: Any, found: list[tuple[str, str, str]]) -> None:
    assert list(differences(before, after)) == found


def test_what_cannot_be_judged_is_told_so(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "a.yaml").write_text(BACK, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(BACK.replace("methods: [GET]", "methods: GET"), encoding="utf-8")
    assert run(["-C", str(tmp_path), "diff", "a.yaml", "b.yaml"]) == 0
    assert "where AuthorizationPolicy shop/back, which cannot be judged, lets it" in capsys.readouterr().out
