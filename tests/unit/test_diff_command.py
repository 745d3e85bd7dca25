"""`chartgen diff` of files: rendered manifests, and what is neither they nor registries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chartgen.cli.run import run
from tests.manifests import BACK

STRICT = """\
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: STRICT}}
"""


def diff(root: Path, capsys: Any, before: str, after: str) -> list[tuple[str, str, str, str]]:
    for name, text in (("old", before), ("new", after)):
        (root / name).mkdir(exist_ok=True)
        (root / name / "all.yaml").write_text(text, encoding="utf-8")
    capsys.readouterr()
    assert run(["-C", str(root), "diff", "old", "new", "--format", "json"]) == 0
    result = json.loads(capsys.readouterr().out)["result"]
    return [(each["subject"], each["turn"], each["name"], each.get("caller", "")) for each in result["changes"]]


def test_the_same_manifests(tmp_path: Path, capsys: Any) -> None:
    assert diff(tmp_path, capsys, BACK + STRICT, BACK + STRICT) == []


def test_a_rule_that_changes(tmp_path: Path, capsys: Any) -> None:
    wider = BACK.replace("[GET]", "[GET, PUT]").replace("[shop/front]", "[shop/front, shop/tool]")
    assert diff(tmp_path, capsys, BACK + STRICT, wider + STRICT) == [
        ("call", "widened", "shop/back", "shop/front"),
        ("call", "opened", "shop/back", "shop/tool"),
    ]


def test_what_nothing_stops_any_more(tmp_path: Path, capsys: Any) -> None:
    head = BACK.partition("---\napiVersion: security")[0]
    found = diff(tmp_path, capsys, BACK + STRICT, head + STRICT)
    assert ("call", "opened", "shop/back", "anyone in the mesh") in found


def test_plaintext_that_is_taken(tmp_path: Path, capsys: Any) -> None:
    anyone = BACK.replace("- from: [{source: {serviceAccounts: [shop/front]}}]\n      to:", "- to:").replace(
        "[GET]", '["*"]'
    )
    found = diff(tmp_path, capsys, anyone + STRICT, anyone)
    assert found == [
        ("exception", "opened", "shop/back", "anyone"),
        ("setting", "changed", "PeerAuthentication shop/default", ""),
    ]


def test_network_policies_where_there_is_no_mesh(tmp_path: Path, capsys: Any) -> None:
    head = BACK.partition("---\napiVersion: security")[0]
    policy = """\
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: back, namespace: shop}
spec: {podSelector: {matchLabels: {app: back}}, policyTypes: [Ingress], ingress: []}
"""
    assert diff(tmp_path, capsys, head, head + policy) == [("call", "closed", "shop/back", "anyone")]


def test_manifests_and_a_registry_cannot_be_compared(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "all.yaml").write_text(BACK, encoding="utf-8")
    (tmp_path / "registry.yaml").write_text(
        "apiVersion: chartgen.dev/v1\nkind: ServiceRegistry\nmetadata: {name: shop, version: 1.0.0}\n"
        "images: {prefix: x}\nservices: [{name: a}]\n",
        encoding="utf-8",
    )
    assert run(["-C", str(tmp_path), "diff", "all.yaml"]) == 2
    assert "all.yaml holds rendered manifests" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "a: 1\n", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\n"])
def test_neither(tmp_path: Path, capsys: Any, text: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.yaml").write_text(text, encoding="utf-8")
    assert run(["-C", str(tmp_path), "diff", "folder", "folder"]) == 2
    assert "neither a registry nor manifests" in capsys.readouterr().err


DENY = """\
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: no-purge, namespace: shop}
spec:
  action: DENY
  selector: {matchLabels: {app: back}}
  rules: [{to: [{operation: {paths: [/orders]}}]}]
"""


def test_a_rule_that_narrows_is_a_change(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "a.yaml").write_text(BACK, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(BACK + DENY, encoding="utf-8")
    (tmp_path / "c.yaml").write_text(BACK + DENY.replace("/orders", "/carts"), encoding="utf-8")
    for before, after in (("a", "b"), ("b", "c")):
        assert run(["-C", str(tmp_path), "diff", "--exit-code", f"{before}.yaml", f"{after}.yaml"]) == 1
        assert "shop/front on every port, " in capsys.readouterr().out


AUDITED = """\
apiVersion: chartgen.dev/v1
kind: ServiceRegistry
metadata: {name: shop, version: 1.0.0}
images: {prefix: ghcr.io/acme}
mesh: {type: istio, audit: false}
services: [{name: web, port: 80}]
"""


def test_policies_that_are_no_longer_in_force_are_an_exception(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "a.yaml").write_text(AUDITED, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(AUDITED.replace("false", "true"), encoding="utf-8")
    run(["-C", str(tmp_path), "diff", "a.yaml", "b.yaml"])
    out = capsys.readouterr().out
    assert "exception, audit: anyone" in out
    assert "no policy of the mesh is in force" in out
    run(["-C", str(tmp_path), "diff", "b.yaml", "a.yaml"])
    assert "exception removed, audit" in capsys.readouterr().out
