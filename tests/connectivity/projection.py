"""Manifests as both sides can read them: what network-config-analyzer has no words for is taken away.

Workloads become pods, two of each, so that calls among equals are seen; those who call from outside are added, and some
whom nobody knows. Accounts become principals. Tokens and hosts are taken as given: conditions on them, and on headers,
go, and a DENY that has such a condition goes whole."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from typing import Any

from tests.envoy.harness.stage import POD_TEMPLATES

HOME = "here"
STRANGERS = (
    ("monitoring", "prometheus", {"app": "prometheus"}),
    ("istio-system", "istiod", {"app": "istiod"}),
    ("istio-ingress", "istio-ingress", {"istio": "ingress"}),
    (HOME, "stranger", {"app": "stranger"}),
    ("elsewhere", "stranger", {"app": "stranger"}),
)
"""Namespace, account and labels of pods that are there beside the platform's."""


def projected(objects: Iterable[Any], gateway: str = "") -> list[Any]:
    """The objects that both sides get. `gateway`: the name of the Gateway that has pods here."""
    objects = [_placed(each) for each in objects]
    pods = [pod for each in objects if each["kind"] in POD_TEMPLATES for pod in _pods(each)]
    others = [*STRANGERS, *_twins(pods)]
    if gateway:
        others.append((HOME, f"{gateway}-istio", {"gateway.networking.k8s.io/gateway-name": gateway}))
    pods += [_pod(f"other-{number}-0", *other) for number, other in enumerate(others)]
    policies = [made for each in objects for made in _policies(each)]
    namespaces = {pod["metadata"]["namespace"] for pod in pods}
    return [*map(_namespace, sorted(namespaces)), *pods, *policies]


def services(objects: Iterable[Any]) -> list[Any]:
    """The Services, by which the evaluator knows what a port speaks."""
    return [_placed(each) for each in objects if each["kind"] == "Service"]


def _twins(pods: list[Any]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """In another namespace, whoever has the account and labels of the platform's own."""
    for pod in pods[:3]:
        yield "elsewhere", pod["spec"]["serviceAccountName"], pod["metadata"]["labels"]


def _placed(thing: Any) -> Any:
    thing = copy.deepcopy(thing)
    thing["metadata"].setdefault("namespace", HOME)
    return thing


def _pods(workload: Any) -> Iterator[Any]:
    template = workload
    for key in POD_TEMPLATES[workload["kind"]]:
        template = template[key]
    name, spec = workload["metadata"]["name"], template["spec"]
    ports = [port for container in spec["containers"] for port in container.get("ports", ())]
    for number in (0, 1):
        named = f"{workload['kind'].lower()}-{name}-{number}"
        account = spec.get("serviceAccountName", "default")
        yield _pod(named, workload["metadata"]["namespace"], account, template["metadata"]["labels"], ports)


def _pod(name: str, namespace: str, account: str, labels: Any, ports: Any = ()) -> Any:
    container = {"name": "main", "image": "main", "ports": list(ports)}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": dict(labels)},
        "spec": {"serviceAccountName": account, "containers": [container]},
        "status": {"podIP": "192.0.2.1", "hostIP": "192.0.2.2"},
    }


def _namespace(name: str) -> Any:
    labels = {"kubernetes.io/metadata.name": name}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def _policies(thing: Any) -> Iterator[Any]:
    if thing["kind"] == "NetworkPolicy":
        yield thing
    if thing["kind"] == "AuthorizationPolicy" and "targetRefs" not in thing["spec"]:
        spec = thing["spec"]
        denies = spec.get("action") == "DENY"
        rules = [rule for rule in spec.get("rules", ()) if not (denies and rule.get("when"))]
        if rules:
            yield {**thing, "spec": {**spec, "rules": [_rule(rule) for rule in rules]}}
        elif "rules" not in spec:
            yield thing


def _rule(rule: Any) -> Any:
    sources = [{"source": source} for each in rule.get("from", ()) if (source := _source(each["source"]))]
    operations = [
        {key: each["operation"][key] for key in each["operation"] if key != "hosts"} for each in rule.get("to", ())
    ]
    calls = {"to": [{"operation": each} for each in operations]} if all(operations) and operations else {}
    return {**calls, **({"from": sources} if sources else {})}


def _source(source: Any) -> Any:
    kept = {key: value for key, value in source.items() if key not in ("requestPrincipals", "serviceAccounts")}
    if "serviceAccounts" in source:
        kept["principals"] = [f"cluster.local/ns/{each.replace('/', '/sa/')}" for each in source["serviceAccounts"]]
    return kept
