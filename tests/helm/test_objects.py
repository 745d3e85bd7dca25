"""Rendered objects, one by one: the Kubernetes schemas, and the rules of a generated chart."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import kubernetes_validate
import pytest

from chartgen.audit.objects import Rendered, mapping, mappings
from chartgen.audit.platform import index
from chartgen.engines.engine import Way
from chartgen.registry.kubernetes import GATEWAY_NAME
from chartgen.registry.pod import ExistingClaim
from chartgen.registry.umbrellas import umbrellas
from chartgen.registry.waypoints import behind_waypoint
from tests import mesh_objects
from tests.helm.conftest import Platform, objects, registry_of, rendered, write

if TYPE_CHECKING:
    from pathlib import Path

    from chartgen.tools.helm import Helm

KUBERNETES = ("1.30", "1.37")
SELECTOR = {"app.kubernetes.io/name", "app.kubernetes.io/instance"}
RECOMMENDED = SELECTOR | {"app.kubernetes.io/part-of"}
OWN = RECOMMENDED | {"app.kubernetes.io/version", "app.kubernetes.io/managed-by", "helm.sh/chart"}
WAYPOINT = "waypoint"
LONG_RUNNING = ("Deployment", "StatefulSet", "DaemonSet")


@pytest.fixture(scope="module")
def things(platform: Platform, helm43: Helm) -> list[Rendered]:
    return platform.render(helm43, "global.helmTest.enabled=true")


def of_kind(things: list[Rendered], *kinds: str) -> list[Rendered]:
    return [thing for thing in things if thing.kind in kinds]


def named(thing: Rendered) -> str:
    return f"{thing.kind} {thing.name}"


@pytest.mark.parametrize("version", KUBERNETES)
def test_kubernetes_knows_them(things: list[Rendered], version: str) -> None:
    """Operators' kinds are judged in test_operators.py."""
    for thing in things:
        if not (thing.is_of_the_mesh or thing.is_of_an_operator):
            kubernetes_validate.validate(thing.data, version, strict=True)


def test_the_mesh_knows_its_own(things: list[Rendered]) -> None:
    for thing in things:
        assert not thing.is_of_the_mesh or not mesh_objects.problems(thing.data), named(thing)


def test_labels_are_complete(things: list[Rendered]) -> None:
    for thing in things:
        if thing.is_of_an_operator:
            continue  # some hand all labels on to the pods that they make
        wanted = RECOMMENDED if thing.name.endswith("helm-test") or thing.hook else OWN
        assert wanted <= set(thing.data["metadata"]["labels"]), named(thing)


def test_selectors_hold_only_name_and_instance(things: list[Rendered]) -> None:
    """And those of a version's objects its name."""
    for thing in of_kind(things, *LONG_RUNNING, "PodDisruptionBudget"):
        assert set(thing.spec["selector"]["matchLabels"]) == SELECTOR | versioned(thing), named(thing)
    for thing in of_kind(things, "Service"):
        if "externalName" not in thing.spec:  # that leads to somebody else's
            assert set(thing.spec["selector"]) == SELECTOR | versioned(thing), named(thing)
    for thing in of_kind(things, "StatefulSet"):
        for claim in mappings(thing.spec.get("volumeClaimTemplates")):
            assert set(mapping(claim["metadata"].get("labels"))) <= SELECTOR | versioned(thing), named(thing)


def versioned(thing: Rendered) -> set[str]:
    """The label that tells a version's pods apart, if the object is a version's."""
    return {"version"} & set(thing.data["metadata"]["labels"])


def test_pods_carry_neither_version_nor_chart(things: list[Rendered]) -> None:
    for thing in things:
        if thing.pod and not thing.hook:
            assert {"app.kubernetes.io/version", "helm.sh/chart"}.isdisjoint(thing.pod.labels), named(thing)


def test_no_namespace_and_no_two_slash_annotation(things: list[Rendered]) -> None:
    for thing in things:
        metadata = thing.data["metadata"]
        assert "namespace" not in metadata, named(thing)
        assert all(key.count("/") <= 1 for key in mapping(metadata.get("annotations"))), named(thing)


def test_replicas_and_autoscaler_exclude_each_other(platform: Platform, things: list[Rendered]) -> None:
    scaled = {thing.spec["scaleTargetRef"]["name"] for thing in of_kind(things, "HorizontalPodAutoscaler")}
    workloads = [w for s in platform.own.services for w in s.workloads if s.enabled and w.enabled]
    assert scaled == {workload.name for workload in workloads if workload.scaling.autoscale}
    for thing in of_kind(things, "Deployment", "StatefulSet"):
        assert ("replicas" in thing.spec) != (thing.name in scaled), named(thing)


def test_nodes_can_be_drained(things: list[Rendered]) -> None:
    guarded = [thing.spec["selector"]["matchLabels"] for thing in of_kind(things, "PodDisruptionBudget")]
    for thing in of_kind(things, "Deployment", "StatefulSet"):
        assert thing.spec["selector"]["matchLabels"] in guarded, named(thing)
    for thing in of_kind(things, "PodDisruptionBudget"):
        assert thing.spec["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


def test_updates_roll_and_pods_have_time_to_stop(things: list[Rendered]) -> None:
    for thing in of_kind(things, *LONG_RUNNING):
        strategy = thing.spec.get("strategy") or thing.spec.get("updateStrategy")
        assert strategy and strategy["type"] in ("RollingUpdate", "Recreate"), named(thing)
        assert thing.pod and thing.pod.spec["terminationGracePeriodSeconds"] >= 0


def test_a_stateful_set_has_its_headless_service(things: list[Rendered]) -> None:
    services = {thing.name: thing for thing in of_kind(things, "Service")}
    for thing in of_kind(things, "StatefulSet"):
        if thing.spec.get("serviceName"):
            assert services[thing.spec["serviceName"]].spec["clusterIP"] == "None", named(thing)


def test_a_stateful_set_can_be_rolled_back(things: list[Rendered]) -> None:
    """In order, Kubernetes waits for the pod that never gets ready before it replaces it."""
    for thing in of_kind(things, "StatefulSet"):
        assert thing.spec["podManagementPolicy"] == "Parallel", named(thing)


def test_services_reach_pods_by_name(things: list[Rendered]) -> None:
    """And the ports of sidecars by number: Kubernetes 1.30 and 1.31 know no names among the init containers."""
    pods = [thing.pod for thing in things if thing.pod]
    inits = [each for pod in pods for each in mappings(pod.spec.get("initContainers"))]
    beside = {port["containerPort"] for each in inits for port in mappings(each.get("ports"))}
    names = {port["name"] for each in inits for port in mappings(each.get("ports"))}
    for thing in of_kind(things, "Service"):
        ports = thing.spec["ports"] if "externalName" not in thing.spec else []
        targets = {port["targetPort"] for port in ports}
        assert {target for target in targets if not isinstance(target, str)} <= beside, named(thing)
        assert targets.isdisjoint(names), named(thing)


def test_a_claim_has_the_name_that_its_pod_mounts(platform: Platform, things: list[Rendered]) -> None:
    claims = {
        (source["persistentVolumeClaim"]["claimName"], thing.file.partition("/templates/")[0])
        for thing in things
        if thing.pod
        for source in mappings(thing.pod.spec.get("volumes"))
        if "persistentVolumeClaim" in source
    }
    volumes = [volume for service in platform.workloads for volume in service.volumes]
    existing = {volume.source.name for volume in volumes if isinstance(volume.source, ExistingClaim)}
    made = {(thing.name, thing.file.partition("/templates/")[0]) for thing in of_kind(things, "PersistentVolumeClaim")}
    assert {claim for claim in claims if claim[0] not in existing} == made


def test_accounts_hold_no_token(things: list[Rendered]) -> None:
    for thing in of_kind(things, "ServiceAccount"):
        assert thing.data["automountServiceAccountToken"] is False, named(thing)


def test_edges_are_the_network_policies(platform: Platform, things: list[Rendered]) -> None:
    """Between what the charts run themselves: what is elsewhere has no pods to name, a datastore's pods talk to each
    other without an edge, and a waypoint stands for those behind it."""
    behind = behind_waypoint(platform.registry)
    own = {each.name for caller in platform.workloads for each in caller.workloads}
    policies = {thing.name: thing for thing in of_kind(things, "NetworkPolicy")}
    allowed = {
        (name, labels.get("app.kubernetes.io/name", WAYPOINT))
        for name, policy in policies.items()
        for rule in mappings(policy.spec.get("egress"))
        for peer in mappings(rule.get("to"))
        if set(peer) == {"podSelector"} and name in own
        if {"app.kubernetes.io/name", GATEWAY_NAME} & set(labels := peer["podSelector"]["matchLabels"])
    }
    elsewhere = {store.name for store in platform.registry.datastores if store.default is not Way.BUILTIN}
    here = {node.name for node in platform.registry.charts() if node.ports} - elsewhere
    callers = platform.workloads
    declared = {
        (workload.name, WAYPOINT if edge.target in behind else edge.target)
        for caller in callers
        for workload in caller.workloads
        for edge in workload.edges
        if edge.target in here and caller.enabled and workload.enabled
    }
    peers = {(caller.name, caller.name) for caller in callers if caller.peer_ports}
    assert allowed == declared | peers


def test_peers_are_the_pods_that_are_there(helm43: Helm, tmp_path: Path) -> None:
    """Over all releases of a platform, each selector of a policy finds the pods of one service."""
    registry = registry_of("groups")
    platform = write(registry, tmp_path)
    things = [
        thing
        for umbrella in umbrellas(registry)
        for thing in objects(rendered(helm43, tmp_path / umbrella.folder, release=umbrella.name))
    ]
    whole = index(things)
    selectors = [
        peer["podSelector"]
        for policy in of_kind(things, "NetworkPolicy")
        for side, key in (("ingress", "from"), ("egress", "to"))
        for rule in mappings(policy.spec.get(side))
        for peer in mappings(rule.get(key))
        if set(peer) == {"podSelector"}
    ]
    assert len(selectors) > 2 * len(list(platform.registry.edges()))
    for selector in selectors:
        found = [thing.name for thing in whole.selected(selector)]
        assert found == [selector["matchLabels"]["app.kubernetes.io/name"]]


def test_a_new_version_restarts_nothing(platform: Platform, helm43: Helm, tmp_path: Path) -> None:
    metadata = replace(platform.registry.metadata, version="99.0.0")
    bumped = replace(write(replace(platform.registry, metadata=metadata), tmp_path), release=platform.release)
    assert templates(platform.render(helm43)) == templates(bumped.render(helm43))


def test_the_five_kinds_are_all_there(helm43: Helm, tmp_path: Path) -> None:
    kinds = {thing.kind for thing in write(registry_of("five-kinds"), tmp_path).render(helm43)}
    assert {"Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job"} <= kinds


def templates(things: list[Rendered]) -> dict[str, Any]:
    """Each workload's pod template by kind and name."""
    return {named(thing): (dict(thing.pod.labels), thing.pod.spec) for thing in things if thing.pod}
