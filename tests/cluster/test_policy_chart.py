"""The policy chart on an API server that has Istio's and the Gateway API's definitions: in the umbrella, and in both
orders as a release of its own; what the server keeps is what was sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from chartgen.registry.umbrellas import POLICY, policy_home, umbrella_name
from tests.cluster.harness import platforms
from tests.cluster.harness.platforms import objects

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cluster.harness.platforms import Platform
    from tests.cluster.harness.releases import Release

APART = f"{POLICY}.enabled=false"
NOW: tuple[str, ...] = ()
"""Without `--wait`: whether the pods start is not the question here."""


@pytest.fixture(params=["mesh", "mesh-ambient", "door"])
def platform(request: pytest.FixtureRequest, tmp_path: Path) -> Platform:
    return platforms.copied(request.param, tmp_path)


def apart(platform: Platform, release: Release) -> Release:
    """The policy chart's own release."""
    home = policy_home(platform.registry)
    assert home is not None
    name = umbrella_name(release.name, "policy")
    return replace(release, name=name, chart=platform.root / home.folder)


def held(release: Release) -> set[str]:
    """The objects of a release that the server has."""
    path = release.space.folder / f"{release.name}.yaml"
    path.write_text(release.manifest(), encoding="utf-8")
    return {f"{thing['kind']}/{thing['metadata']['name']}" for thing in release.space.get("-f", str(path))}


def test_the_umbrella_brings_it_and_takes_it(platform: Platform, release_of: Callable[[Platform], Release]) -> None:
    release = release_of(platform)
    release.install(flags=NOW)
    sent = {f"{thing['kind']}/{thing['metadata']['name']}" for thing in objects(release.manifest())}
    assert held(release) == sent
    release.uninstall()


@pytest.mark.parametrize("first", ["policy", "umbrella"])
def test_both_orders(platform: Platform, release_of: Callable[[Platform], Release], first: str) -> None:
    umbrella = release_of(platform)
    policy = apart(platform, umbrella)
    steps = [lambda: policy.install(flags=NOW), lambda: umbrella.install(APART, flags=NOW)]
    for step in steps if first == "policy" else reversed(steps):
        step()
    assert not held(policy) & held(umbrella)
    umbrella.upgrade(APART, flags=NOW)
    policy.upgrade(flags=NOW)
    umbrella.uninstall()
    assert held(policy), "the policy outlives what it is about"
    policy.uninstall()


def test_both_at_once_are_refused(tmp_path: Path, release_of: Callable[[Platform], Release]) -> None:
    platform = platforms.copied("mesh", tmp_path)
    umbrella = release_of(platform)
    policy = apart(platform, umbrella)
    policy.install(flags=NOW)
    done = umbrella.run("install", umbrella.name, str(umbrella.chart))
    assert done.code
    assert "exists and cannot be imported into the current release" in done.stderr
