"""network-config-analyzer, which is not ours, says the same of who may call whom by network policies and by Istio's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chartgen.mesh.model import Layer
from chartgen.registry.mesh import GatewayApi, Mode
from scripts.get_analyzer import ANALYZER
from tests import meshes
from tests.connectivity.comparing import Comparison

if TYPE_CHECKING:
    from chartgen.tools.helm import Helm

DRAWN = 8
BY_PRINCIPALS = "global.mesh.identity=principals"


@pytest.fixture(scope="module", autouse=True)
def _analyzer() -> None:
    if not ANALYZER.home().is_dir():
        pytest.fail(
            "network-config-analyzer is not in the tools cache; `make judges-apart` puts it there", pytrace=False
        )


def compared(platform: meshes.Platform, helm: Helm, folder: Path) -> Comparison:
    """Both sides on what the platform is rendered to."""
    settings = (BY_PRINCIPALS,) if platform.registry.mesh else ()
    gateway = platform.registry.gateway
    beside = gateway.name if gateway and gateway.api is GatewayApi.GATEWAY else ""
    return Comparison(platform.rendered(helm, folder / "charts", *settings), folder, beside)


def agree(platform: meshes.Platform, helm: Helm, folder: Path) -> None:
    """In ambient Istio's policies lie where requests are read, at waypoints, of which the analyzer knows nothing."""
    mesh = platform.registry.mesh
    layers = [Layer.NETWORK, *([Layer.AUTHORIZATION] if mesh and mesh.mode is Mode.SIDECAR and not mesh.audit else [])]
    comparison = compared(platform, helm, folder)
    assert comparison.differences(*layers)[:20] == []
    assert comparison.asked
    assert all(comparison.allowed(layer) for layer in layers)


@pytest.mark.parametrize("name", meshes.cases())
def test_a_case(name: str, helm43: Helm, tmp_path: Path) -> None:
    agree(meshes.case(name), helm43, tmp_path)


@pytest.mark.parametrize("name", [name for name in meshes.cases() if name != "door"])
def test_a_case_in_the_other_mode(name: str, helm43: Helm, tmp_path: Path) -> None:
    agree(meshes.case(name).other_mode, helm43, tmp_path)


def test_the_ticketing_platform(helm43: Helm, tmp_path: Path) -> None:
    agree(meshes.ticketing(), helm43, tmp_path)


@pytest.mark.parametrize("name", ["bookinfo", "online-boutique"])
def test_a_published_system(name: str, helm43: Helm, tmp_path: Path) -> None:
    agree(meshes.published(name, tmp_path / "system"), helm43, tmp_path)


@pytest.mark.parametrize("seed", range(100, 100 + DRAWN))
def test_a_drawn_platform(seed: int, helm43: Helm, tmp_path: Path) -> None:
    agree(meshes.drawn(seed), helm43, tmp_path)


@pytest.mark.parametrize(
    ("layer", "kind"), [(Layer.NETWORK, "NetworkPolicy"), (Layer.AUTHORIZATION, "AuthorizationPolicy")]
)
def test_they_can_disagree(layer: Layer, kind: str, helm43: Helm, tmp_path: Path) -> None:
    """To whom no policy is shown, everything is allowed."""
    objects = meshes.case("mesh-istio-api").rendered(helm43, tmp_path / "charts", BY_PRINCIPALS)
    assert Comparison(objects, tmp_path, hidden=kind).differences(layer)
