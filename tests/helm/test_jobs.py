"""A Job is named by what of it cannot change. That this is all of it is proved on a cluster, in tests/cluster."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.helm.conftest import compiled, write

if TYPE_CHECKING:
    from pathlib import Path

    from chartgen.tools.helm import Helm

    Spec = dict[str, object]


def name(helm: Helm, folder: Path, **spec: object) -> str:
    """The name of a Job with those fields patched into its spec."""
    patch = json.dumps([{"kind": "Job", "name": "migrate", "merge": {"spec": spec}}])
    services = f'{{name: migrate, kind: Job, image: "migrate:1", patches: {patch}}}'
    [job] = [thing for thing in write(compiled(services), folder).render(helm) if thing.kind == "Job"]
    return job.name


def test_a_patch_of_what_cannot_change_gives_a_job_another_name(helm: Helm, tmp_path: Path) -> None:
    fixed: list[Spec] = [
        {"completions": 2},
        {"completions": 2, "completionMode": "Indexed"},
        {"managedBy": "example.com/queue"},
    ]
    free: list[Spec] = [{"backoffLimit": 1}, {"activeDeadlineSeconds": 1}, {"parallelism": 2}, {"suspend": True}]
    names = {name(helm, tmp_path / f"fixed-{turn}", **spec) for turn, spec in enumerate(fixed)}
    others = {name(helm, tmp_path / f"free-{turn}", **spec) for turn, spec in enumerate(free)}
    assert (len(names), len(others), len(names | others)) == (3, 1, 4)
