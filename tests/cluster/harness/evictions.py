"""Pods that are asked to leave their node, as a person does who is about to mend it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from chartgen.tools.process import Completed
from tests.cluster.harness.kube import Space, eventually

PATIENCE = 180


def evict(space: Space, pod: str) -> Completed:
    """How the API server answers who asks a pod to leave: a budget refuses it with 429, too many requests."""
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": space.name}}
    path = space.folder / f"evict-{pod}.json"
    path.write_text(json.dumps(eviction), encoding="utf-8")
    return space.run("create", "--raw", f"/api/v1/namespaces/{space.name}/pods/{pod}/eviction", "-f", str(path))


def emptied(space: Space, node: str, selector: str) -> None:
    """Sends those pods off that node and waits until they are gone: by `kubectl drain`, or, on a person's own cluster,
    where no node is taken out of service, by the evictions that drain asks for."""
    if space.kube.simulated:
        with _cordoned(space, node):
            chosen = (f"--pod-selector={selector}", "--ignore-daemonsets", "--delete-emptydir-data")
            done = space.run("drain", node, *chosen, f"--timeout={PATIENCE}s", timeout=PATIENCE + 30)
            assert not done.code, done.error()
        return
    for pod in on_node(space, node, selector):
        name, uid = pod["metadata"]["name"], pod["metadata"]["uid"]
        eventually(partial(evict, space, name), lambda done: not done.code, patience=PATIENCE)
        eventually(partial(uids, space, selector), partial(_lacks, uid))


def uids(space: Space, selector: str) -> set[str]:
    """Those of the pods that there are: a StatefulSet's new pod bears the old one's name."""
    return {pod["metadata"]["uid"] for pod in space.get("pods", "-l", selector)}


def _lacks(uid: str, present: set[str]) -> bool:
    return uid not in present


def on_node(space: Space, node: str, selector: str) -> list[Any]:
    """The pods there that a drain sends away: all but those of DaemonSets, which belong to their nodes."""
    found = space.get("pods", "-l", selector, f"--field-selector=spec.nodeName={node}")
    return [pod for pod in found if pod["metadata"]["ownerReferences"][0]["kind"] != "DaemonSet"]


@contextmanager
def _cordoned(space: Space, node: str) -> Iterator[None]:
    try:
        yield
    finally:
        space.kube.do("uncordon", node)
