"""Small rules behind the checks of a mesh: paths, durations, claims, routes beside each other."""

from __future__ import annotations

import pytest

from chartgen.registry import compile_registry
from chartgen.registry.checks.paths import is_open, misread, prefix
from chartgen.registry.durations import milliseconds

HEAD = """\
apiVersion: chartgen.dev/v1
kind: ServiceRegistry
metadata: {name: shop, version: 1.0.0}
services: [{name: web, port: 80, healthEndpoint: /health}, {name: api, port: 80, healthEndpoint: /health}]
"""
MESH = """\
mesh:
  type: istio
  pathNormalization: decodeAndMergeSlashes
  jwt: {issuer: "https://id.example.com", audiences: [shop], jwksUri: "https://id.example.com/keys"}
"""


def codes(routes: str, mesh: str = MESH) -> list[str]:
    """The codes that routes get, in the order of the file."""
    text = (
        f"{HEAD}{mesh}gateway:\n  hosts: [a.example.com, '*.b.example.com', x.b.example.com]\n  tls: shop\n  routes:\n"
    )
    text += "".join(f"    - {route}\n" for route in routes.strip().splitlines())
    return [found.code for found in compile_registry("registry.yaml", text.encode(), lambda _path: None).diagnostics]


@pytest.mark.parametrize(
    "path",
    ["/", "/*", "/a", "/a/", "/a/*", "/v1/users:cancel", "/a;v=1", "/Users(1)", "/a$b", "/~me", "/pkg.Service/Get"],
)
def test_plain_paths_are_read(path: str) -> None:
    assert misread(path) is None


@pytest.mark.parametrize(
    "path",
    ["/a*", "/*/a", "/a/**", "/{id}", "/:id", "/<id>", "/a.*", "/a.+", "/[ab]", "/^a", "/a$", "/a|b", "/(?i)a", "/a\\d",
     "/a?b", "/a#b", "/../a", "/a/.", "/./*", "//", "/a//b", "/a%2Fb", "/a%20b", "/ä", '/a"b', "/a/..", "/{*}", "/a}"],
)  # fmt: skip
def test_other_paths_are_refused_with_a_mend(path: str) -> None:
    wrong = misread(path)
    assert wrong and all(wrong)


def test_prefixes() -> None:
    assert (prefix("/a/*"), prefix("/*"), prefix("/a")) == ("/a/", "/", "")
    assert is_open(()) and is_open(("/a", "/*")) and not is_open(("/a/*",))


@pytest.mark.parametrize(
    ("text", "expected"), [("1ms", 1), ("2s", 2000), ("1m30s", 90_000), ("1h2m3s4ms", 3_723_004), ("1500ms", 1500)]
)
def test_durations(text: str, expected: int) -> None:
    assert milliseconds(text) == expected


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        ("{service: web, paths: [/a]}\n{service: api, paths: [/a/*]}", []),
        ("{service: web, paths: [/a]}\n{service: api, paths: [/a]}", ["CG713"]),
        ("{service: web, paths: [/a], methods: [GET]}\n{service: api, paths: [/a], methods: [POST]}", []),
        (
            "{service: web, paths: [/a], hosts: [a.example.com]}\n"
            "{service: api, paths: [/a], hosts: [x.b.example.com]}",
            [],
        ),
        ("{service: web}\n{service: api}", ["CG713"]),
        ("{service: web}\n{service: api, paths: [/*]}", ["CG713"]),
        # one service: what is wider and weaker opens what is narrower and stricter
        ("{service: web}\n{service: web, paths: [/admin/*], roles: [admin]}", ["CG714"]),
        ("{service: web, paths: [/a/*]}\n{service: web, paths: [/a/b], roles: [admin]}", ["CG714"]),
        ("{service: web, paths: [/a/*], roles: [admin]}\n{service: web, paths: [/a/b]}", []),
        ("{service: web, paths: [/a/*], roles: [admin]}\n{service: web, paths: [/a/b], roles: [admin]}", []),
        ("{service: web, paths: [/a/*], roles: [admin]}\n{service: web, paths: [/a/b], roles: [admin, boss]}", []),
        (
            "{service: web, paths: [/a/*], roles: [admin, boss]}\n{service: web, paths: [/a/b], roles: [admin]}",
            ["CG714"],
        ),
        ("{service: web, paths: [/a/*]}\n{service: web, paths: [/ab], roles: [admin]}", []),
        ("{service: web, paths: [/a/*]}\n{service: web, paths: [/a], roles: [admin]}", []),
        ("{service: web, paths: [/a/*]}\n{service: api, paths: [/a/b], roles: [admin]}", []),
        ("{service: web, paths: [/a/*], public: true}\n{service: web, paths: [/a/b]}", ["CG714"]),
        # hosts: a wildcard admits the single one
        (
            "{service: web, hosts: ['*.b.example.com'], public: true}\n"
            "{service: web, hosts: [x.b.example.com], roles: [admin]}",
            ["CG714"],
        ),
        (
            "{service: web, hosts: ['*.b.example.com'], roles: [admin]}\n"
            "{service: web, hosts: [x.b.example.com], public: true}",
            [],
        ),
    ],
)
def test_routes_beside_each_other(routes: str, expected: list[str]) -> None:
    assert codes(routes) == expected


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        ("{service: web, paths: [/a/*], public: true}", ["CG715"]),
        ("{service: web, paths: [/a], public: true}", []),
        ("{service: web, public: true}", []),
        ("{service: web, paths: [/a/*]}", []),
        ("{service: web, paths: [/a/*]}\n{service: web, paths: [/b], roles: [admin]}", ["CG715"]),
        ("{service: web, paths: [/a/*], roles: [admin]}\n{service: web, paths: [/b]}", []),
        ("{service: web, paths: [/a/*]}\n{service: api, paths: [/b], roles: [admin]}", []),
    ],
)
def test_prefixes_that_a_trick_passes(routes: str, expected: list[str]) -> None:
    assert codes(routes, MESH.replace("decodeAndMergeSlashes", "default")) == expected
