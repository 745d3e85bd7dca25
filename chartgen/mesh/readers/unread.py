"""Objects that may say something of calls, and that nobody here reads: pods of a kind that is not known, kinds of the
mesh's and the network's groups. They are told, for what is not read is not judged."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from chartgen.mesh.trees import mapping

if TYPE_CHECKING:
    from chartgen.mesh.model import Tree

_GROUPS = frozenset({"gateway.networking.k8s.io", "gateway.networking.x-k8s.io", "networking.k8s.io"}) | {
    "apps",
    "extensions",
    "batch",
}
_HARMLESS = frozenset(
    {
        ("apps", "ControllerRevision"),
        ("gateway.networking.k8s.io", "GatewayClass"),
        ("gateway.networking.k8s.io", "ReferenceGrant"),
        ("networking.k8s.io", "IngressClass"),
        ("telemetry.istio.io", "Telemetry"),
    }
)
"""They open nothing and close nothing by themselves."""

_KEPT: Mapping[str, str] = {
    "endpoints.kubernetes.io/managed-by": "endpoint-controller",
    "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
}
"""The labels by which the cluster's own controllers know what they go on to write: what a Service's selector says."""

BY_HAND = "leads a Service to addresses of its own, which are not judged here"
"""Of Endpoints and EndpointSlices that somebody wrote."""

_HINTS = re.compile(r"\bEndpoint|istio\.io/|networking\.(?:x-)?k8s\.io/|apps/|extensions/|batch/|containers")


def may_matter(document: str) -> bool:
    """Whether a text may be such an object: if not, it need not be read as YAML."""
    return _HINTS.search(document) is not None


def why(tree: Tree, group: str, kind: str) -> str:
    """What is to be said of an object that no reader takes; empty where it says nothing of calls."""
    if (group, kind) in _HARMLESS:
        return ""
    if _makes_pods(tree):
        return f"makes pods, and {group or 'v1'} {kind} is no kind of workload that is known here"
    if kind == "Ingress":
        return "leads calls from outside to services in ways that are not judged here: declare a gateway instead"
    if (group, kind) == ("", "Endpoints"):
        return "" if is_kept(tree) else BY_HAND
    if group in _GROUPS or group == "istio.io" or group.endswith(".istio.io"):
        return f"is a {group} {kind}, which is not judged here"
    return ""


def is_kept(tree: Tree) -> bool:
    """Whether the cluster's own controller keeps it; older ones mark Endpoints with a time alone."""
    metadata = mapping(tree.get("metadata"))
    labels, annotations = mapping(metadata.get("labels")), mapping(metadata.get("annotations"))
    by_label = any(labels.get(key) == value for key, value in _KEPT.items())
    return by_label or "endpoints.kubernetes.io/last-change-trigger-time" in annotations


def _makes_pods(tree: Tree) -> bool:
    """Whether it has a pod template where workloads have one."""
    spec = mapping(tree.get("spec"))
    jobs = mapping(mapping(spec.get("jobTemplate")).get("spec"))
    return any("containers" in mapping(mapping(each.get("template")).get("spec")) for each in (spec, jobs))
