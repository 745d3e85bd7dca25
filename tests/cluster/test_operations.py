"""What happens to an installed platform: nodes go, versions are broken, jobs run and fail, data stays."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import pytest

from tests.cluster.harness import platforms, states
from tests.cluster.harness.evictions import emptied, evict, on_node, uids
from tests.cluster.harness.kube import eventually
from tests.cluster.harness.platforms import objects

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chartgen.tools.helm import Helm
    from tests.cluster.harness.kube import Space
    from tests.cluster.harness.platforms import Platform
    from tests.cluster.harness.releases import Release

HEAD = """
apiVersion: chartgen.dev/v1
kind: ServiceRegistry
metadata: {name: shop, version: 1.0.0}
images: {prefix: shop}
services:
"""
LASTING = """
- {name: web, port: 8080, healthEndpoint: /, scaling: {replicas: 6}}
- name: store
  kind: StatefulSet
  port: 8080
  healthEndpoint: /
  scaling: {replicas: 3}
  volumes: [{name: data, mountPath: /data, claim: {size: 1Gi}}]
- {name: agent, kind: DaemonSet, port: 8080, healthEndpoint: /}
"""
ALONE = """
- {name: single, port: 8080, healthEndpoint: /}
- {name: broken, port: 8080, healthEndpoint: /}
"""
KEPT = """
- name: store
  kind: StatefulSet
  port: 8080
  healthEndpoint: /
  scaling: {replicas: 2}
  volumes: [{name: data, mountPath: /data, claim: {size: 1Gi}}]
- {name: files, port: 8080, healthEndpoint: /, volumes: [{name: data, mountPath: /data, claim: {size: 1Gi}}]}
"""
TIMED = '- {name: tick, kind: CronJob, schedule: "* * * * *", command: ["true"]}'
ONCE = """
- name: quick
  kind: Job
  command: ["true"]
  patches: [{kind: Job, name: quick, merge: {spec: {backoffLimit: 0}}}]
- name: slow
  kind: Job
  command: ["true"]
  patches: [{kind: Job, name: slow, merge: {spec: {activeDeadlineSeconds: 3}}}]
"""

FAILURES = {
    "quick": (["false"], ("fails", "BackoffLimitExceeded")),
    "slow": (["sleep", "60"], ("never-ready", "DeadlineExceeded")),
}
"""How each of those Jobs fails: a command where one runs, a label on a simulated cluster, and the reason given."""
WAITING = ("--wait", "--wait-for-jobs")

Written: TypeAlias = "Callable[[str], Release]"


@pytest.fixture
def release_with(tmp_path: Path, release_of: Callable[[Platform], Release]) -> Written:
    """A release of a platform with these services, named after its namespace: no other test's pods bear its label."""

    def make(services: str) -> Release:
        release = release_of(platforms.written(HEAD + services, tmp_path / "shop"))
        return replace(release, name=release.space.name)

    return make


def broken(*services: str) -> list[str]:
    """Settings of a version of these services that never gets ready: on a simulated cluster by the label."""
    return [
        setting
        for name in services
        for setting in (f"{name}.podLabels.chartgen\\.test/never-ready=yes", f"{name}.image.tag=absent")
    ]


def test_a_node_is_drained_within_the_budgets(release_with: Written) -> None:
    release = release_with(LASTING + ALONE)
    space, mine = release.space, f"app.kubernetes.io/instance={release.name}"
    release.install(*broken("broken"), flags=())
    eventually(partial(ready_pods, space, mine), lambda ready: ready["web"] == 6 and ready["store"] == 3)
    [pod] = space.get("pods", "-l", f"{mine},app.kubernetes.io/name=broken")
    node = pod["spec"]["nodeName"]
    leaving = {pod["metadata"]["uid"] for pod in on_node(space, node, mine)}
    assert leaving
    with ThreadPoolExecutor(1) as pool:
        drain = pool.submit(emptied, space, node, mine)
        seen = [ready_pods(space, mine)]
        while not drain.done():
            seen.append(ready_pods(space, mine))
        drain.result()
    assert all(ready["web"] >= 5 and ready["store"] >= 2 for ready in seen), seen
    assert leaving.isdisjoint(uids(space, mine))
    everybody = {"web": 6, "store": 3, "single": 1}
    eventually(partial(ready_pods, space, mine), lambda ready: everybody.items() <= ready.items())


def test_a_budget_keeps_ready_pods_and_lets_unready_ones_go(release_with: Written) -> None:
    release = release_with(LASTING)
    space = release.space
    release.install()
    release.upgrade(*broken("store"), flags=())
    eventually(partial(allowed, space, "store"), lambda number: number == 0)
    refused = evict(space, "store-0")
    assert "Cannot evict pod as it would violate the pod's disruption budget" in refused.stderr
    assert not evict(space, "store-2").code
    first, second = (pod["metadata"]["name"] for pod in space.get("pods", "-l", "app.kubernetes.io/name=web")[:2])
    assert not evict(space, first).code
    eventually(partial(evict, space, second), lambda done: not done.code)


@pytest.mark.parametrize("back", ["--rollback-on-failure", "--atomic"])
def test_a_version_that_never_gets_ready_stops_and_goes_back(
    back: str, release_with: Written, helm43: Helm, helm317: Helm
) -> None:
    release = release_with(LASTING).by(helm317 if back == "--atomic" else helm43)
    space = release.space
    release.install()
    emitted = list(objects(release.manifest()))
    nodes = ready_pods(space)["agent"]
    done = release.try_upgrade(*broken("web", "store", "agent"), timeout="6s")
    assert done.code, done.stdout
    assert "context deadline exceeded" in done.stderr
    kept = Counter(web=6, store=2, agent=nodes - 1)
    eventually(partial(ready_pods, space), lambda ready: ready == kept)
    states.services_have_endpoints(space, emitted)
    patience = "30s" if space.kube.simulated else "90s"  # the way back takes no longer either
    done = release.try_upgrade(*broken("web", "store", "agent"), flags=(back,), timeout=patience)
    assert done.code, done.stdout
    assert "has been rolled back" in done.stderr
    states.pods_are_ready(space)
    states.services_have_endpoints(space, emitted)
    states.nothing_differs(release)
    assert list(objects(release.manifest())) == emitted


def test_a_cronjob_fires(release_with: Written) -> None:
    space = (release := release_with(TIMED)).space
    release.install()
    space.do("create", "job", "by-hand", "--from=cronjob/tick")
    space.do("wait", "job/by-hand", "--for=condition=Complete", "--timeout=60s", timeout=90)
    space.do("wait", "cronjob/tick", "--for=jsonpath={.status.lastSuccessfulTime}", "--timeout=120s", timeout=150)
    [cron] = space.get("cronjob", "tick")
    assert (cron["spec"]["successfulJobsHistoryLimit"], cron["spec"]["failedJobsHistoryLimit"]) == (3, 1)
    for job in space.get("jobs"):
        limits = {name: job["spec"][name] for name in ("activeDeadlineSeconds", "ttlSecondsAfterFinished")}
        assert limits == {"activeDeadlineSeconds": 3600, "ttlSecondsAfterFinished": 86400}, job["metadata"]["name"]
    space.do("patch", "job", "by-hand", "--patch", '{"spec": {"ttlSecondsAfterFinished": 0}}')
    eventually(lambda: space.names("jobs"), lambda names: "Job/by-hand" not in names)


@pytest.mark.parametrize("service", ["quick", "slow"])
def test_a_jobs_failure_is_seen(service: str, tmp_path: Path, release_of: Callable[[Platform], Release]) -> None:
    platform, command, (label, reason) = platforms.written(HEAD + ONCE, tmp_path / "shop"), *FAILURES[service]
    release = release_of(platform)
    platform.changed(lambda edit: edit.put(service, "command", command))
    done = release.try_upgrade(f"{service}.podLabels.chartgen\\.test/{label}=yes", flags=("--install", *WAITING))
    assert done.code, done.stdout
    [job] = release.space.get("jobs", "-l", f"app.kubernetes.io/name={service}")
    name = job["metadata"]["name"]
    assert f"resource Job/{release.space.name}/{name} not ready" in done.stderr
    assert eventually(partial(failure, release.space, name)) == (reason, 1)
    platform.changed(lambda edit: edit.put(service, "command", ["true"]))
    release.upgrade(flags=("--reset-values", *WAITING))
    states.pods_are_ready(release.space)
    assert f"Job/{name}" not in release.space.names("jobs")


def test_helm_3_fails_too_when_a_job_fails(release_with: Written, helm317: Helm) -> None:
    """It does not say which: `kubectl get jobs` does."""
    release = release_with(ONCE).by(helm317)
    done = release.try_upgrade(
        "quick.podLabels.chartgen\\.test/fails=yes", "quick.image.tag=absent", flags=("--install", *WAITING)
    )
    assert done.code, done.stdout


def test_claims_outlive_their_release_and_are_found_again(release_with: Written, helm: Helm) -> None:
    release = release_with(KEPT).by(helm)
    release.install()
    before = claims(release.space)
    assert set(before) == {"data-store-0", "data-store-1", "files-data"}
    release.uninstall()
    assert claims(release.space) == before
    release.install()
    states.pods_are_ready(release.space)
    states.nothing_differs(release)
    assert claims(release.space) == before
    for pod in release.space.get("pods"):
        for volume in pod["spec"]["volumes"]:
            claim = volume.get("persistentVolumeClaim", {}).get("claimName", "files-data")
            assert claim in before


def failure(space: Space, job: str) -> tuple[str, int] | None:
    """Why a Job failed and how many of its pods did; None while it has not."""
    [thing] = space.get("job", job)
    reasons = {found["type"]: found["reason"] for found in thing["status"].get("conditions", ())}
    return (reasons["Failed"], thing["status"]["failed"]) if "Failed" in reasons else None


def claims(space: Space) -> dict[str, tuple[str, str]]:
    """The claims: name → (its uid, its volume)."""
    return {
        claim["metadata"]["name"]: (claim["metadata"]["uid"], claim["spec"]["volumeName"])
        for claim in space.get("persistentvolumeclaims")
    }


def ready_pods(space: Space, selector: str = "app.kubernetes.io/managed-by!=nobody") -> Counter[str]:
    """Service → how many of its pods are ready and not about to go."""
    return Counter(
        pod["metadata"]["labels"]["app.kubernetes.io/name"]
        for pod in space.get("pods", "-l", selector)
        if "deletionTimestamp" not in pod["metadata"] and states.conditions_of(pod).get("Ready") == "True"
    )


def allowed(space: Space, service: str) -> int:
    """How many pods of a service its budget would let go now."""
    [budget] = space.get("poddisruptionbudget", service)
    return int(budget["status"]["disruptionsAllowed"])
