"""An upgrade that brings a service, takes one, renames one or makes it another kind: only its objects come and go."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tests.cluster.harness import platforms, states
from tests.cluster.harness.kube import eventually
from tests.cluster.harness.platforms import objects

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chartgen.tools.helm import Helm
    from tests.cluster.harness.kube import Space
    from tests.cluster.harness.platforms import Platform
    from tests.cluster.harness.releases import Release

HEAD = """\
apiVersion: chartgen.dev/v1
kind: ServiceRegistry
metadata: {name: shop, version: 1.0.0}
images: {prefix: shop}
services:
  - {name: stays, port: 80, healthEndpoint: /}
"""
FILES = "volumes: [{name: data, mountPath: /data, claim: {size: 1Gi, access: ReadWriteMany}}]"
FULL = "port: 80, healthEndpoint: /, scaling: {minInstances: 1, maxInstances: 3}, files: {/etc/a: b}, " + FILES
GUEST = f"  - {{name: guest, {FULL}}}\n"
SET = f"  - {{name: store, kind: StatefulSet, {FULL}}}\n"
OWN = "deployments,statefulsets,services,configmaps,serviceaccounts,networkpolicies,pdb,hpa,pvc"


def test_services_come_and_go(tmp_path: Path, release_of: Callable[[Platform], Release], helm: Helm) -> None:
    release = release_of(shop(tmp_path, SET)).by(helm)
    release.install()
    alone, stays = of(release.space, "guest"), pods(release.space, "stays")
    upgraded(release, tmp_path, SET + GUEST)
    guest, uid = of(release.space, "guest"), claim(release.space, "guest-data")
    assert (alone, kinds(guest)) == (set(), {*KINDS, "Deployment", "PersistentVolumeClaim"})
    upgraded(release, tmp_path, GUEST)
    assert of(release.space, "store") == {"PersistentVolumeClaim/data-store-0"}, "the set's claims outlive it"
    upgraded(release, tmp_path, GUEST.replace("guest", "host"))
    assert of(release.space, "guest") == {"PersistentVolumeClaim/guest-data"}, "so do the claims of the one renamed"
    assert of(release.space, "host") == {name.replace("guest", "host") for name in guest}
    upgraded(release, tmp_path, SET + GUEST)
    assert claim(release.space, "guest-data") == uid, "who comes back finds its claim"
    assert of(release.space, "guest") == guest
    assert pods(release.space, "stays") == stays, "nobody else restarts"


def test_a_service_becomes_another_kind(tmp_path: Path, release_of: Callable[[Platform], Release], helm: Helm) -> None:
    release = release_of(shop(tmp_path, GUEST)).by(helm)
    release.install()
    upgraded(release, tmp_path, SET.replace("store", "guest"))
    claims = {"PersistentVolumeClaim/guest-data", "PersistentVolumeClaim/data-guest-0"}
    own = {f"{kind}/guest" for kind in KINDS - {"ConfigMap"}} | {"StatefulSet/guest", "Service/guest-headless"}
    assert of(release.space, "guest") == claims | own | {"ConfigMap/guest-files"}
    [scaler] = release.space.get("hpa", "guest")
    assert scaler["spec"]["scaleTargetRef"]["kind"] == "StatefulSet"


def test_a_service_gets_versions_and_loses_them(
    tmp_path: Path, release_of: Callable[[Platform], Release], helm: Helm
) -> None:
    """CG620: the old pods go with the upgrade, ready or not; what docs/operations.md says keeps them."""
    plain = "  - {name: guest, port: 80, healthEndpoint: /"
    release = release_of(shop(tmp_path, f"{plain}}}\n")).by(helm)
    release.install()
    for own, fields in (("guest", ", versions: [{name: v1}]"), ("guest-v1", "")):
        old = pods(release.space, "guest")
        release.space.do("annotate", "deployment,networkpolicy", own, "helm.sh/resource-policy=keep")
        shop(tmp_path, f"{plain}{fields}}}\n")
        release.upgrade()
        assert {"Deployment/guest", "Deployment/guest-v1"} <= of(release.space, "guest")
        assert old < pods(release.space, "guest"), "the Service has both"
        release.space.do("delete", "deployment,networkpolicy", own)
        assert f"Deployment/{own}" not in of(release.space, "guest")
        states.nothing_differs(release)
    shop(tmp_path, f"{plain}, versions: [{{name: v1, image: guest:broken}}]}}\n")
    release.upgrade(flags=())
    assert "Deployment/guest" not in of(release.space, "guest"), "it waits for nobody"


KINDS = {
    "Service",
    "ConfigMap",
    "ServiceAccount",
    "NetworkPolicy",
    "PodDisruptionBudget",
    "HorizontalPodAutoscaler",
}


def shop(folder: Path, services: str) -> Platform:
    """The platform with these services beside the one that stays, in the one folder."""
    return platforms.written(HEAD + services, folder / "shop")


def upgraded(release: Release, folder: Path, services: str) -> None:
    """Upgrades to the platform with these services; all is as it should be then."""
    shop(folder, services)
    release.upgrade()
    states.pods_are_ready(release.space)
    states.services_have_endpoints(release.space, objects(release.manifest()))
    states.nothing_differs(release)


def of(space: Space, service: str) -> set[str]:
    """`kind/name` of all that is there under a service's name."""
    return {name for name in space.names(OWN) if service in name.partition("/")[2].split("-")}


def kinds(names: set[str]) -> set[str]:
    """The kinds among them."""
    return {name.partition("/")[0] for name in names}


def claim(space: Space, name: str) -> str:
    """The uid of a claim."""
    [found] = space.get("pvc", name)
    return str(found["metadata"]["uid"])


def pods(space: Space, service: str) -> set[str]:
    """The uids of a service's pods."""
    found = eventually(partial(space.get, "pods", "-l", f"app.kubernetes.io/name={service}"))
    return {pod["metadata"]["uid"] for pod in found}
