"""The evaluator's answers against Envoy's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chartgen.mesh.decide import decide
from chartgen.mesh.model import Call, Decision, Layer, Verdict, worst
from chartgen.mesh.world import World
from tests.envoy.harness.judge import Answer
from tests.envoy.harness.questions import Question

Evaluator = Callable[[World, Call], Decision]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What came of a number of questions."""

    asked: int
    reached: int
    unknown: int
    disagreements: tuple[str, ...]


def compare(
    world: World, questions: Sequence[Question], answers: Sequence[Answer], evaluator: Evaluator = decide
) -> Compared:
    """Where the two do not say the same, or not for the same reason. Network policies are none of Envoy's business."""
    disagreements: list[str] = []
    unknown = 0
    for question, answer in zip(questions, answers, strict=True):
        decision = evaluator(world, question.call())
        verdict = worst(step.verdict for step in decision.steps if step.layer is not Layer.NETWORK)
        unknown += verdict is Verdict.UNKNOWN
        if verdict is not Verdict.UNKNOWN and not _same(answer, decision, verdict):
            disagreements.append(_both(question, answer, decision))
    return Compared(
        asked=len(questions),
        reached=sum(answer.reached for answer in answers),
        unknown=unknown,
        disagreements=tuple(disagreements),
    )


def _same(answer: Answer, decision: Decision, verdict: Verdict) -> bool:
    if answer.reached or verdict is Verdict.ALLOWED:
        return answer.reached and verdict is Verdict.ALLOWED
    layers = [step.layer for step in decision.steps if step.verdict is Verdict.REFUSED]
    return _layer(answer) in (None, *(layer for layer in layers if layer is not Layer.NETWORK))


def _layer(answer: Answer) -> Layer | None:
    """Who refused, as far as the answer shows it: a connection that is closed does not say why."""
    if answer.status == 401:
        return Layer.JWT
    if answer.status == 403 and answer.words:  # there are none for HEAD
        return Layer.AUTHORIZATION if answer.words.startswith("RBAC") else Layer.JWT
    return None


def _both(question: Question, answer: Answer, decision: Decision) -> str:
    """Both reasons."""
    said = "reached" if answer.reached else f"refused with {answer.status or 'a closed connection'} {answer.words}"
    steps = (
        f"    {s.layer}: {s.verdict}: {s.words} ({s.by} {s.where})"
        for s in decision.steps
        if s.layer is not Layer.NETWORK
    )
    return "\n".join([str(question), f"  Envoy: {said}", "  chartgen:", *steps])
