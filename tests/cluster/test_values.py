"""Values: each environment's install, and each service may be away where nobody needs it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from chartgen.registry.service import Service
from tests.cluster.harness import platforms, states
from tests.cluster.harness.kube import eventually
from tests.cluster.harness.platforms import objects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cluster.harness.kube import Space
    from tests.cluster.harness.platforms import Platform
    from tests.cluster.harness.releases import Release

MADE = "deployments,statefulsets,daemonsets,jobs,cronjobs,pods,services,endpointslices,serviceaccounts,configmaps,"
MADE += "networkpolicies,poddisruptionbudgets,horizontalpodautoscalers"
"""What goes with a service; its claims stay, and what guards the data that an operator holds."""
KEEP = "helm.sh/resource-policy"


def test_each_environment_then_without_each_service(
    platform: Platform, release_of: Callable[[Platform], Release]
) -> None:
    release = release_of(platform)
    for environment in platform.environments:
        installs(replace(release, values=platform.values(environment)))
        release.uninstall()
    release.install()
    for node in platform.own.charts:
        if node.enabled:
            disabled(platform, release, node.name)


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


def disabled(platform: Platform, release: Release, name: str) -> None:
    """The service or datastore leaves nothing and the others stay ready; or helm names who needs it, and changes
    nothing."""
    off = f"{name}.enabled=false"
    callers = set(needed_by(platform, name))
    if not callers:
        release.upgrade(off)
        states.pods_are_ready(release.space)
        eventually(partial(left, release.space, name), lambda names: not names)
        return
    before = left(release.space, name)
    done = release.try_upgrade(off)
    assert done.code, f"{name} went, which {callers} need"
    for words in callers:
        assert words in done.stderr
    assert left(release.space, name) == before, f"helm took {name} away all the same"


def needed_by(platform: Platform, name: str) -> Iterator[str]:
    """What is to be said for each service, version or datastore that is on and calls this one, not optionally."""
    for node in (node for node in platform.own.charts if node.enabled):
        versions = node.versions if isinstance(node, Service) else ()
        callers = [
            (f"version {v.name} of {node.name}", "the version", v.workload) for v in versions if v.workload.enabled
        ]
        for caller, off, each in callers if versions else [(node.name, node.name, node)]:
            if any(edge.target == name and not edge.optional for edge in each.edges):
                yield f"{caller} needs {name}: enable {name}, or disable {off} too"


def left(space: Space, service: str) -> set[str]:
    """The objects of a service that are in the cluster, but for those that its chart says to keep: an environment
    that was here before may have left them."""
    return {
        f"{thing['kind']}/{thing['metadata']['name']}"
        for thing in space.get(MADE, "-l", f"app.kubernetes.io/name={service}")
        if thing["metadata"].get("annotations", {}).get(KEEP) != "keep"
    }


def test_a_datastore_changes_its_way(tmp_path: Path, release_of: Callable[[Platform], Release]) -> None:
    """From a pod of the platform's to somebody else's server and back: nothing stands in the way, the data stays."""
    release = release_of(platforms.copied("datastores", tmp_path))
    release.install()
    states.pods_are_ready(release.space)
    release.upgrade("global.datastores.orders-db.provision=external", "global.datastores.orders-db.host=db.example.com")
    [service] = release.space.get("services", "orders-db")
    assert service["spec"]["type"] == "ExternalName"
    assert "StatefulSet/orders-db" not in release.space.names("statefulsets")
    assert "PersistentVolumeClaim/data-orders-db-0" in release.space.names("persistentvolumeclaims")
    release.upgrade("global.datastores.orders-db.provision=builtin")
    states.pods_are_ready(release.space)
    [service] = release.space.get("services", "orders-db")
    assert service["spec"]["type"] == "ClusterIP"
