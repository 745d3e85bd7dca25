"""A platform of several releases in one namespace: installed in the order that generate says, and taken apart again; a
service that moves from one to another keeps its data."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from chartgen.audit.objects import mappings
from chartgen.registry.umbrellas import umbrellas
from chartgen.workflows import generate
from tests.cluster.harness import platforms, states
from tests.cluster.harness.platforms import objects
from tests.cluster.harness.releases import Release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from chartgen.tools.helm import Helm
    from tests.cluster.harness.kube import Space
    from tests.cluster.harness.platforms import Edit, Platform

Labelled = dict[str, Any]
"""Something of each workload, by its name."""

TESTED = "global.helmTest.enabled=true"
STORAGE = """\
apiVersion: chartgen.dev/v1
kind: ServiceRegistry
metadata: {name: shop, version: 1.0.0}
services:
  - name: files
    volumes: [{name: data, mountPath: /data, claim: {size: 1Gi}}]
  - name: table
    kind: StatefulSet
    volumes: [{name: data, mountPath: /data, claim: {size: 1Gi}}]
  - name: web
    dependencies: [files, table]
"""


@pytest.fixture
def grouped(tmp_path: Path) -> Platform:
    return platforms.copied("groups:shop", tmp_path)


def releases_of(platform: Platform, release: Release) -> list[Release]:
    """Each release of the platform, in start order, in the namespace of the one."""
    return [
        replace(release, name=umbrella.name, chart=platform.root / umbrella.folder)
        for umbrella in umbrellas(platform.registry)
    ]


def test_all_releases_in_one_namespace(grouped: Platform, release_of: Callable[[Platform], Release]) -> None:
    first = release_of(grouped)
    releases = releases_of(grouped, first)
    assert [release.name for release in releases] == list(generate.run(grouped.root, check=True).releases)
    for release in releases:
        release.install(TESTED)
        states.autoscalers_reach_their_floor(release.space, objects(release.manifest()))
    states.pods_are_ready(first.space)
    for release in releases:
        states.services_have_endpoints(release.space, objects(release.manifest()))
        states.nothing_differs(release)
        assert "Phase:          Succeeded" in release.test()
    declared = {(edge.target, caller) for caller, edge in grouped.registry.edges()}
    assert {(callee, caller) for callee, caller in open_ways(first.space) if callee != caller} == declared
    for release in reversed(releases):
        release.uninstall()


def open_ways(space: Space) -> set[tuple[str, str]]:
    """(callee, caller) of each pair of workloads between which the policies of both sides, as the server has them,
    open a way; a job that has no pod yet counts by its template."""
    labels = dict(_labels(space))
    policies = {each["metadata"]["name"]: each["spec"] for each in space.get("networkpolicies")}
    open_from = _peers(policies, labels, "ingress", "from")
    open_to = _peers(policies, labels, "egress", "to")
    return {(callee, caller) for callee, caller in open_from if (caller, callee) in open_to}


def _labels(space: Space) -> Iterator[tuple[str, dict[str, str]]]:
    for each in space.get("deployments,statefulsets,cronjobs"):
        spec = each["spec"].get("jobTemplate", {}).get("spec", each["spec"])
        yield each["metadata"]["name"], spec["template"]["metadata"]["labels"]


def _peers(policies: Labelled, labels: Labelled, side: str, key: str) -> set[tuple[str, str]]:
    return {
        (name, peer)
        for name, spec in policies.items()
        for rule in mappings(spec.get(side))
        for selector in mappings(rule.get(key))
        if set(selector) == {"podSelector"}
        for peer, found in labels.items()
        if selector["podSelector"]["matchLabels"].items() <= found.items()
    }


def test_a_service_that_moves_keeps_its_data(
    tmp_path: Path, release_of: Callable[[Platform], Release], helm: Helm
) -> None:
    before = platforms.written(STORAGE, tmp_path / "shop")
    old = release_of(before).by(helm)
    old.install()
    claims = _claims(old.space)
    assert set(claims) == {"files-data", "data-table-0"}

    def move(edit: Edit) -> None:
        for name in ("files", "table"):
            edit.put(name, "group", "storage")

    after = before.changed(move)
    new = releases_of(after, old)[0]
    assert new.name == "shop-storage"
    assert "cannot be imported into the current release" in new.run("install", new.name, str(new.chart)).stderr
    new.run("uninstall", new.name)
    old.upgrade()
    new.install(flags=("--wait", "--take-ownership"))
    states.pods_are_ready(new.space)
    assert _claims(new.space) == claims
    states.nothing_differs(new)


def _claims(space: Space) -> dict[str, str]:
    """The claims by name, each with what tells it from another of that name."""
    return {each["metadata"]["name"]: each["metadata"]["uid"] for each in space.get("pvc")}
