"""The door to kubectl: questions with JSON answers, and a namespace of a test's own."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from chartgen.tools.process import Completed, quoted, run

T = TypeVar("T")
PATIENCE = 180.0
"""Seconds that a cluster may take on a machine that has much else to do."""
WARNING = re.compile(r"^(?:Warning: .*|[IW]\d{4} .*warnings\.go:\d+\] .*)$", re.MULTILINE)
"""How kubectl, Helm 4 and Helm 3 pass on what the API server warns of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kube:
    """A cluster, as kubectl reaches it. `simulated`: its pods run nothing, they are Ready because they exist."""

    kubectl: str
    kubeconfig: str
    simulated: bool = True

    def run(self, *arguments: str, timeout: float = PATIENCE) -> Completed:
        """How kubectl ended."""
        return run([self.kubectl, *arguments], environment={"KUBECONFIG": self.kubeconfig}, timeout=timeout)

    def do(self, *arguments: str, timeout: float = PATIENCE) -> str:
        """What kubectl prints; the test fails with its words when it fails or warns."""
        done = self.run(*arguments, timeout=timeout)
        assert not done.code, done.error()
        assert not warnings(done), f"`{quoted(done.argv)}` warned:\n{done.stderr}"
        return done.stdout

    def get(self, *arguments: str) -> list[Any]:
        """The objects that `kubectl get` finds."""
        answer = json.loads(self.do("get", *arguments, "-o", "json"))
        return list(answer["items"]) if answer["kind"].endswith("List") else [answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """A namespace of one test, and the commands that were run in it."""

    kube: Kube
    name: str
    folder: Path
    commands: list[str] = field(default_factory=list)

    def run(self, *arguments: str, timeout: float = PATIENCE) -> Completed:
        """How kubectl ended in this namespace."""
        done = self.kube.run("-n", self.name, *arguments, timeout=timeout)
        self.commands.append(quoted(done.argv))
        return done

    def do(self, *arguments: str, timeout: float = PATIENCE) -> str:
        """What kubectl prints; the test fails with its words when it fails or warns."""
        self.commands.append(quoted([self.kube.kubectl, "-n", self.name, *arguments]))
        return self.kube.do("-n", self.name, *arguments, timeout=timeout)

    def get(self, *arguments: str) -> list[Any]:
        """The objects of this namespace that `kubectl get` finds. Questions are no commands: there are many."""
        return self.kube.get("-n", self.name, *arguments)

    def names(self, kinds: str) -> set[str]:
        """`kind/name` of the objects of those kinds (comma-separated)."""
        return {f"{thing['kind']}/{thing['metadata']['name']}" for thing in self.get(kinds)}

    def apply(self, objects: Iterable[Any]) -> None:
        """Creates or changes these objects, judged strictly."""
        self.do("apply", "--validate=strict", "-f", str(self.file(objects)))

    def file(self, objects: Iterable[Any]) -> Path:
        """The objects in a file that kubectl reads."""
        path = self.folder / f"objects-{len(list(self.folder.glob('objects-*')))}.json"
        # As JSON: what PyYAML writes, such as 1e3 for a text, Go may read as something else.
        path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)}), encoding="utf-8")
        return path


def warnings(done: Completed) -> list[str]:
    """What the API server warned of while the command ran."""
    return WARNING.findall(done.stderr)


def eventually(
    question: Callable[[], T], true: Callable[[T], bool] = bool, patience: float = PATIENCE, what: str = ""
) -> T:
    """The first answer that is true; the test fails with the last one when none comes in time (seconds)."""
    deadline = time.monotonic() + patience
    while not true(answer := question()):
        assert time.monotonic() < deadline, f"{what or 'not'} within {patience:g} s; the last answer: {answer!r}"
        time.sleep(0.5)  # each question costs a core a tenth of a second
    return answer


def equal(question: Callable[[], T], wanted: T, what: str) -> None:
    """The answer gets to be what is wanted; the test fails, with both, when it does not in time."""
    eventually(question, lambda answer: answer == wanted, what=f"{what}: not {wanted!r}")
