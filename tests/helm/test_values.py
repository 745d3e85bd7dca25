"""What an operator's values do to a render, on both helms."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from chartgen.audit.objects import mapping
from chartgen.audit.platform import index
from chartgen.audit.rules import audit_platform
from chartgen.diagnostics import Severity
from chartgen.tools.process import run
from chartgen.workflows.lint import lint_charts
from tests.helm.conftest import RELEASE, Platform, compiled, write

if TYPE_CHECKING:
    from pathlib import Path

    from chartgen.tools.helm import Helm
    from chartgen.tools.process import Completed

SERVICES = """
  {name: web, port: 8080, healthEndpoint: /, exposed: true, dependencies: [store, search],
   env: {A_DSN: "$(STORE)/x", STORE: "postgres://here", PLAIN: text}},
  {name: web-test, port: 8080, healthEndpoint: /},
  {name: store, port: 8080, healthEndpoint: /, volumes: [{name: data, mountPath: /data, claim: {size: 1Gi}}]},
  {name: search, port: 8080, healthEndpoint: /,
   volumes: [{name: data, mountPath: /data, claim: {size: 1Gi, access: ReadWriteMany}}]}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A platform to install with values."""

    platform: Platform
    helm: Helm
    folder: Path

    def tried(self, values: Any) -> Completed:
        """How helm ends with these values."""
        return self.helm.template(self.platform.umbrella, release=RELEASE, values=[self.written(values)])

    def pod(self, service: str, values: Any) -> Any:
        """The pod's spec of a service."""
        things = self.platform.render(self.helm, values=(self.written(values),))
        [pod] = [thing.pod for thing in things if thing.name == service and thing.pod]
        return pod.spec

    def env(self, values: Any) -> dict[str, Any]:
        """The variables of `web`, in their order."""
        return {entry["name"]: entry.get("value") for entry in self.pod("web", values)["containers"][0]["env"]}

    def written(self, values: Any) -> Path:
        path = self.folder / "given.yaml"
        path.write_text(json.dumps(values), encoding="utf-8")
        return path


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    return write(compiled(SERVICES), tmp_path_factory.mktemp("shop"))


@pytest.fixture
def shop(platform: Platform, helm: Helm, tmp_path: Path) -> Shop:
    return Shop(platform=platform, helm=helm, folder=tmp_path)


def test_settings_win_over_env_even_when_empty(shop: Shop) -> None:
    assert shop.env({"web": {"settings": {"PLAIN": ""}}})["PLAIN"] == ""


@pytest.mark.parametrize("name", ["PLAIN", "STORE"])
def test_a_variable_set_to_null_disappears(shop: Shop, name: str) -> None:
    left = [other for other in ("STORE", "A_DSN", "PLAIN") if other != name]
    assert list(shop.env({"web": {"env": {name: None}}})) == left


def test_affinity_keeps_the_pods_apart(shop: Shop) -> None:
    node: Any = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": []}}
    plain, given = shop.pod("web", {}), shop.pod("web", {"web": {"affinity": {"nodeAffinity": node}}})
    assert given["affinity"] == {**plain["affinity"], "nodeAffinity": node}
    assert set(plain["affinity"]) == {"podAntiAffinity"}


def test_every_unmet_need_is_named_at_once(shop: Shop) -> None:
    done = shop.tried({"store": {"enabled": False}, "search": {"enabled": False}})
    assert done.code
    assert "web needs search" in done.stderr
    assert "web needs store" in done.stderr


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"image": None}, "image"),
        ({"image": {"repository": None}}, "repository"),
        ({"autoscaling": None}, "autoscaling"),
        ({"podLabels": {"app.kubernetes.io/component": "x"}}, "podLabels"),
        ({"podAnnotations": {"checksum/files": "x"}}, "podAnnotations"),
    ],
)
def test_what_would_break_the_chart_is_refused_by_its_schema(shop: Shop, values: Any, said: str) -> None:
    done = shop.tried({"web": values})
    assert done.code
    assert "values don't meet the specifications of the schema" in done.stderr
    assert said in done.stderr


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"resources": {"requests": {"cpu": 2}}}, 'CG507: Deployment "web", container "web": asks for cpu 2, above'),
        ({"resources": {"limits": {"memory": "1 GB"}}}, 'CG507: Deployment "web", container "web": limits.memory 1 GB'),
        ({"env": {"A=B": "x"}}, 'CG506: Deployment "web", container "web": "A=B" is no name'),
        ({"podLabels": {"team": "a b"}}, 'CG506: Deployment "web" has team: "a b" among its pods\' labels'),
        ({"tolerations": [{"key": "a", "effect": "NoRun"}]}, 'CG508: Deployment "web" has the text "NoRun" as spec.'),
    ],
)
def test_lint_says_what_the_api_server_would_refuse(values: Any, said: str, helm: Helm, tmp_path: Path) -> None:
    platform = write(compiled(SERVICES), tmp_path)
    (tmp_path / "values/dev/values.yaml").write_text(json.dumps({"web": values}), encoding="utf-8")
    linted = lint_charts(platform.root, platform.registry, helm=helm.path)
    found = [f"{d.code}: {d.message}" for d in linted.diagnostics if d.severity is Severity.ERROR]
    assert len(found) == 1
    assert found[0].startswith(said)
    assert found[0].endswith("(with dev)")


def test_a_claim_of_one_node_is_handed_over(shop: Shop) -> None:
    things = shop.platform.render(shop.helm)
    strategies = {thing.name: thing.spec["strategy"]["type"] for thing in things if thing.kind == "Deployment"}
    assert (strategies["store"], strategies["search"]) == ("Recreate", "RollingUpdate")


def test_notes_name_no_service_that_is_off(platform: Platform, helm43: Helm, tmp_path: Path) -> None:
    shop = Shop(platform=platform, helm=helm43, folder=tmp_path)
    assert "service/web " in notes(shop, {})
    assert "service/web " not in notes(shop, {"web": {"enabled": False}})


def test_test_pods_belong_to_no_service(shop: Shop) -> None:
    things = shop.platform.render(shop.helm, "global.helmTest.enabled=true")
    objects = index(things)
    assert {service.name: [pod.name for pod in pods] for service, pods in objects.services()} == {
        name: [name] for name in ("search", "store", "web", "web-test")
    }
    pods = [thing for thing in things if thing.hook]
    assert len(pods) == 4
    assert {mapping(pod.data["metadata"])["labels"]["app.kubernetes.io/name"] for pod in pods} == {"shop-helm-test"}
    assert {finding.code for finding in audit_platform(objects)} <= {"CG526"}


def notes(shop: Shop, values: Any) -> str:
    """NOTES.txt as an installation would print it; Helm 4 asks no API server for it."""
    argv = [shop.helm.path, "install", RELEASE, str(shop.platform.umbrella), "--values", str(shop.written(values))]
    done = run([*argv, "--dry-run=client"], environment={"KUBECONFIG": "/nonexistent"})
    assert not done.code, done.stderr
    return done.stdout.partition("\nNOTES:\n")[2]
