"""Rules on one workload's manners: images, resources, spread, scaling, deadlines, labels, API versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartgen.audit.finding import about, within
from chartgen.audit.objects import Pod, Rendered, mapping, mappings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.diagnostics import Diagnostic

_FLOATING = frozenset({"latest", "stable", "edge", "main", "master", "nightly", "dev", "develop", "lts", "current"})
_INSTANCE = "app.kubernetes.io/instance"
_RECOMMENDED = (
    "app.kubernetes.io/name",
    _INSTANCE,
    "app.kubernetes.io/part-of",
)
_SERVED = {
    "Deployment": "apps/v1",
    "StatefulSet": "apps/v1",
    "DaemonSet": "apps/v1",
    "ReplicaSet": "apps/v1",
    "Job": "batch/v1",
    "CronJob": "batch/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "PodDisruptionBudget": "policy/v1",
    "NetworkPolicy": "networking.k8s.io/v1",
    "Ingress": "networking.k8s.io/v1",
    "Role": "rbac.authorization.k8s.io/v1",
    "RoleBinding": "rbac.authorization.k8s.io/v1",
    "ClusterRole": "rbac.authorization.k8s.io/v1",
    "ClusterRoleBinding": "rbac.authorization.k8s.io/v1",
}
"""Kinds that chartgen knows → the version that Kubernetes 1.30 and everything after it serves."""


def images_are_pinned(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG530: an image without tag and digest, or with a tag that moves."""
    for container in pod.containers:
        image = str(container.data.get("image") or "")
        name, _, digest = image.partition("@")
        tag = name.rsplit("/", 1)[-1].partition(":")[2]
        if not image:
            yield within("CG530", thing, container, "has no image")
        elif not digest and not tag:
            yield within("CG530", thing, container, f"image {image} has neither tag nor digest: it means `latest`")
        elif not digest and tag.lower() in _FLOATING:
            yield within("CG530", thing, container, f"image {image}: the tag moves, so two pods may run two programs")


def tags_are_pulled_again(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG541: without a digest, a node may keep on running an old image under the same tag."""
    for container in pod.containers:
        if "@" not in str(container.data.get("image")) and container.data.get("imagePullPolicy") != "Always":
            yield within("CG541", thing, container, "its image has no digest, and imagePullPolicy is not Always")


def resources_are_set(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG531: a container without requests or limits of cpu and memory, in a pod that has none for all of it."""
    whole = mapping(pod.spec.get("resources"))
    for container in pod.containers:
        resources = mapping(container.data.get("resources"))
        missing = [
            f"{side}.{what}"
            for side in ("requests", "limits")
            for what in ("cpu", "memory")
            if what not in mapping(resources.get(side)) and what not in mapping(whole.get(side))
        ]
        if missing:
            yield within("CG531", thing, container, f"resources are missing: {', '.join(missing)}")


def pods_spread(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG536: several equal pods may all land on one node."""
    if thing.kind not in ("Deployment", "StatefulSet") or thing.spec.get("replicas", 2) in (0, 1):
        return
    if not mapping(pod.spec.get("affinity")).get("podAntiAffinity"):
        yield about("CG536", thing, "has no podAntiAffinity: all its pods may land on one node")
    if not pod.spec.get("topologySpreadConstraints"):
        yield about("CG536", thing, "has no topologySpreadConstraints: all its pods may land in one zone")


def budgets_let_nodes_drain(thing: Rendered) -> Iterator[Diagnostic]:
    """CG527: a PodDisruptionBudget that no drain gets past."""
    if thing.kind != "PodDisruptionBudget":
        return
    if thing.spec.get("maxUnavailable") in (0, "0", "0%") or thing.spec.get("minAvailable") == "100%":
        yield about("CG527", thing, "allows no disruption: a node with one of its pods cannot be drained")
    if thing.spec.get("unhealthyPodEvictionPolicy") != "AlwaysAllow":
        hint = "set unhealthyPodEvictionPolicy: AlwaysAllow"
        yield about("CG527", thing, "keeps broken pods on their node", hint)


def rollbacks_come_back(thing: Rendered) -> Iterator[Diagnostic]:
    """CG548: a StatefulSet that keeps a pod which never gets ready, also when an older template comes back."""
    by_hand = mapping(thing.spec.get("updateStrategy")).get("type") == "OnDelete"
    if thing.kind == "StatefulSet" and not by_hand and thing.spec.get("podManagementPolicy") != "Parallel":
        hint = "set podManagementPolicy: Parallel, unless the first pod must be ready before the second starts"
        yield about("CG548", thing, "waits for a pod that never gets ready before it rolls back", hint)


def jobs_have_deadlines(thing: Rendered) -> Iterator[Diagnostic]:
    """CG539: a Job that may run for ever, or a CronJob that keeps its past for ever."""
    if thing.hook or thing.kind not in ("Job", "CronJob"):
        return
    job = thing.spec if thing.kind == "Job" else mapping(mapping(thing.spec.get("jobTemplate")).get("spec"))
    if "activeDeadlineSeconds" not in job:
        yield about("CG539", thing, "has no deadline (activeDeadlineSeconds)")
    if thing.kind == "CronJob":
        for name in ("startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
            if name not in thing.spec:
                yield about("CG539", thing, f"has no {name}")
        if "ttlSecondsAfterFinished" not in job:
            yield about("CG539", thing, "leaves its finished Jobs behind (ttlSecondsAfterFinished)")
    elif "ttlSecondsAfterFinished" in job:
        yield about("CG539", thing, "is removed when it ends, so the next upgrade runs it again")


def no_namespace(thing: Rendered) -> Iterator[Diagnostic]:
    """CG538: a template that names a namespace puts part of the release elsewhere."""
    namespace = mapping(thing.data["metadata"]).get("namespace")
    if namespace is not None:
        hint = "leave it out: helm install --namespace decides"
        yield about("CG538", thing, f'names the namespace "{namespace}" in its metadata', hint)


def api_is_served(thing: Rendered) -> Iterator[Diagnostic]:
    """CG542: an API version that some Kubernetes from 1.30 on does not serve."""
    served = _SERVED.get(thing.kind, thing.api_version)
    if served != thing.api_version:
        yield about("CG542", thing, f"has apiVersion {thing.api_version}", f"write {served}")


def labels_are_recommended(thing: Rendered) -> Iterator[Diagnostic]:
    """CG544: an object without the labels by which people and tools find it. An operator may hand its resource's labels
    on to pods that outlive the release: those had better not be the instance's."""
    labels = mapping(mapping(thing.data["metadata"]).get("labels"))
    wanted = [name for name in _RECOMMENDED if name != _INSTANCE or not thing.is_of_an_operator]
    missing = [name for name in wanted if name not in labels]
    if missing:
        yield about("CG544", thing, f"lacks the labels {', '.join(missing)}")


def ingress_has_tls(thing: Rendered) -> Iterator[Diagnostic]:
    """CG546: an Ingress without TLS."""
    if thing.kind == "Ingress" and not mappings(thing.spec.get("tls")):
        yield about("CG546", thing, "has no tls: what it serves can be read on the way")
