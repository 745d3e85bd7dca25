"""`chartgen namespace` from argv to output."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from chartgen.cli.run import run

HEAD = """\
apiVersion: chartgen.dev/v1
kind: ServiceRegistry
metadata: {name: shop, version: 1.0.0}
images: {prefix: example}
environments: [{name: dev}, {name: prod}]
"""
SERVICES = """\
services:
  - {name: front, port: 80, healthEndpoint: /health, dependencies: [{service: stock, METHODS}]}
  - {name: stock, port: 80, healthEndpoint: /health}
"""
SECURITY = "pod-security.kubernetes.io/"


def shop(folder: Path, more: str, methods: str = "", weak: str = "") -> Path:
    services = SERVICES.replace(", METHODS", f", {methods}" if methods else "")
    (folder / "registry.yaml").write_text(HEAD + more + services + weak, encoding="utf-8")
    for name, values in (("dev", "{}"), ("prod", "global: {mesh: {namespace: shop-live}}")):
        (folder / "values" / name).mkdir(parents=True, exist_ok=True)
        (folder / "values" / name / "values.yaml").write_text(f"{values}\n", encoding="utf-8")
    return folder


def labels(root: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    assert run(["-C", str(root), "namespace"]) == 0
    found: dict[str, str] = yaml.safe_load(capsys.readouterr().out)["metadata"]["labels"]
    assert found.pop("app.kubernetes.io/part-of") == "shop"
    return found


@pytest.mark.parametrize(
    ("arguments", "name"),
    [([], "shop"), (["--env", "dev"], "shop"), (["--env", "prod"], "shop-live"), (["--namespace", "x"], "x")],
)
def test_whose_name_it_has(tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], name: str) -> None:
    root = shop(tmp_path, "mesh: {type: istio}\n")
    assert run(["-C", str(root), "namespace", *arguments]) == 0
    assert yaml.safe_load(capsys.readouterr().out)["metadata"]["name"] == name


def test_sidecars_are_injected_and_pod_security_only_warns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = labels(shop(tmp_path, "mesh: {type: istio}\n"), capsys)
    assert found == {"istio-injection": "enabled", f"{SECURITY}audit": "restricted", f"{SECURITY}warn": "restricted"}


@pytest.mark.parametrize(("methods", "level"), [("", "restricted"), ("methods: [GET]", "baseline")])
def test_ambient_enforces_what_istio_s_own_pods_there_keep(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], methods: str, level: str
) -> None:
    found = labels(shop(tmp_path, "mesh: {type: istio, mode: ambient}\n", methods), capsys)
    assert found["istio.io/dataplane-mode"] == "ambient"
    assert found[f"{SECURITY}enforce"] == level
    assert found[f"{SECURITY}warn"] == "restricted"


@pytest.mark.parametrize(
    ("weak", "level"),
    [
        ("", "restricted"),
        ("  - {name: agent, securityContext: {runAsNonRoot: false, runAsUser: 0}}\n", "baseline"),
        ("  - {name: agent, securityContext: {privileged: true}}\n", "privileged"),
        ("  - {name: agent, volumes: [{name: logs, mountPath: /logs, hostPath: /var/log}]}\n", "privileged"),
    ],
)
def test_no_more_is_enforced_than_the_pods_keep(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], weak: str, level: str
) -> None:
    found = labels(shop(tmp_path, "", weak=weak), capsys)
    assert found == {f"{SECURITY}{mode}": level for mode in ("enforce", "audit", "warn")}


def test_json_holds_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = shop(tmp_path, "mesh: {type: istio}\n")
    assert run(["-C", str(root), "namespace"]) == 0
    text = yaml.safe_load(capsys.readouterr().out)
    assert run(["-C", str(root), "namespace", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["command"], document["result"]) == ("namespace", text)


def test_an_unknown_environment_is_misuse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-C", str(shop(tmp_path, "")), "namespace", "--env", "qa"]) == 2
    assert 'no environment "qa"' in capsys.readouterr().err


def test_a_name_that_no_namespace_can_have(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = shop(tmp_path, "mesh: {type: istio}\n")
    assert run(["-C", str(root), "namespace", "--namespace", "A B"]) == 2
    assert '"A B" is no name of a namespace' in capsys.readouterr().err
    (root / "values" / "prod" / "values.yaml").write_text("global: {mesh: {namespace: x y}}\n", encoding="utf-8")
    assert run(["-C", str(root), "namespace", "--env", "prod"]) == 1
    assert 'values/prod/values.yaml:1:17: error[CG504]: "x y" is no name of a namespace' in capsys.readouterr().err
