"""What the API server refuses, chartgen refuses without one; and what is close to it, both take (refusals.yaml,
near_misses.yaml)."""

from __future__ import annotations

import copy
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from chartgen.audit.platform import index
from chartgen.audit.rules import audit_document, audit_platform
from chartgen.diagnostics import Severity
from chartgen.registry import compile_registry
from chartgen.workflows.lint import lint_charts
from scripts import kubernetes_schema
from tests.cluster.harness import platforms
from tests.cluster.harness.platforms import objects

if TYPE_CHECKING:
    from collections.abc import Callable

    from chartgen.registry import Compiled
    from chartgen.tools.helm import Helm
    from tests.cluster.harness.kube import Kube, Space
    from tests.cluster.harness.platforms import Edit, Platform
    from tests.cluster.harness.releases import Release

HERE = Path(__file__).parent
REFUSED = yaml.safe_load((HERE / "refusals.yaml").read_text(encoding="utf-8"))
TAKEN = yaml.safe_load((HERE / "near_misses.yaml").read_text(encoding="utf-8"))
LABELS = {f"app.kubernetes.io/{name}": "a" for name in ("name", "instance", "part-of")}
DRY = ("create", "--dry-run=server", "--validate=strict", "-f")
SPECS: dict[str, tuple[str, Any]] = {
    "Deployment": ("apps/v1", {"selector": {"matchLabels": {"app": "a"}}, "template": {"spec": {"containers": [{}]}}}),
    "Job": ("batch/v1", {"template": {"spec": {"containers": [{}], "restartPolicy": "Never"}}}),
    "NetworkPolicy": ("networking.k8s.io/v1", {"podSelector": {}}),
    "PersistentVolumeClaim": ("v1", {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}),
    "PodDisruptionBudget": ("policy/v1", {"selector": {"matchLabels": {"app": "a"}}}),
    "Service": ("v1", {"selector": {"app": "a"}, "ports": [{"port": 80}]}),
}


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["name"])
def test_what_the_server_refuses_chartgen_refuses(case: Any, kube: Kube, tmp_path: Path) -> None:
    thing = shown(case)
    said = judged(kube, tmp_path, thing)
    if case.get("alone"):
        assert "created" in said
        said = judged(kube, tmp_path, pod_of(thing))
    assert re.search(case["says"], said), said
    if "service" in case:
        assert case["code"] in {diagnostic.code for diagnostic in compiled([case["service"]]).diagnostics}
    if "lint" in case:
        assert case["lint"] in linted(thing)


def test_an_object_without_a_fault_passes_everywhere(kube: Kube, tmp_path: Path) -> None:
    """Or else the cases would be refused for another reason than theirs."""
    for kind in SPECS:
        thing = shown({"kind": kind})
        assert judged(kube, tmp_path, thing).endswith("created (server dry run)\n")
        assert not {code for code in linted(thing) if code in ("CG506", "CG507", "CG508", "CG509", "CG543")}


def test_near_misses_are_taken(spaces: Callable[..., Space], helm43: Helm, tmp_path: Path) -> None:
    platform = platforms.written(registry(TAKEN), tmp_path / "near")
    linted_charts = lint_charts(platform.root, platform.registry, helm=helm43.path)
    assert [found for found in linted_charts.diagnostics if found.severity is Severity.ERROR] == []
    rendered = helm43.template(platform.chart, release="near")
    assert not rendered.code, rendered.stderr
    admitting = spaces("privileged")
    admitting.do("apply", "--dry-run=server", "--validate=strict", "-f", str(admitting.file(objects(rendered.stdout))))


def test_the_fields_are_those_of_the_server(kube: Kube) -> None:
    """chartgen/audit/kubernetes.json is made from a server of this version."""
    if os.environ.get("CHARTGEN_CLUSTER") == "own":
        return  # which may be of any version
    schema = kubernetes_schema.asked(kube.kubectl, kube.kubeconfig)
    assert kubernetes_schema.text_of(schema) == kubernetes_schema.FILE.read_text(encoding="utf-8")


def test_a_stateful_set_that_must_keep_its_claims_is_made_anew(
    tmp_path: Path, release_of: Callable[[Platform], Release]
) -> None:
    """CG616: the upgrade is refused, and passes after what the hint says."""
    platform = platforms.written(registry([{"name": "db", "kind": "StatefulSet", **claim("1Gi")}]), tmp_path / "near")
    release = release_of(platform)
    release.install()
    release = replaced_chart(release, platform.changed(lambda edit: put(edit, "db", claim("2Gi"))))
    refused = release.try_upgrade()
    assert refused.code
    assert "spec.volumeClaimTemplates: Invalid value" in refused.stderr
    release.space.do("delete", "statefulset", "db", "--cascade=orphan")
    release.upgrade()
    [kept] = release.space.get("persistentvolumeclaims")
    assert kept["spec"]["resources"]["requests"] == {"storage": "1Gi"}


def test_a_claim_gets_no_smaller_and_another_kind_does_not_see_it(
    tmp_path: Path, release_of: Callable[[Platform], Release]
) -> None:
    """CG616 and CG617."""
    platform = platforms.written(registry([{"name": "files", **claim("2Gi")}]), tmp_path / "near")
    release = release_of(platform)
    release.install()
    release = replaced_chart(release, platform.changed(lambda edit: put(edit, "files", claim("1Gi"))))
    refused = release.try_upgrade()
    assert refused.code
    assert "field can not be less than status.capacity" in refused.stderr
    other = {"kind": "StatefulSet", **claim("2Gi")}
    release = replaced_chart(release, platform.changed(lambda edit: put(edit, "files", other)))
    release.upgrade()
    assert release.space.names("persistentvolumeclaims") == {
        "PersistentVolumeClaim/files-data",
        "PersistentVolumeClaim/data-files-0",
    }


def claim(size: str) -> Any:
    """The fields of a service with a claim of that size."""
    return {"volumes": [{"name": "data", "mountPath": "/data", "claim": {"size": size}}]}


def put(edit: Edit, service: str, fields: Any) -> None:
    """Sets several fields of a service."""
    for key, value in fields.items():
        edit.put(service, key, value)


def replaced_chart(release: Release, platform: Platform) -> Release:
    """The release, whose chart lies where it lay."""
    assert release.chart == platform.chart
    return release


def registry(services: list[Any]) -> str:
    """A registry of these services."""
    head = {
        "apiVersion": "chartgen.dev/v1",
        "kind": "ServiceRegistry",
        "metadata": {"name": "near", "version": "1.0.0"},
    }
    return json.dumps({**head, "images": {"prefix": "example"}, "services": services})


def compiled(services: list[Any]) -> Compiled:
    """What chartgen says of services that have these fields."""
    text = registry([{"name": "a", **fields} for fields in services])
    return compile_registry("registry.yaml", text.encode(), lambda _: None)


def shown(case: Any) -> Any:
    """The object of a case: a small one of its kind, with what the case merges into it."""
    kind = case.get("kind", "Deployment")
    version, spec = copy.deepcopy(SPECS[kind])
    thing = {"apiVersion": version, "kind": kind, "metadata": {"name": "a", "labels": LABELS}, "spec": spec}
    if "template" in spec:
        template = merged(spec["template"], {"metadata": {"labels": {"app": "a", **LABELS}}})
        template = merged(template, case.get("template", {}))
        template["spec"]["containers"] = [merged({"name": "a", "image": "example/a:1"}, case.get("container", {}))]
        spec["template"] = template
    return merged(thing, case.get("object", {}))


def pod_of(thing: Any) -> Any:
    """The pod that a workload would make."""
    template = thing["spec"]["template"]
    metadata = {"name": "a", **template["metadata"]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}


def judged(kube: Kube, folder: Path, thing: Any) -> str:
    """The server's words on an object."""
    file = folder / "object.json"
    file.write_text(json.dumps(thing), encoding="utf-8")
    done = kube.run("-n", "default", *DRY, str(file))
    return done.stderr + done.stdout


def linted(thing: Any) -> set[str]:
    """The codes that lint has for an object."""
    audited = audit_document(json.dumps(thing), "charts/a/templates/a.yaml")
    found = [*audited.findings, *audit_platform(index([audited.thing] if audited.thing else []))]
    return {diagnostic.code for diagnostic in found}


def merged(target: Any, part: Any) -> Any:
    """Both, map by map."""
    if not (isinstance(target, dict) and isinstance(part, dict)):
        return part
    return {**target, **{key: merged(target.get(key), value) for key, value in part.items()}}
