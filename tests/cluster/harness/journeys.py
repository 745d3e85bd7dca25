"""One release on its way through upgrades: each goes from where the last one left it, and what it restarts is seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from chartgen.registry.service import Kind, Service
from tests.cluster.harness import states
from tests.cluster.harness.kube import Space, eventually
from tests.cluster.harness.platforms import Edit, Platform, objects
from tests.cluster.harness.releases import Release
from tests.cluster.harness.revisions import revisions


@dataclass(slots=True, kw_only=True)
class Journey:
    """A platform, its release, and all that was set on helm's command line and in a values file so far."""

    platform: Platform
    release: Release
    settings: list[str] = field(default_factory=list)
    values: dict[str, dict[str, dict[str, object]]] = field(default_factory=dict)

    def edit(self, change: Callable[[Edit], None]) -> None:
        """Changes the registry and the charts with it."""
        self.platform = self.platform.changed(change)

    def value(self, service: str, group: str) -> dict[str, object]:
        """A group of a service's values, to be changed."""
        return self.values.setdefault(service, {}).setdefault(group, {})

    def upgrade(self, *flags: str) -> str:
        """What `helm upgrade --wait` prints."""
        path = self.release.space.folder / "values.yaml"
        path.write_text(yaml.safe_dump(self.values, allow_unicode=True), encoding="utf-8")
        release = replace(self.release, values=(path,))
        return release.upgrade(*self.settings, flags=("--wait", *flags))

    def restarts(self) -> set[str]:
        """Upgrades; the services whose pods, or whose CronJob's coming pods, are others than before."""
        before = revisions(self.release.space)
        self.upgrade()
        now = revisions(self.release.space)
        eventually(lambda: revisions(self.release.space).jobs(), lambda jobs: len(jobs) == len(before.jobs()))
        return {self.service_of(name) for name in now.restarted_since(before) | now.new_since(before)}

    def service_of(self, workload: str) -> str:
        """The service of a workload (`kind/name`): a version's has a name of its own, a Job's ends with a hash."""
        name = service_of(workload)
        return {each.name: each.app for service in self.platform.services for each in service.workloads}.get(name, name)


def service_of(workload: str) -> str:
    """The service of a workload (`kind/name`): a Job's name ends with a hash."""
    kind, _, name = workload.partition("/")
    return name.rpartition("-")[0] if kind == "Job" else name


def journey_of(platform: Platform, release_of: Callable[[Platform], Release]) -> Journey:
    """The platform installed, and every autoscaler at its floor."""
    release = release_of(platform)
    release.install()
    states.autoscalers_reach_their_floor(release.space, objects(release.manifest()))
    return Journey(platform=platform, release=release)


def chosen(platform: Platform) -> list[Service]:
    """The first service of each workload kind that the platform has."""
    first: dict[Kind, Service] = {}
    for service in platform.services:
        if service.enabled:
            first.setdefault(service.kind, service)
    return list(first.values())


def halves(services: Sequence[Service]) -> list[set[str]]:
    """The names in two parts, so that while one changes another of the kinds does not."""
    names = [service.name for service in services]
    return [part for part in (set(names[::2]), set(names[1::2])) if part]


def as_applied(release: Release) -> dict[str, Any]:
    """Every object of the release as the server keeps it, with who owns which field since when, but for its status."""
    manifest = release.space.folder / "applied.yaml"
    manifest.write_text(release.manifest(), encoding="utf-8")
    return {
        f"{thing['kind']}/{thing['metadata']['name']}": _spec(thing)
        for thing in release.space.get("--show-managed-fields", "-f", str(manifest))
    }


def pod_templates(space: Space) -> dict[str, Any]:
    """The pod template of each workload that lasts, and of each CronJob."""
    found = space.get("deployments,statefulsets,daemonsets,cronjobs")
    specs = {f"{thing['kind']}/{thing['metadata']['name']}": thing["spec"] for thing in found}
    return {name: spec.get("template", spec.get("jobTemplate")) for name, spec in specs.items()}


def _spec(thing: Any) -> Any:
    metadata = {key: value for key, value in thing["metadata"].items() if key != "resourceVersion"}
    metadata["managedFields"] = [entry for entry in metadata["managedFields"] if entry.get("subresource") != "status"]
    return {**thing, "metadata": metadata, "status": None}
