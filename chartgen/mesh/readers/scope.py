"""Whom a policy concerns, read."""

from __future__ import annotations

from chartgen.mesh.objects import Scope, Target
from chartgen.mesh.shape import Part

_TARGETS = {
    ("gateway.networking.k8s.io", "Gateway"),
    ("gateway.networking.k8s.io", "GatewayClass"),
    ("", "Service"),
    ("networking.istio.io", "ServiceEntry"),
}


def read_scope(spec: Part) -> Scope:
    """The selector or the targets of a policy."""
    selector, target, targets = spec["selector"], spec["targetRef"], spec["targetRefs"]
    if sum((selector.given, target.given, bool(targets.value))) > 1:
        spec.problem("has both a selector and targetRefs; Istio refuses it")
    found = [_target(part) for part in targets.mappings()]
    if not found and target.given:
        found = [_target(target)]
    return Scope(labels=read_labels(selector) if selector.given else None, targets=tuple(found))


def read_labels(selector: Part) -> dict[str, str]:
    """The labels of a workload selector."""
    selector.only("matchLabels")
    if selector["matchLabels"].value in (None, {}):
        selector.problem("has no labels: it takes every pod", blinds=False)
    labels = dict(selector["matchLabels"].labels())
    for key, value in labels.items():
        if "*" in key + value or not key:
            selector.problem(f'"{key}: {value}": a selector knows no wildcards; Istio refuses it')
    return labels


def _target(part: Part) -> Target:
    part.only("group", "kind", "name", "namespace", "sectionName")
    group, kind, name = part["group"].text(), part["kind"].text(), part["name"].text()
    if group == "core":
        group = ""
    if (group, kind) not in _TARGETS:
        part.problem(f'"{kind}" of "{group}" is nothing that a policy can be attached to')
    if not name:
        part.problem("names nothing")
    if part["namespace"].text():
        part.problem("names a namespace; Istio refuses it")
    return Target(kind=kind, name=name, group=group)
