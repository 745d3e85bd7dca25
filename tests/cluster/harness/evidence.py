"""What a failed test shows: its objects, the events that warn, its commands, and how to run it again."""

from __future__ import annotations

import os

from tests.cluster.harness.kube import Space

KINDS = "pods,deployments,statefulsets,daemonsets,jobs,cronjobs,hpa,pdb,services,endpointslices,networkpolicies,pvc"
UNSEEN = "reason!=FailedGetResourceMetric,reason!=FailedComputeMetricsReplicas"
"""What autoscalers say all the time of simulated pods, which have no metrics."""


def evidence(space: Space, test: str) -> str:
    """All of it, as text."""
    selected = f"type!=Normal,{UNSEEN}" if space.kube.simulated else "type!=Normal"
    asked = {
        "objects": ["get", KINDS, "-o", "wide", "--ignore-not-found"],
        "events": ["get", "events", "--sort-by=.metadata.creationTimestamp", f"--field-selector={selected}"],
    }
    parts = [f"namespace {space.name}"]
    for title, arguments in asked.items():
        done = space.kube.run("-n", space.name, *arguments)
        parts.append(f"{title}:\n{(done.stdout or done.stderr).strip() or 'none'}")
    parts.append("\n".join(["commands:", f"export KUBECONFIG={space.kube.kubeconfig}", *space.commands]))
    parts.append(f"once more: {again(space, test)}")
    return "\n\n".join(parts)


def again(space: Space, test: str) -> str:
    """The one command that runs this test again, on the same cluster if it is a person's own."""
    if os.environ.get("CHARTGEN_CLUSTER") == "own":
        return f"KUBECONFIG={space.kube.kubeconfig} make judges CLUSTER=own ONLY='{test}'"
    return f"make judges ONLY='{test}'"
