"""Two releases of one platform: each in a namespace of its own they do not meet, and in one namespace helm refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cluster.harness import platforms, states
from tests.cluster.harness.journeys import as_applied
from tests.cluster.harness.platforms import objects

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chartgen.tools.helm import Helm
    from tests.cluster.harness.platforms import Platform
    from tests.cluster.harness.releases import Release


def test_each_has_its_namespace_and_outlives_the_other(
    tmp_path: Path, release_of: Callable[[Platform], Release]
) -> None:
    platform = platforms.copied("five-kinds", tmp_path)
    one, other = release_of(platform), release_of(platform)
    for release in (one, other):
        release.install("global.helmTest.enabled=true")
    for release in (one, other):
        found = as_applied(release)
        assert len(found) == len(list(objects(release.manifest())))
        assert {thing["metadata"].get("namespace") for thing in found.values()} == {release.space.name}
    states.autoscalers_reach_their_floor(other.space, objects(other.manifest()))
    before, endpoints = as_applied(other), other.space.names("pods,endpointslices")
    one.uninstall()
    assert as_applied(other) == before
    assert other.space.names("pods,endpointslices") == endpoints
    states.pods_are_ready(other.space)


def test_a_second_one_in_the_same_namespace_is_refused_and_leaves_the_first_whole(
    tmp_path: Path, release_of: Callable[[Platform], Release], helm: Helm
) -> None:
    first = release_of(platforms.copied("minimal", tmp_path)).by(helm)
    first.install()
    before = as_applied(first)
    done = first.run("install", "second", str(first.chart))
    assert done.code
    assert "exists and cannot be imported into the current release" in done.stderr
    assert f'must equal "second": current value is "{first.name}"' in done.stderr
    assert as_applied(first) == before
    first.run("uninstall", "second")
    assert as_applied(first) == before, "and whoever tidies up after it takes nothing of the first"
