"""Every object of a mesh, or of a door, is as Istio's and the Gateway API's own definitions want it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import mesh_objects, meshes

if TYPE_CHECKING:
    from chartgen.tools.helm import Helm

ALL = ("global.helmTest.enabled=true",)
WAYS = {
    "as they are": (),
    "by accounts": ("global.mesh.identity=serviceAccounts", *ALL),
    "by principals": ("global.mesh.identity=principals", "global.mesh.trustDomain=acme.example.com", *ALL),
}


def judged(platform: meshes.Platform, helm: Helm, folder: Path, way: str) -> list[str]:
    """What is wrong; there must be something to judge."""
    settings = WAYS[way] if platform.registry.mesh else ()
    found = [each for each in platform.rendered(helm, folder, *settings) if mesh_objects.is_one(each)]
    assert found
    return [f"{named(each)}: {words}" for each in found for words in mesh_objects.problems(each)]


def named(thing: Any) -> str:
    """The object's kind and name."""
    return f"{thing['kind']} {thing['metadata']['name']}"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", meshes.cases())
def test_a_case(case: str, way: str, helm43: Helm, tmp_path: Path) -> None:
    assert judged(meshes.case(case), helm43, tmp_path, way) == []


@pytest.mark.parametrize("way", list(WAYS)[1:])
@pytest.mark.parametrize("case", [case for case in meshes.cases() if case != "door"])
def test_a_case_in_the_other_mode(case: str, way: str, helm43: Helm, tmp_path: Path) -> None:
    assert judged(meshes.case(case).other_mode, helm43, tmp_path, way) == []


@pytest.mark.parametrize("way", WAYS)
def test_the_ticketing_platform(way: str, helm43: Helm, tmp_path: Path) -> None:
    assert judged(meshes.ticketing(), helm43, tmp_path, way) == []


@pytest.mark.parametrize("seed", range(4))
def test_a_drawn_platform(seed: int, helm43: Helm, tmp_path: Path) -> None:
    platform = meshes.drawn(seed)
    assert judged(platform, helm43, tmp_path / "sidecar", "by accounts") == []
    assert judged(platform.other_mode, helm43, tmp_path / "ambient", "by principals") == []
