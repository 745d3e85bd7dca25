"""What chartgen says of policies that it did not write, Envoy does: policies/ has every field that Istio reads."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.envoy.harness import policies
from tests.envoy.harness.comparing import compare
from tests.envoy.harness.judge import Judge
from tests.envoy.harness.questions import Drawing
from tests.envoy.harness.stage import Stage

QUESTIONS = 1500
UNJUDGED = 0.4
"""The share of calls of which the evaluator may say that it does not know: some conditions ask what no call names."""


@pytest.mark.parametrize("stage", policies.stages(), ids=lambda stage: stage.name)
def test_both_say_the_same(stage: Stage, seed: int, tmp_path: Path) -> None:
    with Judge(stage, tmp_path) as judge:
        asked = Drawing(stage, judge.ports, Random(seed)).some(QUESTIONS)
        found = compare(stage.world, asked, judge.ask(asked))
    print(f"{stage.name}: {found}")
    assert not found.disagreements, "\n".join([f"with --seed={seed}:", *found.disagreements[:5]])
    assert found.unknown <= UNJUDGED * found.asked
    assert 0 < found.reached < found.asked
