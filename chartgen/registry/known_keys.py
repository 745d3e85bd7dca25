"""Labels and annotations that Kubernetes itself reads or writes: asked for registries and for rendered objects."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chartgen.registry.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

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
_KUBELETS_OWN = "kubernetes.io/config.mirror"
_DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
_CRITICAL = "scheduler.alpha.kubernetes.io/critical-pod"
_APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
_SECCOMP = "container.seccomp.security.alpha.kubernetes.io/"
_SECCOMP_OF_PODS = "seccomp.security.alpha.kubernetes.io/pod"
_PROFILE = re.compile(r"runtime/default|unconfined|localhost/.+")
_INT32 = re.compile(r"0|-?[1-9][0-9]{0,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outdated:
    """What has taken the place of an annotation, in words. Beside the `field` of a security context, of this
    `container` or (`pod`) of its pod, Kubernetes does not warn of it."""

    words: str
    field: str = ""
    container: str = ""
    pod: bool = False


def newer_label(key: str) -> str:
    """The node label that has taken the place of this one; empty where it is not outdated."""
    return _NODE_LABELS.get(key, "")


def outdated_annotation(key: str) -> Outdated | None:
    """What to write in place of the pod annotation; None where it is not outdated."""
    if key == _CRITICAL:
        return Outdated(words="priorityClassName does its work")
    if key == _SECCOMP_OF_PODS:
        return Outdated(words="securityContext.seccompProfile does its work", field="seccompProfile", pod=True)
    if key.startswith(_SECCOMP):
        name = key.removeprefix(_SECCOMP)
        words = "securityContext.seccompProfile of the container does its work"
        return Outdated(words=words, field="seccompProfile", container=name)
    if key.startswith(_APPARMOR):
        words = "the field appArmorProfile of the security context does its work; a patch can set it"
        return Outdated(words=words, field="appArmorProfile", container=key.removeprefix(_APPARMOR), pod=True)
    return None


def key_refusal(key: str, containers: Collection[str]) -> tuple[str, str]:
    """Why no pod with these containers can have the annotation, and a hint; empty when one can."""
    if key == _KUBELETS_OWN:
        return "is the kubelet's own", "leave it out: Kubernetes refuses pods that have it"
    name = key.removeprefix(_APPARMOR)
    if key.startswith(_APPARMOR) and name not in containers:
        return f'names "{name}", and no container has that name', did_you_mean(name, containers)
    return "", ""


def value_refusal(key: str, value: str) -> str:
    """Why no pod can have the annotation with this value; empty when it can."""
    if key == _DELETION_COST:
        fits = _INT32.fullmatch(value) and -(2**31) <= int(value) < 2**31
        return "" if fits else "it must be a whole number of 32 bits"
    if key.startswith(_APPARMOR) and not _PROFILE.fullmatch(value):
        return "it must be runtime/default, unconfined or localhost/<profile>"
    return ""


def annotations_size(annotations: Iterable[tuple[str, str]]) -> int:
    """The bytes that Kubernetes counts of an object's annotations."""
    return sum(len(key.encode()) + len(value.encode("utf-8", "replace")) for key, value in annotations)
