"""Values: each environment's install, and each service may be away where nobody needs it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from tests.cluster.harness import platforms, states
from tests.cluster.harness.kube import eventually
from tests.cluster.harness.platforms import objects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from chartgen.registry.model import Service
    from tests.cluster.harness.kube import Space
    from tests.cluster.harness.platforms import Platform
    from tests.cluster.harness.releases import Release

MADE = "deployments,statefulsets,daemonsets,jobs,cronjobs,pods,services,endpointslices,serviceaccounts,configmaps,"
MADE += "networkpolicies,poddisruptionbudgets,horizontalpodautoscalers"
"""What goes with a service; its claims stay."""


def test_each_environment_then_without_each_service(
    platform: Platform, release_of: Callable[[Platform], Release]
) -> None:
    release = release_of(platform)
    for environment in platform.environments:
        installs(replace(release, values=platform.values(environment)))
        release.uninstall()
    release.install()
    for service in platform.workloads:
        if service.enabled:
            disabled(platform, release, service)


def test_what_is_off_in_the_registry_is_switched_on(tmp_path: Path, release_of: Callable[[Platform], Release]) -> None:
    everything = platforms.copied("everything", tmp_path)
    [off] = [service.name for service in everything.registry.services if not service.enabled]
    release = release_of(everything)
    release.install(f"{off}.enabled=true")
    states.pods_are_ready(release.space)
    assert f"Deployment/{off}" in release.space.names("deployments")


def installs(release: Release) -> None:
    """All gets ready, autoscalers stand at their floors, and nothing in the cluster differs from the chart."""
    release.install()
    states.autoscalers_reach_their_floor(release.space, objects(release.manifest()))
    states.pods_are_ready(release.space)
    states.nothing_differs(release)


def disabled(platform: Platform, release: Release, service: Service) -> None:
    """The service leaves nothing and the others stay ready; or helm names who needs it, and changes nothing."""
    off = f"{service.name}.enabled=false"
    callers = set(needed_by(platform, service.name))
    if not callers:
        release.upgrade(off)
        states.pods_are_ready(release.space)
        eventually(partial(left, release.space, service.name), lambda names: not names)
        return
    done = release.try_upgrade(off)
    assert done.code, f"{service.name} went, which {callers} need"
    for caller in callers:
        assert f"{caller} needs {service.name}: enable {service.name}, or disable {caller} too" in done.stderr
    assert left(release.space, service.name), f"helm took {service.name} away all the same"


def needed_by(platform: Platform, name: str) -> Iterator[str]:
    """The services that are on and call this one, not optionally."""
    for service in platform.services:
        if service.enabled and any(edge.target == name and not edge.optional for edge in service.edges):
            yield service.name


def left(space: Space, service: str) -> set[str]:
    """The objects of a service that are in the cluster."""
    return {
        f"{thing['kind']}/{thing['metadata']['name']}"
        for thing in space.get(MADE, "-l", f"app.kubernetes.io/name={service}")
    }
