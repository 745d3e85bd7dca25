"""`chartgen graph` from argv to output."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chartgen.cli.run import run

REGISTRY = """\
apiVersion: chartgen.dev/v1
kind: ServiceRegistry
metadata: {name: shop, version: 1.0.0}
images: {prefix: example}
services:
  - {name: front, port: 80, healthEndpoint: /health, owner: web, dependencies: [stock]}
  - {name: stock, port: 80, healthEndpoint: /health, owner: data}
  - {name: mail, port: 80, healthEndpoint: /health, owner: web}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "registry.yaml").write_text(REGISTRY, encoding="utf-8")
    return tmp_path


def test_text_is_what_it_writes_unless_told_otherwise(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-C", str(shop), "graph"]) == 0
    assert capsys.readouterr().out.startswith("shop 1.0.0 · 3 services, 1 call, 2 waves\n")


@pytest.mark.parametrize(("form", "start"), [("mermaid", "flowchart TB\n"), ("dot", 'digraph "shop" {\n')])
def test_other_forms(shop: Path, capsys: pytest.CaptureFixture[str], form: str, start: str) -> None:
    assert run(["-C", str(shop), "graph", "-o", form, "--group-by", "owner"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(start)
    assert '"web"' in out


def test_json_is_one_document(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-C", str(shop), "graph", "--output", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["command"] == "graph"
    assert document["result"]["waves"] == [["mail", "stock"], ["front"]]


def test_a_service_shows_its_surroundings(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-C", str(shop), "graph", "stock", "-o", "json"]) == 0
    assert [node["name"] for node in json.loads(capsys.readouterr().out)["result"]["nodes"]] == ["stock", "front"]


def test_an_unknown_service_is_wrong_usage(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-C", str(shop), "graph", "stok"]) == 2
    assert 'no service, datastore or external "stok" (did you mean "stock"?)' in capsys.readouterr().err


def test_a_registry_with_errors_is_not_drawn(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "registry.yaml").write_text(REGISTRY.replace("[stock]", "[stok]"), encoding="utf-8")
    assert run(["-C", str(shop), "graph", "-o", "dot"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "CG203" in captured.err
    assert run(["-C", str(shop), "graph", "-o", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["result"] is None
    assert [found["code"] for found in document["diagnostics"]] == ["CG203"]
