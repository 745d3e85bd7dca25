"""How a release's objects should be: each function fails the test with the first that is not."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from functools import partial
from typing import Any

from tests.cluster.harness.kube import Space, equal, eventually, warnings
from tests.cluster.harness.releases import Release

LASTING = "deployments,statefulsets,daemonsets"


def pods_are_ready(space: Space) -> None:
    """Every workload has as many ready pods as it wants, and every Job is complete."""
    eventually(partial(unready, space), operator.not_)


def unready(space: Space) -> list[str]:
    """The workloads that want pods they have not, or want none at all, and the Jobs that are not complete."""
    found = []
    for workload in space.get(f"{LASTING},jobs"):
        status = workload["status"]
        if workload["kind"] == "Job":
            good = conditions_of(workload).get("Complete") == "True"
        else:
            wanted = status.get("desiredNumberScheduled", workload["spec"].get("replicas"))
            good = wanted and wanted == status.get("readyReplicas", status.get("numberReady"))
        if not good:
            found.append(f"{workload['kind']}/{workload['metadata']['name']}")
    return found


def conditions(space: Space, kind: str, name: str) -> dict[str, str]:
    """The conditions of an object, type → status."""
    [thing] = space.get(kind, name)
    return conditions_of(thing)


def conditions_of(thing: Any) -> dict[str, str]:
    """The conditions that an object had when it was read, type → status."""
    return {condition["type"]: condition["status"] for condition in thing["status"].get("conditions", ())}


def services_have_endpoints(space: Space, emitted: Iterable[Any]) -> None:
    """Every Service has the addresses of exactly its service's ready pods, and the numbers behind its ports."""
    for service in (thing for thing in emitted if thing["kind"] == "Service" and "externalName" not in thing["spec"]):
        name, labels = service["metadata"]["name"], service["metadata"]["labels"]
        own = [f"{label}={labels[label]}" for label in ("app.kubernetes.io/name", "version") if label in labels]
        owned = space.get("pods", "-l", ",".join(own))
        pods = [pod for pod in owned if conditions_of(pod).get("Ready") == "True"]
        assert pods, f"no pod behind Service {name} is ready"
        wanted = {pod["status"]["podIP"] for pod in pods}, target_ports(service, pods[0])
        equal(partial(endpoints, space, name), wanted, f"the endpoints of Service {name}")


def target_ports(service: Any, pod: Any) -> set[tuple[str, int]]:
    """Name and number of what each port of the Service leads to in the pod."""
    spec = pod["spec"]
    containers = (*spec["containers"], *spec.get("initContainers", ()))
    numbers = {port["name"]: port["containerPort"] for each in containers for port in each.get("ports", ())}
    found = {port["name"]: numbers.get(port["targetPort"], port["targetPort"]) for port in service["spec"]["ports"]}
    strays = set(found.values()) - set(numbers.values())
    assert not strays, f"Service {service['metadata']['name']} leads to {strays}, which no container listens on"
    return set(found.items())


def endpoints(space: Space, service: str) -> tuple[set[str], set[tuple[str, int]]]:
    """The ready addresses behind a Service, and name and number of the ports that they serve."""
    slices = space.get("endpointslices", "-l", f"kubernetes.io/service-name={service}")
    addresses = {
        address
        for part in slices
        for endpoint in part["endpoints"] or ()
        if endpoint["conditions"]["ready"]
        for address in endpoint["addresses"]
    }
    return addresses, {(port["name"], port["port"]) for part in slices for port in part["ports"] or ()}


def stateful_sets_have_their_service(space: Space) -> None:
    """The Service that each StatefulSet names is there, headless, and selects its pods."""
    services = {service["metadata"]["name"]: service["spec"] for service in space.get("services")}
    for workload in space.get("statefulsets"):
        name, governing = workload["metadata"]["name"], workload["spec"]["serviceName"]
        assert governing in services, f"StatefulSet {name} names Service {governing}, which is not there"
        assert services[governing]["clusterIP"] == "None", f"Service {governing} of StatefulSet {name} is not headless"
        assert services[governing]["selector"] == workload["spec"]["selector"]["matchLabels"]


def autoscalers_reach_their_floor(space: Space, emitted: Iterable[Any]) -> None:
    """What an autoscaler owns has at least its least number of ready pods."""
    for scaler in (thing for thing in emitted if thing["kind"] == "HorizontalPodAutoscaler"):
        target, floor = scaler["spec"]["scaleTargetRef"], scaler["spec"]["minReplicas"]
        eventually(partial(ready, space, target["kind"], target["name"]), partial(operator.le, floor))


def ready(space: Space, kind: str, name: str) -> int:
    """How many pods of a workload are ready."""
    [workload] = space.get(kind, name)
    return int(workload["status"].get("readyReplicas", 0))


def nothing_differs(release: Release, *flags: str) -> None:
    """What the cluster holds is what the chart says: helm has nothing left to change, and the server nothing to add.
    The server merges, unless `--server-side=false` lets kubectl do it, which takes ten times as long."""
    manifest = release.space.folder / "manifest.yaml"
    manifest.write_text(release.manifest(), encoding="utf-8")
    argv = ("diff", *(flags or ("--server-side", "--force-conflicts")), "-f", str(manifest))
    done = release.space.run(*argv)
    if done.code:  # a Job that ends between the two looks is no difference
        done = release.space.run(*argv)
    assert not done.code, f"the cluster differs from the chart:\n{done.stdout}{done.stderr}"
    assert not warnings(done), done.stderr
