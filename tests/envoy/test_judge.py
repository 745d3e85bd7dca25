"""The judge can disagree, and an answer that nobody gave is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from chartgen.mesh.decide import decide
from chartgen.mesh.model import Call, Decision, Layer, Request, Step, Verdict
from chartgen.mesh.world import World
from tests.envoy.harness import policies
from tests.envoy.harness.comparing import compare
from tests.envoy.harness.judge import Answer, Judge
from tests.envoy.harness.questions import Bearer, Drawing, Question
from tests.envoy.harness.stage import Stage

[STAGE] = [stage for stage in policies.stages() if stage.name == "operations"]
[TOKENS] = [stage for stage in policies.stages() if stage.name == "tokens"]


def asked(stage: Stage, folder: Path, questions: list[Question] | None = None) -> tuple[list[Question], list[Answer]]:
    """Questions and answers."""
    with Judge(stage, folder) as judge:
        questions = questions or Drawing(stage, judge.ports, Random(1)).some(300)
        return questions, judge.ask(questions)


def always(verdict: Verdict) -> Decision:
    """A thoughtless answer."""
    return Decision(verdict=verdict, steps=(Step(layer=Layer.AUTHORIZATION, verdict=verdict, words="thoughtless"),))


def without_paths(world: World, call: Call) -> Decision:
    """An evaluator that knows no paths."""
    request = replace(call.request, path="/a") if isinstance(call.request, Request) else None
    return decide(world, replace(call, request=request))


def token_of(kind: str, claims: dict[str, str]) -> Question:
    """A call with a token of that kind."""
    [app] = [each for each in TOKENS.world.workloads if each.name == "app"]
    whole = {"iss": "https://one.example.com", "aud": "shop", "sub": "user", **claims}
    return Question(
        callee=app,
        to=TOKENS.named(app),
        port=8080,
        identity=app.identity,
        method="GET",
        host="app",
        bearer=Bearer(claims=whole, kind=kind),
    )


def test_a_wrong_evaluator_is_found(tmp_path: Path) -> None:
    questions, answers = asked(STAGE, tmp_path)
    everyone = compare(STAGE.world, questions, answers, lambda _world, _call: always(Verdict.ALLOWED))
    nobody = compare(STAGE.world, questions, answers, lambda _world, _call: always(Verdict.REFUSED))
    assert len(everyone.disagreements) + len(nobody.disagreements) == len(questions)
    assert everyone.disagreements and nobody.disagreements
    assert compare(STAGE.world, questions, answers, without_paths).disagreements
    said = everyone.disagreements[0]
    assert "Envoy: refused with" in said and "authorization: allowed: thoughtless" in said


def test_a_right_answer_for_a_wrong_reason_is_found(tmp_path: Path) -> None:
    question = token_of("expired", {})
    _, answers = asked(TOKENS, tmp_path, [question])
    thoughtless = compare(TOKENS.world, [question], answers, lambda _world, _call: always(Verdict.REFUSED))
    assert thoughtless.disagreements
    assert not compare(TOKENS.world, [question], answers).disagreements


def test_what_is_not_known_is_counted(tmp_path: Path) -> None:
    questions, answers = asked(STAGE, tmp_path)
    found = compare(STAGE.world, questions, answers, lambda _world, _call: always(Verdict.UNKNOWN))
    assert (found.unknown, found.disagreements) == (len(questions), ())


def test_questions_are_the_same_for_the_same_seed(tmp_path: Path) -> None:
    with Judge(STAGE, tmp_path) as judge:
        first, again, other = (Drawing(STAGE, judge.ports, Random(n)).some(50) for n in (3, 3, 4))
    assert first == again != other


def test_a_port_where_nobody_listens_is_no_refusal(tmp_path: Path) -> None:
    [app] = [each for each in STAGE.world.workloads if each.name == "app"]
    stray = Question(callee=app, to=STAGE.named(app), port=4, identity=app.identity)
    with pytest.raises(AssertionError, match="nobody judged"):
        asked(STAGE, tmp_path, [stray])


@pytest.mark.parametrize(
    ("kind", "claims", "status"),
    [
        ("good", {}, 200),
        ("endless", {}, 200),
        ("good", {"sub": ""}, 403),
        ("good", {"iss": "https://other.example.com"}, 401),
        ("good", {"aud": "other"}, 403),
        ("bad", {}, 401),
        ("unsigned", {}, 401),
        ("expired", {}, 401),
        ("early", {}, 401),
    ],
)
def test_tokens_are_written_as_they_are_asked_for(
    kind: str, claims: dict[str, str], status: int, tmp_path: Path
) -> None:
    question = token_of(kind, claims)
    _, [answer] = asked(TOKENS, tmp_path, [question])
    assert (answer.status, answer.reached) == (status, status == 200)
