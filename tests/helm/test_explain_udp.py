"""`chartgen explain` on UDP, inside and outside, on operators, and on requests that are typed wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from chartgen.cli.run import run
from chartgen.tools.helm import Helm

_REGISTRY = """
apiVersion: chartgen.dev/v1
kind: ServiceRegistry
metadata: {name: shop, version: 1.0.0}
images: {prefix: ghcr.io/acme}
mesh: {type: istio}
externals:
  - {name: time, host: 192.0.2.7, ports: [{port: 123, protocol: udp, name: ntp}, {port: 443, name: api}]}
datastores: [{name: db, engine: postgresql, provision: operator}]
services:
  - {name: a, healthEndpoint: /health, ports: [{name: http, port: 80}, {name: u, port: 53, protocol: udp}]}
  - {name: b, healthEndpoint: /health, port: 80, dependencies: [{service: a, ports: [u]}, db, time]}
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explain-udp")
    (folder / "registry.yaml").write_text(_REGISTRY, encoding="utf-8")
    assert run(["-C", str(folder), "generate"]) == 0
    return folder


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What other runs remember plays no part."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (["b", "a"], "b → a on u (53): allowed"),
        (["b", "a", "--port", "u"], "b → a on u (53): allowed"),
        (["b", "a", "--port", "53"], "b → a on u (53): allowed"),
        (["db", "a", "--port", "u"], "db → a on u (53): refused by network policy"),
        (["operator", "db"], "operator → db on "),
        (["b", "time", "--port", "ntp"], "b → time on ntp (123): allowed"),
        (["b", "time", "--port", "123"], "b → time on ntp (123): allowed"),
        (["b", "time", "--port", "api"], "b → time on api (443): allowed"),
        (["a", "time", "--port", "ntp"], "a → time on ntp (123): refused by network policy\n"),
        (["a", "time", "--port", "api"], "a → time on api (443): refused by network policy and Sidecar\n"),
        (["b", "time", "--port", "124"], "b → time on 124: refused by network policy\n"),
    ],
)
def test_it_answers(
    root: Path, helm43: Helm, capsys: pytest.CaptureFixture[str], asked: list[str], answer: str
) -> None:
    assert run(["-C", str(root), "--helm", helm43.path, "explain", *asked]) == 0
    assert capsys.readouterr().out.startswith(answer)


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (["b", "a", "--path", "orders"], "a path begins with a slash: /orders"),
        (["b", "a", "--method", "get"], "a method is written in capitals: GET"),
        (["b", "a", "--method", "G T"], "'G T' is no method of HTTP"),
        (["operator", "a"], 'no operator runs "a"'),
    ],
)
def test_what_is_typed_wrong_is_said(
    root: Path, helm43: Helm, capsys: pytest.CaptureFixture[str], asked: list[str], error: str
) -> None:
    assert run(["-C", str(root), "--helm", helm43.path, "explain", *asked]) == 2
    assert error in capsys.readouterr().err
