"""The operators' CustomResourceDefinitions, for as long as the tests on a cluster run."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chartgen.tools.process import Completed, run
from scripts.get_helm import kubectl

CRDS = Path(__file__).resolve().parent.parent / "tests" / "data" / "crds"
PATIENCE = 60


@contextmanager
def known(kubeconfig: str, *, forget: bool) -> Iterator[None]:
    """The server of that kubeconfig knows every resource of an operator that charts may hold. `forget`: those that it
    did not know before are taken away at the end."""
    files = {_named(path): path for path in sorted(CRDS.glob("*.yaml"))}
    there = set(_kubectl(kubeconfig, "get", "customresourcedefinitions", "-o", "name").stdout.split())
    new = [name for name in files if f"customresourcedefinition.apiextensions.k8s.io/{name}" not in there]
    for name in new:
        _kubectl(kubeconfig, "apply", "--server-side", "--force-conflicts", "-f", str(files[name]))
    _await_served(kubeconfig, list(files))
    try:
        yield
    finally:
        if forget and new:
            _kubectl(kubeconfig, "delete", "customresourcedefinitions", *new)


def _named(path: Path) -> str:
    """The name of the definition in a file, which is JSON below its comments."""
    text = "".join(line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return str(json.loads(text)["metadata"]["name"])


def _await_served(kubeconfig: str, names: list[str]) -> None:
    deadline = time.monotonic() + PATIENCE
    environment = {"KUBECONFIG": kubeconfig}
    while (done := run([str(kubectl()), "get", ",".join(names), "-A"], environment=environment)).code:
        if time.monotonic() > deadline:
            raise done.error()
        time.sleep(0.5)


def _kubectl(kubeconfig: str, *words: str) -> Completed:
    done = run([str(kubectl()), *words], environment={"KUBECONFIG": kubeconfig})
    if done.code:
        raise done.error()
    return done
