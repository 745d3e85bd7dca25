"""Whether what upgrades have made of a release is what an installation would make of it now."""

from __future__ import annotations

import json
from typing import Any

from tests.cluster.harness.kube import Space
from tests.cluster.harness.releases import Release


def as_if_new(release: Release, elsewhere: Space) -> tuple[dict[str, Any], dict[str, Any]]:
    """The release's objects as they are, and as the server would make them anew in another namespace: equal unless
    something stayed behind. `kubectl diff` does not see a field that only an earlier revision had."""
    manifest = release.space.folder / "manifest.yaml"
    manifest.write_text(release.manifest(), encoding="utf-8")
    made = elsewhere.do("create", "--dry-run=server", "-o", "json", "-f", str(manifest))
    new = json.loads("[" + made.replace("\n}\n{", "\n},\n{") + "]")
    live = release.space.get("-f", str(manifest))
    scaled = {thing["metadata"]["name"] for thing in live if thing["kind"] == "HorizontalPodAutoscaler"}
    return _said(live, scaled), _said(new, scaled)


def _said(things: list[Any], scaled: set[str]) -> dict[str, Any]:
    return {f"{thing['kind']}/{thing['metadata']['name']}": _content(thing, scaled) for thing in things}


def _content(thing: Any, scaled: set[str]) -> Any:
    """What the chart has a say in: not what the server gives out itself, nor what an autoscaler decides."""
    content = {key: value for key, value in thing.items() if key not in ("metadata", "status")}
    spec = content.get("spec", {})
    if thing["kind"] == "Service":
        _without(spec, "clusterIP", "clusterIPs")
    if thing["kind"] == "PersistentVolumeClaim":
        _without(spec, "volumeName")
    if thing["kind"] == "Job":
        _without(spec, "selector")
        _without(spec["template"]["metadata"], "labels")
    if thing["metadata"]["name"] in scaled:
        _without(spec, "replicas")
    return content | {"labels": thing["metadata"].get("labels")}


def _without(spec: dict[str, Any], *keys: str) -> None:
    for key in keys:
        spec.pop(key, None)
