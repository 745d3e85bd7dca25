"""The hand-written policies, as stages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.envoy.harness.stage import Stage

FOLDER = Path(__file__).parents[1] / "policies"
WORKLOADS = FOLDER / "workloads.yaml"


def stages() -> list[Stage]:
    """Each file under each of its settings of the mesh, which it names in a document of its own."""
    return [stage for path in sorted(FOLDER.glob("*.yaml")) if path != WORKLOADS for stage in _of(path)]


def _of(path: Path) -> list[Stage]:
    workloads: list[Any] = yaml.safe_load(WORKLOADS.read_text(encoding="utf-8"))
    documents = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    [variants] = [each["variants"] for each in documents if each["kind"] == "MeshConfigs"] or [[{}]]
    objects = (*workloads, *(each for each in documents if each["kind"] != "MeshConfigs"))
    return [
        Stage(name=f"{path.stem}-{number}" if number else path.stem, objects=objects, settings=settings)
        for number, settings in enumerate(variants)
    ]
