"""Manifests, as the evaluator reads them and as the judge does."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import yaml

from chartgen.mesh.model import Ref, Tree, Workload
from chartgen.mesh.paths import Normalization
from chartgen.mesh.reading import read
from chartgen.mesh.world import Assumptions, World

POD_TEMPLATES = {
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "DaemonSet": ("spec", "template"),
    "Deployment": ("spec", "template"),
    "Job": ("spec", "template"),
    "Pod": (),
    "StatefulSet": ("spec", "template"),
}
STRAY = 59999
"""A port that nothing declares."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Objects, and the settings of the mesh in which they are: names of MeshConfig's."""

    name: str
    objects: tuple[Tree, ...]
    namespace: str = "default"
    settings: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def world(self) -> World:
        """What the evaluator makes of it."""
        domain = self.settings.get("trustDomain", "cluster.local")
        how = self.settings.get("pathNormalization", {}).get("normalization", Normalization.BASE)
        assumed = Assumptions(
            trust_domain=domain,
            aliases=tuple(self.settings.get("trustDomainAliases", ())),
            root_namespace=self.settings.get("rootNamespace", "istio-system"),
            normalization=Normalization(how),
            namespace=self.namespace,
        )
        return read(((tree, _ref(tree)) for tree in self.objects), assumed)

    def named(self, workload: Workload) -> str:
        """A workload's name among all."""
        return f"{workload.ref.kind} {workload.namespace}/{workload.name}"

    def of_kind(self, *kinds: str) -> list[Tree]:
        """The objects of these kinds, each with its namespace."""
        return [self._placed(tree) for tree in self.objects if tree["kind"] in kinds]

    def told(self, network: int) -> dict[str, Any]:
        """What the judge is told. All it does is on 127.<network>.x.y."""
        pods = self.of_kind(*POD_TEMPLATES)
        return {
            "mesh": yaml.safe_dump(self.settings),
            "admin": f"127.{network}.255.1:15999",
            "echo": f"127.{network}.255.1:15998",
            "stray": STRAY,
            "workloads": [_workload(tree, f"127.{network}.{n // 250}.{n % 250 + 1}") for n, tree in enumerate(pods)],
            "services": self.of_kind("Service"),
            "objects": [
                self._placed(each)
                for each in self.objects
                if each["apiVersion"].partition("/")[0].endswith(".istio.io")
            ],
        }

    def _placed(self, tree: Tree) -> Tree:
        return {**tree, "metadata": {"namespace": self.namespace, **tree["metadata"]}}


def _ref(tree: Tree) -> Ref:
    metadata = tree["metadata"]
    return Ref(kind=tree["kind"], namespace=metadata.get("namespace", ""), name=metadata["name"])


def _workload(tree: Tree, address: str) -> dict[str, Any]:
    metadata, template = tree["metadata"], tree
    for key in POD_TEMPLATES[tree["kind"]]:
        template = template[key]
    return {
        "id": f"{tree['kind']} {metadata['namespace']}/{metadata['name']}",
        "namespace": metadata["namespace"],
        "name": metadata["name"],
        "address": address,
        "template": template,
    }
