"""Which workloads restart: the revisions of each pod template that the controllers have made so far."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.cluster.harness.kube import Space


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisions:
    """The ReplicaSets, ControllerRevisions and Jobs of a namespace, by the workload that owns them. A CronJob's is its
    template alone: what it has run says nothing of what it will run."""

    of: dict[str, frozenset[str]]

    def restarted_since(self, earlier: Revisions) -> set[str]:
        """The workloads (`kind/name`) that were there before and have a new pod template now."""
        return {workload for workload, now in self.of.items() if workload in earlier.of and now - earlier.of[workload]}

    def new_since(self, earlier: Revisions) -> set[str]:
        """The workloads that were not there before: among them a Job whose content changed, named by it."""
        return set(self.of) - set(earlier.of)

    def jobs(self) -> set[str]:
        """The Jobs that no CronJob made."""
        return {workload for workload in self.of if workload.startswith("Job/")}


def revisions(space: Space) -> Revisions:
    """Those of now."""
    found: dict[str, set[str]] = {}
    for thing in space.get("replicasets,controllerrevisions,jobs,cronjobs"):
        kind, metadata = thing["kind"], thing["metadata"]
        for owner in metadata.get("ownerReferences", ()):
            if owner["kind"] != "CronJob":
                found.setdefault(f"{owner['kind']}/{owner['name']}", set()).add(metadata["uid"])
        if kind == "CronJob":
            found[f"CronJob/{metadata['name']}"] = {json.dumps(thing["spec"]["jobTemplate"], sort_keys=True)}
        if kind == "Job" and not metadata.get("ownerReferences"):
            found[f"Job/{metadata['name']}"] = {metadata["uid"]}
    return Revisions(of={workload: frozenset(uids) for workload, uids in found.items()})
