"""Each platform is installed: it gets ready, is reached as it should be, passes its tests, and goes again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from chartgen.engines.engine import Way
from chartgen.registry import names
from chartgen.registry.service import Service
from tests.cluster.harness import platforms, records, states
from tests.cluster.harness.kube import equal
from tests.cluster.harness.platforms import objects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chartgen.registry.model import Datastore
    from tests.cluster.harness.platforms import Platform
    from tests.cluster.harness.releases import Release

TESTED = "global.helmTest.enabled=true"
GIVEN = {"ConfigMap/kube-root-ca.crt", "ServiceAccount/default"}
"""What the cluster puts into every namespace, sooner or later."""
KINDS = "all,configmaps,secrets,serviceaccounts,networkpolicies,pdb,pvc"


@pytest.mark.parametrize("platform", [*platforms.NAMES, *platforms.LARGE], indirect=True)
def test_installed_tested_and_removed(platform: Platform, release_of: Callable[[Platform], Release]) -> None:
    release = release_of(platform)
    before = release.space.names(KINDS)
    release.install(TESTED)
    emitted = objects(release.manifest())
    states.autoscalers_reach_their_floor(release.space, emitted)
    states.pods_are_ready(release.space)
    states.services_have_endpoints(release.space, emitted)
    states.stateful_sets_have_their_service(release.space)
    states.nothing_differs(release)
    states.nothing_differs(release, "--server-side=false")
    records.is_as_estimated(release, TESTED)
    assert set(re.findall(r"TEST SUITE:\s+(\S+)\n.*\n.*\nPhase:\s+Succeeded", release.test())) == _test_pods(platform)
    stays = release.space.names("pvc") | (_kept(emitted) & release.space.names(KINDS))
    release.uninstall()
    equal(lambda: release.space.names(KINDS) - GIVEN, (before | stays) - GIVEN, "what is left")


def _kept(emitted: Iterable[Any]) -> set[str]:
    """What helm leaves where it is, with the pods that an operator made."""
    return {
        f"{thing['kind']}/{thing['metadata']['name']}"
        for thing in emitted
        if thing["metadata"].get("annotations", {}).get("helm.sh/resource-policy") == "keep"
    }


def _test_pods(platform: Platform) -> set[str]:
    """The test pods that there must be: one for each workload of the platform that shows a TCP port."""
    shown = (node for node in platform.own.charts if node.enabled and _has_pods(node))
    return {names.test_pod(node.name) for node in shown if any(port.transport == "TCP" for port in node.exposed_ports)}


def _has_pods(node: Service | Datastore) -> bool:
    return isinstance(node, Service) or node.default is Way.BUILTIN
