"""Chart.yaml of the umbrella and of its subcharts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from chartgen.emit.pods import image_version
from chartgen.emit.yaml import Commented, Quoted, Writable, dump, dump_block
from chartgen.registry.model import Metadata, Registry
from chartgen.registry.service import Service
from chartgen.registry.umbrellas import Umbrella

KUBE_VERSION = ">=1.30.0-0"


def chart_yaml(service: Service, registry: Registry, *, makes_pods: bool = True) -> str:
    """A subchart's Chart.yaml: the platform's version and people, the service's words, and what images its own pods
    run."""
    meta = registry.metadata
    description = service.description or f"{service.name} of the {meta.name} platform"
    images: dict[str, Writable] = {"artifacthub.io/images": _images(service, meta.app_version)}
    return _chart(service.name, description, meta, images if makes_pods else {})


def umbrella_chart_yaml(registry: Registry, umbrella: Umbrella, start_order: Sequence[str]) -> str:
    """The umbrella's Chart.yaml, its subcharts in start order."""
    meta = registry.metadata
    description = f"The group {umbrella.group} of the {meta.name} platform" if umbrella.group else meta.description
    dependencies = [{"name": name, "version": meta.version, "condition": f"{name}.enabled"} for name in start_order]
    prerelease: dict[str, Writable] = {"artifacthub.io/prerelease": "true" if "-" in meta.version else "false"}
    order = dump({"dependencies": Commented("In start order.", dependencies)})
    return _chart(umbrella.name, description, meta, prerelease) + order


def policy_chart_yaml(registry: Registry, name: str) -> str:
    """The policy chart's Chart.yaml."""
    meta = registry.metadata
    what = "Who may call whom" if registry.mesh else "The door"
    about: dict[str, Writable] = {
        "artifacthub.io/category": "security",
        "artifacthub.io/prerelease": "true" if "-" in meta.version else "false",
    }
    return _chart(name, f"{what} in the {meta.name} platform", meta, about)


def _chart(name: str, description: str, meta: Metadata, annotations: dict[str, Writable]) -> str:
    own: dict[str, Writable] = {"apiVersion": "v2", "name": name, "description": description, "type": "application"}
    return (
        dump({key: text for key, text in own.items() if text})
        + _shared(meta)
        + (dump({"annotations": annotations}) if annotations else "")
    )


@lru_cache(maxsize=8)  # every chart of a platform says the same here
def _shared(meta: Metadata) -> str:
    people: list[Writable] = [
        {key: text for key, text in (("name", m.name), ("email", m.email), ("url", m.url)) if text}
        for m in meta.maintainers
    ]
    shared: dict[str, Writable] = {
        "version": meta.version,
        "appVersion": Quoted(meta.app_version),
        "kubeVersion": KUBE_VERSION,
        "home": meta.home,
        "icon": meta.icon,
        "sources": meta.sources,
        "maintainers": people,
    }
    return dump({key: value for key, value in shared.items() if value})


def _images(service: Service, app_version: str) -> str:
    """Artifact Hub wants a string of YAML: every image that the chart runs by default."""
    containers = [
        (f"{c.name}-{workload.version}" if workload.version else c.name, c.image)
        for workload in service.workloads
        for c in (*workload.sidecars, *workload.init_containers)
        if c.image
    ]
    found: list[Writable] = [
        {"name": name, "image": image.repository + image_version(image, app_version)}
        for name, image in (*((each.name, each.image) for each in service.workloads), *containers)
    ]
    return dump_block(found)
