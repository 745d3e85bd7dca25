"""A sidecar knows who is called by an address only by a headless Service: what operators and their pods do is let
through, and the proof sees what stands in its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartgen.workflows import generate, verify

if TYPE_CHECKING:
    from pathlib import Path

    from chartgen.tools.helm import Helm

REGISTRY = """
apiVersion: chartgen.dev/v1
kind: ServiceRegistry
metadata: {name: shop, version: 1.0.0}
mesh: {type: istio, mode: sidecar}
environments: [{name: prod}]
datastores:
  - {name: db, engine: postgresql, topology: ha, provision: operator, secret: db-login}
  - {name: cache, engine: redis, topology: cluster, provision: operator}
  - {name: sessions, engine: redis, topology: ha, provision: operator}
  - {name: own, engine: redis, topology: cluster, provision: builtin}
services:
  - {name: app, image: 'ghcr.io/acme/app:1.0.0', dependencies: [db, cache, sessions, own]}
"""
STORES = "charts/shop/charts/mesh-policy/templates/datastores"


def found(root: Path, helm: Helm, *, without: str = "", store: str = "db") -> list[str]:
    """What the proof says of the platform, without the objects of a store's policies that hold these words."""
    (root / "registry.yaml").write_text(REGISTRY, encoding="utf-8")
    generate.run(root)
    if without:
        file = root / STORES / f"{store}.yaml"
        head, *objects = file.read_text(encoding="utf-8").split("---\n")
        kept = [each for each in objects if without not in each]
        assert len(kept) == len(objects) - 1
        file.write_text("---\n".join([head, *kept]), encoding="utf-8")
    return [f"{each.code} {each.message}" for each in verify.run(root, helm=helm.path).diagnostics]


def test_what_operators_call_is_proven(tmp_path: Path, helm43: Helm) -> None:
    assert found(tmp_path, helm43) == []


def test_an_operator_without_an_identity_is_let_in(tmp_path: Path, helm43: Helm) -> None:
    told = found(tmp_path, helm43, without="portLevelMtls")
    assert any(each.startswith("CG751 anyone → db:8000") and "STRICT" in each for each in told)


def test_peers_need_a_headless_service(tmp_path: Path, helm43: Helm) -> None:
    told = found(tmp_path, helm43, without="clusterIP: None", store="cache")
    assert any(each.startswith("CG763 no headless Service lists port 16379 of cache") for each in told)
    told = found(tmp_path, helm43, without="clusterIP: None")
    assert any(each.startswith("CG763 no headless Service lists port 8000 of db") for each in told)
