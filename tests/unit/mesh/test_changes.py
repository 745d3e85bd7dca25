"""What a comparison finds between two registries, and how it is told."""

from __future__ import annotations

import re
from typing import Any

import pytest

from chartgen.diagnostics import Span
from chartgen.mesh.accesses import platform_of
from chartgen.mesh.changes import Change, Subject, Turn, compare
from chartgen.mesh.comment import markdown
from chartgen.mesh.premises import premises_of
from chartgen.mesh.record import document
from chartgen.mesh.terms import Term, words
from chartgen.mesh.told import Comparison, summary, text
from chartgen.registry import compile_registry

HEAD = """\
apiVersion: chartgen.dev/v1
kind: ServiceRegistry
metadata: {name: shop, version: 1.0.0}
images: {prefix: example.com/shop}
"""
MESH = (
    "mesh: {type: istio, jwt: {issuer: https://id.example.com, audiences: [shop], jwksUri: https://id.example.com/j}}\n"
)
WEB = "  - {name: web, port: 80, healthEndpoint: /health}\n"


def changes(before: str, after: str) -> tuple[Change, ...]:
    return compare(_platform(before), _platform(after))


def _platform(body: str) -> Any:
    result = compile_registry("registry.yaml", (HEAD + body).encode(), lambda _path: None)
    assert result.registry is not None and result.sources is not None, result.diagnostics
    return platform_of(result.registry, premises_of(result.registry, {}), result.sources.span)


def calls(dependency: str) -> str:
    return (
        "services:\n"
        "  - {name: api, ports: [{port: 80}, {name: grpc, port: 90}], healthEndpoint: /health}\n"
        f"  - {{name: web, port: 80, healthEndpoint: /health, dependencies: [{dependency}]}}\n"
    )


def door(routes: str) -> str:
    return f"{MESH}gateway: {{hosts: [shop.example.com], routes: [{routes}]}}\nservices:\n{WEB}"


def brief(found: tuple[Change, ...]) -> list[tuple[str, str, str, int]]:
    return [(str(each.turn), each.caller, each.name, each.port) for each in found]


def test_the_same_is_the_same_however_it_is_written() -> None:
    one = "services:\n  - {name: api, port: 80, healthEndpoint: /h}\n" + WEB
    other = "services:\n" + WEB + "  - {name: api, ports: [{port: 80}], healthEndpoint: /h}\n"
    assert changes(one, other) == ()


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "{service: api, ports: [http]}", [("opened", "web", "api", 80)]),
        ("{service: api, ports: [http]}", "", [("closed", "web", "api", 80)]),
        ("", "api", [("opened", "web", "api", 80), ("opened", "web", "api", 90)]),
        ("{service: api, ports: [http]}", "api", [("widened", "web", "api", 90)]),
        ("api", "{service: api, ports: [http]}", [("narrowed", "web", "api", 90)]),
        (
            "{service: api, ports: [http], methods: [GET]}",
            "{service: api, ports: [http]}",
            [("widened", "web", "api", 80)],
        ),
        (
            "{service: api, ports: [http], paths: [/a/*]}",
            "{service: api, ports: [http], paths: [/a/b]}",
            [("narrowed", "web", "api", 80)],
        ),
        (
            "{service: api, ports: [http], methods: [GET, PUT]}",
            "{service: api, ports: [http], methods: [PUT, GET]}",
            [],
        ),
    ],
)  # fmt: skip
def test_calls(before: str, after: str, expected: list[Any]) -> None:
    assert brief(changes(calls(before), calls(after))) == expected


def test_a_call_that_changes_says_both_terms() -> None:
    old = calls("{service: api, ports: [http], methods: [GET], paths: [/a]}")
    new = calls("{service: api, ports: [http], methods: [GET, PUT], paths: [/a]}")
    [change] = changes(old, new)
    assert change.turn is Turn.WIDENED
    both = (Term(method="GET", path="/a"), Term(method="PUT", path="/a"))
    assert (change.before, change.after) == (both[:1], both)
    assert (change.place.line, change.is_after) == (7, True)
    [back] = changes(new, old)
    assert back.turn is Turn.NARROWED
    assert (back.before, back.after) == (both, both[:1])


def test_a_route_made_public_and_back() -> None:
    private, public = (f"{{service: web, paths: [/a], public: {value}}}" for value in ("false", "true"))
    [opened] = changes(door(private), door(public))
    assert (opened.public, opened.turn, opened.before[0].token, opened.after[0].token) == (
        True, Turn.WIDENED, True, False,
    )  # fmt: skip
    [closed] = changes(door(public), door(private))
    assert (closed.public, closed.turn) == (False, Turn.NARROWED)
    assert summary([opened]) == "1 route made public"
    assert summary([closed]) == "1 route no longer public"


def test_roles_that_a_route_asks_for() -> None:
    admin, owner, either = (
        f"{{service: web, paths: [/a], roles: [{roles}]}}" for roles in ("admin", "owner", "admin, owner")
    )
    assert [c.turn for c in changes(door(admin), door(either))] == [Turn.WIDENED]
    assert [c.turn for c in changes(door(either), door(admin))] == [Turn.NARROWED]
    [swapped] = changes(door(admin), door(owner))
    assert (swapped.turn, swapped.public) == (Turn.CHANGED, None)


def test_exceptions_come_with_their_reason() -> None:
    plain = "{name: web, ports: [{port: 80, plaintext: the till knows no mesh}], healthEndpoint: /health}"
    [change] = changes(f"{MESH}services:\n{WEB}", f"{MESH}services: [{plain}]\n")
    assert (change.subject, change.turn, change.reason) == (Subject.EXCEPTION, Turn.OPENED, "the till knows no mesh")
    assert "the till knows no mesh" in text(Comparison(before="a", after="b", changes=(change,)))


def test_what_only_one_side_has_is_told_as_a_whole() -> None:
    found = changes(f"services:\n{WEB}", f"{MESH}services:\n{WEB}")
    assert [(c.name, c.values) for c in found] == [("mesh", ("", "sidecar"))]
    other = MESH.replace("[shop]", "[shop, till]")
    [audience] = changes(f"{MESH}services:\n{WEB}", f"{other}services:\n{WEB}")
    assert (audience.name, audience.values) == ("mesh.jwt.audiences", ("shop", "shop, till"))


_TOKENS = "gateway: {hosts: [shop.example.com], routes: [{service: web, cors: {origins: [https://a.example.com]}}]}\n"


@pytest.mark.parametrize(
    ("old", "new", "name", "values"),
    [
        ("jwt: {", "jwt: {forward: false, ", "mesh.jwt.forward", ("", "false")),
        ("jwt: {", "jwt: {claimHeaders: {x-user: sub}, ", "mesh.jwt.claimHeaders", ("", "x-user: sub")),
        ("a.example", "b.example", "CORS of web /*", ("https://a.example.com", "https://b.example.com")),
        ("/health}", "/health, enabled: false}", "web.enabled", ("", "false")),
        ("/health}", "/health, serviceAccount: {name: till}}", "web.serviceAccount", ("", "till")),
        (
            "/health}",
            "/health, patches: [{kind: Deployment, name: web, merge: {spec: {paused: true}}}]}",
            "web.patches.Deployment/web",
            ("", "{spec: {paused: true}}"),
        ),
    ],
)
def test_settings(old: str, new: str, name: str, values: tuple[str, str]) -> None:
    before = f"{MESH}{_TOKENS}services:\n{WEB}"
    [change] = changes(before, before.replace(old, new))
    assert (change.subject, change.name, change.values) == (Subject.SETTING, name, values)
    assert change.place.line


def test_nodes_and_externals() -> None:
    after = (
        f"services:\n{WEB}  - {{name: job, dependencies: [{{external: bank}}]}}\n"
        "externals: [{name: bank, host: bank.example.com}]\n"
    )
    found = changes(f"services:\n{WEB}", after)
    assert brief(found) == [("opened", "job", "bank", 443), ("opened", "", "bank", 0), ("opened", "", "job", 0)]
    assert summary(found) == "1 call opened, 1 service added, 1 external added"


def test_the_caller_is_a_version_where_not_all_versions_call() -> None:
    versions = "versions: [{name: v1, weight: 90}, {name: v2, weight: 10, dependencies: %s}]"
    web = (
        "services:\n  - {name: api, port: 80, healthEndpoint: /h}\n  - {name: web, port: 80, healthEndpoint: /h, %s}\n"
    )
    before, after = (web % (versions % calls) for calls in ("[]", "[api]"))
    assert brief(changes(before, after)) == [("opened", "web@v2", "api", 80)]


def test_terms_in_words() -> None:
    found = words([Term(method="GET", path="/a"), Term(method="PUT", path="/a"), Term(path="/b", token=True), Term()])
    assert found == ("GET, PUT /a", "all", "/b with a token")


NASTY = "``` </details> <script> | [x](http://evil) @team #1 \\u202e\\n# head"


def test_markdown_lets_no_text_of_a_registry_out() -> None:
    plain = f'{{name: web, ports: [{{port: 80, plaintext: "{NASTY}"}}], healthEndpoint: /health}}'
    found = changes(f"{MESH}services:\n{WEB}", f"{MESH}services: [{plain}]\n")
    page = markdown(Comparison(before="`x`", after="b", changes=found))
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", page)
    assert not re.search(r"[<>@#|]|evil|head", outside), outside
    assert "\u202e" not in page


def test_long_lists_are_folded_and_bounded() -> None:
    place = Span("registry.yaml", 3, 5)
    many = tuple(
        Change(subject=Subject.CALL, turn=Turn.OPENED, name=f"n{n}", place=place, is_after=True, caller="y", port=1)
        for n in range(4000)
    )
    one = many[0]
    assert "<details>" not in markdown(Comparison(before="a", after="b", changes=(one,)))
    page = markdown(Comparison(before="a", after="b", changes=many))
    assert len(page) < 65_536
    assert page.count("<details>") == page.count("</details>") == 1
    assert re.search(r"- … and \d+ more\n", page)


def test_json_keeps_its_shape() -> None:
    [change] = changes(calls(""), calls("{service: api, ports: [http], methods: [GET]}"))
    result: Any = document(Comparison(before="a", after="b", changes=(change,)))
    assert result == {
        "before": "a",
        "after": "b",
        "changed": True,
        "changes": [
            {
                "subject": "call",
                "turn": "opened",
                "name": "api",
                "side": "after",
                "file": "registry.yaml",
                "line": 7,
                "column": 67,
                "why": "declared call",
                "caller": "web",
                "port": 80,
                "portName": "http",
                "before": [],
                "after": [{"method": "GET", "path": None, "host": None, "token": False, "claims": {}, "where": []}],
                "public": None,
                "reason": None,
            }
        ],
    }


def test_no_change_says_so() -> None:
    same = Comparison(before="HEAD", after="working tree", changes=())
    assert text(same) == "HEAD → working tree: nothing changes for who may call whom\n"
    assert "Nothing changes" in markdown(same)
