"""The judge at work: one process for each stage, with an Envoy of its own that ends with it."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from scripts import get_envoy
from tests.envoy.harness.questions import Question

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.envoy.harness.stage import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What Envoy did. `status`: of its own answer, 0 where it closed the connection; `path`: what the application was
    asked for."""

    reached: bool
    status: int
    path: str
    words: str
    failed: bool


class Judge:
    """Answers what reaches the workloads of a stage. `ports`: of each workload, those that Services lead to, and what
    Istio takes them for."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        programs = [str(get_envoy.judge()), str(get_envoy.envoy()), str(folder)]
        self._stage = stage
        self._log = (folder / "judge.log").open("w+", encoding="utf-8")
        self._process = subprocess.Popen(
            programs, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True, encoding="utf-8"
        )
        self.ports: dict[str, dict[int, str]] = {}

    def __enter__(self) -> Self:
        worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
        said = self._said(self._stage.told(int(worker) + 1))
        self.ports = {name: {p["number"]: p["protocol"] for p in ports} for name, ports in said["ports"].items()}
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()
        self._log.close()

    def ask(self, questions: Sequence[Question]) -> list[Answer]:
        """The answers, in the questions' order."""
        answers = [Answer(**answer) for answer in self._said([question.told() for question in questions])]
        unheard = [
            f"{question}: {answer.words}" for question, answer in zip(questions, answers, strict=True) if answer.failed
        ]
        assert not unheard, "nobody judged:\n" + "\n".join(unheard[:10])
        return answers

    def _said(self, told: Any) -> Any:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            self._log.seek(0)
            raise AssertionError(f"the judge ended: {self._log.read()[-3000:]}")
        return json.loads(line)
