"""Rules on how the objects of one render fit together: selectors, ports, owners, accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartgen.audit.finding import about, within
from chartgen.audit.objects import Pod, Rendered, Tree, is_port, mapping, mappings
from chartgen.audit.platform import Platform, ports_of
from chartgen.registry.quantity import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.diagnostics import Diagnostic

_OWN_SELECTOR = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")


def objects_differ(platform: Platform) -> Iterator[Diagnostic]:
    """CG510: two templates render one object; Helm applies both, and the later wins."""
    seen: dict[tuple[str, str, str], Rendered] = {}
    for thing in platform.objects:
        first = seen.setdefault((thing.api_version.rpartition("/")[0], thing.kind, thing.name), thing)
        if first is not thing:
            where = "the same template" if first.file == thing.file else first.file
            yield about("CG510", thing, f"is rendered twice, here and by {where}")


def services_find_their_ports(platform: Platform) -> Iterator[Diagnostic]:
    """CG520: a Service sends traffic to a port that the pods it selects do not have."""
    for service, pods in platform.services():
        known = ports_of(pods)
        for port in mappings(service.spec.get("ports")):
            target = port.get("targetPort", port.get("port"))
            if pods and is_port(target) and target not in known:
                names = ", ".join(f'{thing.kind} "{thing.name}"' for thing in pods)
                yield about("CG520", service, f"sends port {port.get('port')} to {target}, which {names} does not have")


def services_select_one_workload(platform: Platform) -> Iterator[Diagnostic]:
    """CG521: a Service whose selector finds no pod, nor those made of a resource, or pods of several workloads."""
    operated = _pods_of_others(platform)
    for service, pods in platform.services():
        labels = [str(value) for value in mapping(service.spec.get("selector")).values()]
        if not pods and operated.isdisjoint(labels):
            yield about("CG521", service, "selects no pod of this render")
        if len(pods) > 1 and not _are_versions(pods):
            yield about("CG521", service, f"selects pods of several workloads: {_names(pods)}")


def _are_versions(things: list[Rendered]) -> bool:
    """Whether the workloads are versions of one service: each selects its own by the label `version`."""
    selectors = [mapping(_selector(thing).get("matchLabels")) for thing in things]
    versions = {selector.get("version") for selector in selectors}
    shared = {tuple(sorted((k, str(v)) for k, v in each.items() if k != "version")) for each in selectors}
    return len(versions) == len(things) and None not in versions and len(shared) == 1


def budgets_and_policies_select_pods(platform: Platform) -> Iterator[Diagnostic]:
    """CG521: a PodDisruptionBudget or NetworkPolicy that is about no pod, nor about those made of a resource."""
    operated = _pods_of_others(platform)
    for thing in platform.of_kind("PodDisruptionBudget", "NetworkPolicy"):
        selector = _selector(thing)
        if not platform.selected(selector) and operated.isdisjoint(_labels_of(selector)):
            yield about("CG521", thing, "selects no pod of this render")


def _pods_of_others(platform: Platform) -> set[str]:
    """The names of resources of which others make pods."""
    return {thing.name for thing in platform.objects if thing.is_of_an_operator or thing.kind == "Gateway"}


def _labels_of(selector: Tree) -> list[str]:
    """What a selector's labels must be. An operator labels the pods that it makes with its resource's name."""
    return [str(value) for value in mapping(selector.get("matchLabels")).values()]


def policies_find_their_ports(platform: Platform) -> Iterator[Diagnostic]:
    """CG522: a NetworkPolicy admits, or allows a call to, a port that the pods in question do not have."""
    for policy in platform.of_kind("NetworkPolicy"):
        own = ports_of(platform.selected(_selector(policy)))
        for rule in mappings(policy.spec.get("ingress")):
            yield from _unknown_ports(policy, rule, own, "admits calls to")
        for rule in mappings(policy.spec.get("egress")):
            peers = mappings(rule.get("to"))
            if peers and all(set(peer) == {"podSelector"} for peer in peers):
                targets = [thing for peer in peers for thing in platform.selected(mapping(peer["podSelector"]))]
                if targets:
                    yield from _unknown_ports(policy, rule, ports_of(targets), f"allows calls to {_names(targets)} on")


def pods_are_isolated(platform: Platform) -> Iterator[Diagnostic]:
    """CG523: a pod that no NetworkPolicy selects: anyone may call it, and it may call anyone."""
    isolated = {
        id(thing) for policy in platform.of_kind("NetworkPolicy") for thing in platform.selected(_selector(policy))
    }
    for thing in platform.workloads:
        if id(thing) not in isolated:
            yield about("CG523", thing, "makes pods that no NetworkPolicy selects")


def workloads_own_their_pods(platform: Platform) -> Iterator[Diagnostic]:
    """CG524: a workload's selector misses its own pods, or takes another's."""
    for thing in platform.workloads:
        if thing.kind not in _OWN_SELECTOR:
            continue
        pods = platform.selected(_selector(thing, "selector"))
        if thing not in pods:
            yield about("CG524", thing, "has a selector that does not match its own pods")
        others = [other for other in pods if other is not thing]
        if others:
            yield about("CG524", thing, f"has a selector that also matches the pods of {_names(others)}")


def autoscalers_own_the_size(platform: Platform) -> Iterator[Diagnostic]:
    """CG525: an autoscaler without its target, or one whose target also fixes its replicas."""
    for scaler in platform.of_kind("HorizontalPodAutoscaler"):
        reference = mapping(scaler.spec.get("scaleTargetRef"))
        target = platform.by_name.get((str(reference.get("kind")), str(reference.get("name"))))
        if target is None:
            yield about("CG525", scaler, f'scales {reference.get("kind")} "{reference.get("name")}", which is missing')
        elif "replicas" in target.spec:
            yield about("CG525", target, "sets replicas, which its autoscaler owns: every upgrade would reset its size")
        yield from _unmeasured(platform, scaler, target)
        least, most = scaler.spec.get("minReplicas", 1), scaler.spec.get("maxReplicas", 1)
        if isinstance(least, int) and isinstance(most, int) and least > most:
            yield about("CG525", scaler, f"has minReplicas {least} above maxReplicas {most}")


def _unmeasured(platform: Platform, scaler: Rendered, target: Rendered | None) -> Iterator[Diagnostic]:
    """CG525: use in percent of a request that a container does not make."""
    for metric in mappings(scaler.spec.get("metrics")):
        resource = mapping(metric.get("resource"))
        if mapping(resource.get("target")).get("type") != "Utilization":
            continue
        what = str(resource.get("name"))
        for name in _without_request(target.pod, what, _defaults(platform, what)) if target and target.pod else ():
            hint = "nothing can be measured: the autoscaler would never act"
            words = f'watches {what} in percent of requests, and container "{name}" has none'
            yield about("CG525", scaler, words, hint)


def _without_request(pod: Pod, what: str, defaults: bool) -> Iterator[str]:
    """The containers that run without a request of it; none where the pod, or its namespace, makes one for all."""
    if defaults or _asks(pod.spec, what):
        return
    for container in pod.containers:
        runs = not container.init or container.data.get("restartPolicy") == "Always"
        if runs and not _asks(container.data, what):
            yield container.name


def _asks(owner: Tree, what: str) -> bool:
    """Whether it requests the resource. Where only a limit is set, that is the request."""
    resources = mapping(owner.get("resources"))
    both = {**mapping(resources.get("limits")), **mapping(resources.get("requests"))}
    return bool(parse_quantity(str(both.get(what, "0"))))


def _defaults(platform: Platform, what: str) -> bool:
    """Whether a LimitRange gives every container a request of it: its own words for one, or the next best."""
    for limits in platform.of_kind("LimitRange"):
        for item in mappings(limits.spec.get("limits")):
            found = [mapping(item.get(key)).get(what) for key in ("defaultRequest", "default", "max", "min")]
            if item.get("type") == "Container" and any(parse_quantity(str(amount)) for amount in found):
                return True
    return False


def production_survives_a_pod(platform: Platform) -> Iterator[Diagnostic]:
    """CG526: in production an autoscaler may go down to one pod."""
    for scaler in platform.of_kind("HorizontalPodAutoscaler") if platform.production else ():
        least = scaler.spec.get("minReplicas", 1)
        if isinstance(least, int) and least < 2:
            yield about("CG526", scaler, "may go down to one pod in production: set minReplicas to 2 or more")


def budgets_leave_room(platform: Platform) -> Iterator[Diagnostic]:
    """CG527: a PodDisruptionBudget that demands as many pods as its workload may have."""
    scalers = {
        str(mapping(scaler.spec.get("scaleTargetRef")).get("name")): scaler.spec.get("minReplicas", 1)
        for scaler in platform.of_kind("HorizontalPodAutoscaler")
    }
    for budget in platform.of_kind("PodDisruptionBudget"):
        least = budget.spec.get("minAvailable")
        for thing in platform.selected(_selector(budget, "selector")) if isinstance(least, int) else ():
            size = scalers.get(thing.name, thing.spec.get("replicas", 1))
            if isinstance(size, int) and isinstance(least, int) and least >= size:
                yield about("CG527", budget, f'demands {least} of the {size} pods that "{thing.name}" may have')


def accounts_exist(platform: Platform) -> Iterator[Diagnostic]:
    """CG528: a pod runs as the namespace's default account, or as one that the release does not make."""
    for thing in platform.workloads:
        name = thing.pod.spec.get("serviceAccountName") if thing.pod else None
        if name in (None, "", "default"):
            yield about("CG528", thing, "runs as the namespace's default service account")
        elif ("ServiceAccount", str(name)) not in platform.by_name:
            yield about("CG528", thing, f'runs as service account "{name}", which the release does not make')


def served_pods_have_probes(platform: Platform) -> Iterator[Diagnostic]:
    """CG518: a Service sends traffic to a pod without asking whether it is ready, or alive. Who serves UDP alone is
    spared: no probe speaks it."""
    served = {id(thing): thing for _, pods in platform.services() for thing in pods if not thing.hook}
    for thing in served.values():
        for container in thing.pod.main_containers if thing.pod else ():
            ports = mappings(container.data.get("ports"))
            missing = [name for name in ("readiness", "liveness") if f"{name}Probe" not in container.data]
            if missing and any(port.get("protocol", "TCP") != "UDP" for port in ports):
                hint = (
                    f"in the registry, healthEndpoint gives it both, and probes a {' and a '.join(missing)} of its own"
                )
                words = " and ".join(f"{name}Probe" for name in missing)
                yield within("CG518", thing, container, f"takes traffic without {words}", hint)


def deployments_have_budgets(platform: Platform) -> Iterator[Diagnostic]:
    """CG537: a drain may take all pods of a Deployment or StatefulSet at once."""
    covered = {
        id(thing)
        for budget in platform.of_kind("PodDisruptionBudget")
        for thing in platform.selected(_selector(budget, "selector"))
    }
    for thing in platform.of_kind("Deployment", "StatefulSet"):
        if id(thing) not in covered:
            yield about("CG537", thing, "has no PodDisruptionBudget: a drain may take all its pods at once")


_OF_THE_MESH = frozenset({15008, 15020})
"""Ports that pods of a mesh have, and no container of ours: ambient's tunnel, the metrics of a sidecar's agent."""


def _unknown_ports(policy: Rendered, rule: Tree, known: dict[object, set[int]], verb: str) -> Iterator[Diagnostic]:
    for port in mappings(rule.get("ports")):
        number = port.get("port")
        if known and is_port(number) and "endPort" not in port and number not in known and number not in _OF_THE_MESH:
            yield about("CG522", policy, f"{verb} port {number}, which is not there")


def _selector(thing: Rendered, key: str = "") -> Tree:
    return mapping(thing.spec.get(key or ("podSelector" if thing.kind == "NetworkPolicy" else "selector")))


def _names(things: list[Rendered]) -> str:
    return ", ".join(f'{thing.kind} "{thing.name}"' for thing in things[:5]) + (", …" if len(things) > 5 else "")
