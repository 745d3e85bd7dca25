"""What Kubernetes thinks of single labels and annotations, beyond their form: asked for registries and for rendered
objects."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

MAX_ANNOTATIONS = 256 * 1024
JOB_LABELS = frozenset(
    {"job-name", "controller-uid", "batch.kubernetes.io/job-name", "batch.kubernetes.io/controller-uid"}
)
"""What Kubernetes itself writes on a Job's pods: it refuses a Job, and makes none for a CronJob, that has them."""

_NODE_LABELS = {
    "beta.kubernetes.io/arch": "kubernetes.io/arch",
    "beta.kubernetes.io/os": "kubernetes.io/os",
    "beta.kubernetes.io/instance-type": "node.kubernetes.io/instance-type",
    "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
    "node-role.kubernetes.io/master": "node-role.kubernetes.io/control-plane",
}
_APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
_ANNOTATIONS = {
    "container.seccomp.security.alpha.kubernetes.io/": "securityContext.seccompProfile does its work",
    _APPARMOR: "the field appArmorProfile of the security context does its work; a patch can set it",
    "scheduler.alpha.kubernetes.io/critical-pod": "priorityClassName does its work",
}
_PROFILE = re.compile(r"runtime/default|unconfined|localhost/.+")
_INT32 = re.compile(r"0|-?[1-9][0-9]{0,9}")


def newer_label(key: str) -> str:
    """The node label that has taken the place of this one; empty where it is not outdated."""
    return _NODE_LABELS.get(key, "")


def outdated_annotation(key: str) -> str:
    """What has taken the place of the pod annotation; empty where it is not outdated."""
    return next((words for prefix, words in _ANNOTATIONS.items() if key.startswith(prefix)), "")


def annotation_refusal(key: str, value: str, containers: Collection[str]) -> str:
    """Why no pod with these containers can have the annotation; empty when it can."""
    if key == "kubernetes.io/config.mirror":
        return "only the kubelet sets it"
    if key == "controller.kubernetes.io/pod-deletion-cost":
        fits = _INT32.fullmatch(value) and -(2**31) <= int(value) < 2**31
        return "" if fits else "it must be a whole number of 32 bits"
    if key.startswith(_APPARMOR):
        if key.removeprefix(_APPARMOR) not in containers:
            return "the pod has no such container"
        return "" if _PROFILE.fullmatch(value) else "it must be runtime/default, unconfined or localhost/<profile>"
    return ""


def annotations_size(annotations: Iterable[tuple[str, str]]) -> int:
    """The bytes that Kubernetes counts; it takes at most `MAX_ANNOTATIONS` on one object."""
    return sum(len(key.encode()) + len(value.encode("utf-8", "replace")) for key, value in annotations)
