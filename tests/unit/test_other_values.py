"""Manifests that were rendered with other values than those by which they are judged: one thing is said of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chartgen.workflows import rendered

CASES = Path(__file__).parents[1] / "cases" / "verify"
BASE = (CASES / "base.yaml").read_text(encoding="utf-8")
ELSEWHERE = BASE.replace('"istio-system"', "mesh-system").replace("istio-system/*", "mesh-system/*")
BY_DOMAIN = re.sub(r"( +)serviceAccounts:", r"\1principals:", BASE)
BY_DOMAIN = re.sub(r"- (default|monitoring)/(?=[a-z-]+$)", r"- acme.test/ns/\1/sa/", BY_DOMAIN, flags=re.MULTILINE)
OTHER_DOOR = BASE.replace("default/shop-istio", "edge/door")


def said(root: Path, manifests: str, environment: str = "", **values: str | None) -> list[str]:
    text = (CASES / "registry.yaml").read_text(encoding="utf-8")
    names = ", ".join(f"{{name: {name}}}" for name in values)
    (root / "registry.yaml").write_text(f"{text}environments: [{names}]\n" if values else text, encoding="utf-8")
    for name, given in values.items():
        folder = root / "values" / name
        folder.mkdir(parents=True, exist_ok=True)
        if given is not None:
            (folder / "values.yaml").write_text(given, encoding="utf-8")
            (folder / "release.yaml").write_text("{}\n", encoding="utf-8")
    (root / "all.yaml").write_text(manifests, encoding="utf-8")
    found = rendered.run(root, "all.yaml", environment=environment).diagnostics
    return [f"{each.code} {each.message} ({each.hint})" for each in found]


@pytest.mark.parametrize(
    ("manifests", "settings"),
    [
        (ELSEWHERE, "global.mesh.controlPlane.namespace: mesh-system"),
        (BY_DOMAIN, "global.mesh.trustDomain: acme.test"),
        (OTHER_DOOR, "global.mesh.ingress.namespace: edge, global.mesh.ingress.serviceAccount: door"),
    ],
)
def test_a_value_that_explains_all_is_told_alone(manifests: str, settings: str, tmp_path: Path) -> None:
    assert manifests != BASE
    hint = "say --env NAME of the environment whose values have that; if none has, the manifests are wrong"
    words = f"the manifests look rendered with {settings}, not with the defaults"
    assert said(tmp_path, manifests) == [f"CG757 {words} ({hint})"]


def test_an_environment_that_cannot_be_read_is_none_that_was_meant(tmp_path: Path) -> None:
    (tmp_path / "values" / "prod" / "values.yaml").mkdir(parents=True)
    found = said(tmp_path, ELSEWHERE, prod=None)
    assert len(found) == 1
    assert "look rendered with global.mesh.controlPlane.namespace: mesh-system, not with the defaults" in found[0]


_STRAY = "apiVersion: v1\nkind: Pod\nmetadata: {name: stray}\nspec: {containers: [{name: a}]}\n"
MESH = "global: {mesh: {controlPlane: {namespace: mesh-system}}}\n"


def test_so_is_an_environment_and_those_that_are_like_it(tmp_path: Path) -> None:
    words = "the manifests look rendered with the values of environment staging or prod, not with the defaults"
    assert said(tmp_path, ELSEWHERE, dev="{}\n", staging=MESH, prod=MESH) == [f"CG757 {words} (say --env staging)"]


def test_and_that_none_was_meant(tmp_path: Path) -> None:
    words = "the manifests look rendered with the defaults, not with those of environment prod"
    assert said(tmp_path, BASE, "prod", prod=MESH) == [f"CG757 {words} (leave --env out)"]


def test_what_no_values_explain_stays(tmp_path: Path) -> None:
    assert [each[:5] for each in said(tmp_path, BASE.replace("mode: STRICT", "mode: PERMISSIVE"))].count("CG757") == 0
    found = said(tmp_path, f"{ELSEWHERE}---\n{_STRAY}")
    assert len(found) == 2
    assert "look rendered with global.mesh.controlPlane.namespace" in found[0] + found[1]
    assert "Pod default/stray is in the platform's namespace" in found[0] + found[1]
