"""What a failed test shows: its objects, the events that warn, its commands, and how to run it again."""

from __future__ import annotations

from tests.cluster.harness.kube import Space

KINDS = (
    "pods,deployments,statefulsets,daemonsets,jobs,cronjobs,horizontalpodautoscalers,poddisruptionbudgets,services,pvc"
)


def evidence(space: Space, test: str) -> str:
    """All of it, as text."""
    asked = {
        "objects": ["get", KINDS, "-o", "wide", "--ignore-not-found"],
        "events": ["get", "events", "--sort-by=.metadata.creationTimestamp", "--field-selector=type!=Normal"],
    }
    parts = [f"namespace {space.name}"]
    for title, arguments in asked.items():
        done = space.kube.run("-n", space.name, *arguments)
        parts.append(f"{title}:\n{(done.stdout or done.stderr).strip() or 'none'}")
    parts.append("\n".join(["commands:", f"export KUBECONFIG={space.kube.kubeconfig}", *space.commands]))
    parts.append(f"once more: {again(test)}")
    return "\n\n".join(parts)


def again(test: str) -> str:
    """The one command that runs this test again."""
    return f"make judges ONLY='{test}'"
