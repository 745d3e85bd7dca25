"""Requests that leave the platform are tried again by nobody, whatever their host is: a name, an address, names below
one, or a Service of another namespace; and the proof sees where nothing says so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from chartgen.workflows import generate, verify

if TYPE_CHECKING:
    from pathlib import Path

    from chartgen.tools.helm import Helm

REGISTRY = """
apiVersion: chartgen.dev/v1
kind: ServiceRegistry
metadata: {name: shop, version: 1.0.0}
mesh: {type: istio, mode: %s}
datastores:
  - {name: find, engine: opensearch, provision: {default: external, builtin: {}, external: {host: os.example.com}}}
  - {name: seek, engine: opensearch, provision: {default: external, external: {host: 10.0.0.9}}}
  - {name: look, engine: opensearch, provision: {default: external, external: {host: os.search.svc}}}
externals:
  - {name: bank, host: bank.example.com, ports: [{name: http, port: 80}, {name: http-b, port: 81}]}
  - {name: old, host: 10.1.2.3, ports: [{name: http, port: 80}]}
  - {name: wild, host: "*.w.example.com", ports: [{name: http, port: 80}]}
  - {name: kin, host: x.other.svc, ports: [{name: http, port: 80}]}
services:
  - name: web
    image: ghcr.io/acme/web:1.0.0
    dependencies: [{external: bank}, {external: old}, {external: wild}, {external: kin}, find, seek, look]
"""
HOSTS = {
    "externals/bank": "bank.example.com",
    "externals/old": "old.external",
    "externals/wild": "*.w.example.com",
    "externals/kin": "x.other.svc.cluster.local",
    "datastores/find": "os.example.com",
    "datastores/seek": "seek.external",
    "datastores/look": "os.search.svc.cluster.local",
}


def found(root: Path, helm: Helm) -> list[str]:
    """What the proof says of the charts as they lie there."""
    return [f"{each.code} {each.message}" for each in verify.run(root, helm=helm.path).diagnostics]


@pytest.mark.parametrize("mode", ["sidecar", "ambient"])
def test_calls_to_the_outside_are_proven(mode: str, tmp_path: Path, helm43: Helm) -> None:
    (tmp_path / "registry.yaml").write_text(REGISTRY % mode, encoding="utf-8")
    generate.run(tmp_path)
    assert found(tmp_path, helm43) == []


def test_a_host_of_which_nothing_is_said_is_found(tmp_path: Path, helm43: Helm) -> None:
    (tmp_path / "registry.yaml").write_text(REGISTRY % "sidecar", encoding="utf-8")
    generate.run(tmp_path)
    for name in HOSTS:
        file = tmp_path / f"charts/shop/charts/mesh-policy/templates/{name}.yaml"
        text = file.read_text(encoding="utf-8")
        assert "  hosts: [" in text
        file.write_text(text.replace("kind: VirtualService", "kind: Ignored"), encoding="utf-8")
    told = found(tmp_path, helm43)
    silent = {host for each in told for host in re.findall("nothing says how calls to (.+) are tried again", each)}
    assert silent == {*HOSTS.values(), "find", "find-headless"}  # with other values it is inside
