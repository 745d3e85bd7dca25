"""What chartgen says of its own platforms, Envoy does: callers and strangers, ports, methods, paths, hosts, tokens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests import meshes
from tests.envoy.harness.comparing import compare
from tests.envoy.harness.judge import Judge
from tests.envoy.harness.questions import Drawing
from tests.envoy.harness.stage import Stage

if TYPE_CHECKING:
    from chartgen.tools.helm import Helm

QUESTIONS = 4000
DRAWN = 10
"""How many registries are drawn; each is asked a tenth as much."""
ELSEWHERE = (
    "global.mesh.identity=principals",
    "global.mesh.trustDomain=acme.example.com",
    "global.mesh.ingress.namespace=doors",
    "global.mesh.ingress.serviceAccount=door",
    "global.helmTest.enabled=true",
)


@pytest.fixture
def agree(helm43: Helm, seed: int, tmp_path: Path) -> Callable[..., None]:
    """Asks both sides about a platform."""

    def ask(platform: meshes.Platform, questions: int = QUESTIONS, *settings: str) -> None:
        rendered = platform.rendered(helm43, tmp_path / "charts", *settings)
        mesh = platform.registry.mesh
        assert mesh
        how = "DECODE_AND_MERGE_SLASHES" if mesh.normalises else "BASE"
        domain = "acme.example.com" if settings else mesh.trust_domain
        stage = Stage(
            name=platform.name,
            objects=tuple(rendered),
            namespace="here",
            settings={"trustDomain": domain, "pathNormalization": {"normalization": how}},
        )
        assert stage.world.problems == ()
        with Judge(stage, tmp_path) as judge:
            asked = Drawing(stage, judge.ports, Random(seed)).some(questions)
            found = compare(stage.world, asked, judge.ask(asked))
        print(f"{platform.name}: {found}")
        assert not found.disagreements, "\n".join([f"with --seed={seed}:", *found.disagreements[:5]])
        assert not found.unknown
        assert mesh.audit or 0.2 < found.reached / found.asked < 0.8, "the questions are too easy"

    return ask


def test_the_ticketing_platform(agree: Callable[..., None]) -> None:
    agree(meshes.ticketing(), 3 * QUESTIONS)


def test_the_ticketing_platform_with_other_values(agree: Callable[..., None]) -> None:
    """Principals, another trust domain, a gateway that stands elsewhere, and pods that test."""
    agree(meshes.ticketing(), QUESTIONS, *ELSEWHERE)


@pytest.mark.parametrize("name", sorted(meshes.DOORS))
def test_a_published_system(name: str, agree: Callable[..., None], tmp_path: Path) -> None:
    agree(meshes.published(name, tmp_path / "system"))


@pytest.mark.parametrize("name", meshes.cases_in_sidecars())
def test_a_case(name: str, agree: Callable[..., None]) -> None:
    agree(meshes.case(name))


@pytest.mark.parametrize("number", range(DRAWN))
def test_a_drawn_platform(number: int, agree: Callable[..., None], seed: int) -> None:
    agree(meshes.drawn(1000 * seed + number), QUESTIONS // 10)
