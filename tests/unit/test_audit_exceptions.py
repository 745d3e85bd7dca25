"""What lint does not speak of, because something else in the render makes it right; and the sizes that it counts."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from chartgen.audit.networks import is_network
from chartgen.audit.platform import index
from chartgen.audit.rules import audit_document, audit_platform

MIB = 1024 * 1024
SECCOMP = "container.seccomp.security.alpha.kubernetes.io/a"
APPARMOR = "container.apparmor.security.beta.kubernetes.io/a"
APPARMOR_FIELD = {"appArmorProfile": {"type": "RuntimeDefault"}}
SECCOMP_FIELD = {"seccompProfile": {"type": "RuntimeDefault"}}


def deployment(pod: Any, container: Any = None, annotations: Any = None) -> Any:
    """A Deployment whose pods and container have these fields."""
    containers = [{"name": "a", "image": "example/a:1", **(container or {})}]
    template = {"metadata": {"annotations": annotations or {}}, "spec": {"containers": containers, **pod}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "a"},
        "spec": {"selector": {}, "template": template},
    }


def scaler() -> Any:
    """An autoscaler that watches the use of cpu in percent."""
    resource = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}
    spec = {
        "scaleTargetRef": {"kind": "Deployment", "name": "a"},
        "metrics": [{"type": "Resource", "resource": resource}],
    }
    return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "a"}, "spec": spec}


def limit_range(**item: Any) -> Any:
    """A LimitRange of one item."""
    spec = {"limits": [{"type": "Container", **item}]}
    return {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "a"}, "spec": spec}


def told(code: str, *things: Any) -> list[str]:
    """The messages with that code on a render of these objects."""
    documents = [audit_document(json.dumps(thing), "charts/a/templates/a.yaml") for thing in things]
    found = [finding for document in documents for finding in document.findings]
    found += audit_platform(index([document.thing for document in documents if document.thing]))
    return [finding.message for finding in found if finding.code == code]


@pytest.mark.parametrize("part", ["defaultRequest", "default", "max", "min"])
def test_a_limit_range_makes_the_request_that_is_measured(part: str) -> None:
    assert told("CG525", deployment({}), scaler())
    assert not told("CG525", deployment({}), scaler(), limit_range(**{part: {"cpu": "100m"}}))
    assert told("CG525", deployment({}), scaler(), limit_range(**{part: {"memory": "1Gi"}}))
    assert told("CG525", deployment({}), scaler(), limit_range(type="Pod", **{part: {"cpu": "100m"}}))


@pytest.mark.parametrize("side", ["requests", "limits"])
def test_the_pod_makes_the_request_that_is_measured(side: str) -> None:
    assert not told("CG525", deployment({"resources": {side: {"cpu": "1"}}}), scaler())
    assert told("CG525", deployment({"resources": {side: {"memory": "1Gi"}}}), scaler())


def test_resources_of_the_pod_are_resources() -> None:
    some = {"cpu": "1", "memory": "1Gi"}
    assert not told("CG531", deployment({"resources": {"requests": some, "limits": some}}))
    [message] = told("CG531", deployment({"resources": {"requests": some}}))
    assert message.endswith("resources are missing: limits.cpu, limits.memory")


@pytest.mark.parametrize(
    ("key", "pod", "container", "warns"),
    [
        (APPARMOR, {}, {}, True),
        (APPARMOR, APPARMOR_FIELD, {}, False),
        (APPARMOR, {}, APPARMOR_FIELD, False),
        (APPARMOR, SECCOMP_FIELD, SECCOMP_FIELD, True),
        (SECCOMP, {}, {}, True),
        (SECCOMP, SECCOMP_FIELD, {}, True),
        (SECCOMP, {}, SECCOMP_FIELD, False),
        (f"{SECCOMP}b", {}, {}, False),
        ("seccomp.security.alpha.kubernetes.io/pod", {}, SECCOMP_FIELD, True),
        ("seccomp.security.alpha.kubernetes.io/pod", SECCOMP_FIELD, {}, False),
        ("scheduler.alpha.kubernetes.io/critical-pod", SECCOMP_FIELD, SECCOMP_FIELD, True),
        ("scheduler.alpha.kubernetes.io/critical-pods", {}, {}, False),
    ],
)
def test_an_annotation_is_outdated_where_its_field_is_not_set(key: str, pod: Any, container: Any, warns: bool) -> None:
    thing = deployment({"securityContext": pod}, {"securityContext": container}, {key: "runtime/default"})
    assert bool(told("CG543", thing)) is warns


def data(kind: str, **fields: Any) -> Any:
    """A ConfigMap or Secret."""
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": "a"}, **fields}


def encoded(size: int) -> str:
    """So many bytes in base64."""
    return base64.b64encode(b"x" * size).decode()


@pytest.mark.parametrize(
    ("kind", "fields", "size"),
    [
        ("ConfigMap", {"binaryData": {"a": encoded(MIB)}}, MIB),
        ("ConfigMap", {"binaryData": {"a": encoded(MIB + 1)}}, MIB + 1),
        ("ConfigMap", {"binaryData": {"a": encoded(MIB - 1)}, "data": {"b": "xy"}}, MIB + 1),
        ("Secret", {"data": {"a": encoded(MIB)}}, MIB),
        ("Secret", {"data": {"a": encoded(MIB + 1)}}, MIB + 1),
        ("Secret", {"data": {"a": encoded(MIB - 1)}, "stringData": {"b": "é"}}, MIB + 1),
        ("Secret", {"data": {"a": encoded(MIB)}, "stringData": {"a": "x"}}, 1),
    ],
)
def test_values_are_counted_as_kubernetes_keeps_them(kind: str, fields: Any, size: int) -> None:
    words = [f'{kind} "a" holds {size:,} bytes; at most 1,048,576 are taken'] if size > MIB else []
    assert told("CG509", data(kind, **fields)) == words


def test_what_is_null_is_not_there() -> None:
    probe = {"exec": None, "tcpSocket": {"port": 1}, "successThreshold": 2}
    [message] = told("CG508", deployment({}, {"livenessProbe": probe}))
    assert message.endswith("livenessProbe.successThreshold, which must be at most 1")
    [message] = told("CG508", deployment({"containers": None}))
    assert message.endswith('has no "spec.template.spec.containers"')


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("10.0.0.0/8", True),
        ("::/0", True),
        ("10.0.0.0", False),
        ("10.0.0.0/255.0.0.0", False),
        ("10.0.0.0/0.255.255.255", False),
        ("10.0.0.1/8", False),
        ("fe80::%eth0/64", False),
        ("10.0.0.0/", False),
    ],
)
def test_networks(text: str, is_one: bool) -> None:
    assert is_network(text) is is_one


NEEDS = {"runAsUser": 1000, "readOnlyRootFilesystem": False}
RESTRICTED = {
    "runAsNonRoot": True,
    "runAsUser": 10001,
    "runAsGroup": 10001,
    "seccompProfile": {"type": "RuntimeDefault"},
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}


@pytest.mark.parametrize(
    ("context", "needs", "told_of"),
    [
        ({}, {}, []),
        (NEEDS, NEEDS, []),
        (NEEDS, {}, ["its user id is 1000", "may write to its root file system"]),
        (NEEDS, {"runAsUser": 1000}, ["may write to its root file system"]),
        ({**NEEDS, "runAsUser": 0}, NEEDS, ["its user id is root or unset"]),
        ({**NEEDS, "runAsGroup": 1000}, NEEDS, ["its group id is 1000"]),
    ],
)
def test_what_an_engine_states_is_excepted_and_nothing_else(context: Any, needs: Any, told_of: list[str]) -> None:
    thing = deployment({}, {"securityContext": {**RESTRICTED, **context}})
    found = audit_document(json.dumps(thing), "charts/a/charts/a/templates/a.yaml", needs).findings
    messages = [finding.message.partition(": ")[2] for finding in found if finding.code == "CG532"]
    assert [message.partition(" (")[0] for message in messages] == told_of


def test_what_an_engine_states_is_true_of_its_own_container_alone() -> None:
    context = {"securityContext": {**RESTRICTED, **NEEDS}}
    thing = deployment({"containers": [{"name": "beside", "image": "example/a:1", **context}]})
    found = audit_document(json.dumps(thing), "charts/a/charts/a/templates/a.yaml", NEEDS).findings
    assert len([finding for finding in found if finding.code == "CG532"]) == 2
