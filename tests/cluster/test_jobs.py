"""A Job runs when its content is new, and only then; what of it cannot change does not stop an upgrade."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.cluster.harness import platforms, states
from tests.cluster.harness.kube import eventually
from tests.cluster.harness.platforms import Edit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chartgen.tools.helm import Helm
    from tests.cluster.harness.kube import Space
    from tests.cluster.harness.platforms import Platform
    from tests.cluster.harness.releases import Release

REGISTRY = """\
apiVersion: chartgen.dev/v1
kind: ServiceRegistry
metadata: {name: batch, version: 1.0.0}
images: {prefix: batch}
services:
  - name: migrate
    kind: Job
    files: {/etc/migrate/plan: "one"}
"""


@pytest.fixture
def batch(tmp_path: Path) -> Platform:
    """A platform of one Job."""
    platform = platforms.written(REGISTRY, tmp_path / "batch")
    return platform.changed(partial(Edit.put, service="migrate", key="args", value=["migrate"]))  # a stand-in has none


def test_new_content_runs_and_the_same_does_not_again(
    batch: Platform, release_of: Callable[[Platform], Release], helm: Helm
) -> None:
    release = release_of(batch).by(helm)
    release.install()
    first = job(release.space)
    release.upgrade()
    batch.changed(next_version)
    release.upgrade()
    assert job(release.space) == first, "nothing of the Job is new"
    runs = [first]
    for setting in (f"image.tag={platforms.OTHER_TAGS[0]}", "env.MODE=full", "files./etc/migrate/plan=two"):
        release.upgrade(f"migrate.{setting}")
        runs.append(job(release.space))
    for args in (["migrate", "--all"], ["migrate"]):
        batch.changed(partial(Edit.put, service="migrate", key="args", value=args))
        release.upgrade()
        runs.append(job(release.space))
    release.rollback(1)
    runs.append(job(release.space))
    names, uids = zip(*runs, strict=True)
    assert len(set(uids)) == len(runs), "each ran"
    assert names[0] == names[-1], "a rollback runs the former Job again"
    assert len(set(names)) == len(runs) - 2, "and so does whoever writes the former content again"
    states.nothing_differs(release)


def test_a_patch_of_what_cannot_change_makes_another_job(
    batch: Platform, release_of: Callable[[Platform], Release]
) -> None:
    release = release_of(batch)
    patched(batch, completions=2)
    release.install()
    runs = [job(release.space)]
    for spec in ({"completions": 3}, {"completions": 3, "completionMode": "Indexed"}):
        patched(batch, **spec)
        release.upgrade()
        runs.append(job(release.space))
    assert len(set(runs)) == len(runs)
    patched(batch, completions=3, completionMode="Indexed", backoffLimit=1, activeDeadlineSeconds=60, parallelism=2)
    release.upgrade()
    assert job(release.space) == runs[-1], "these may change, and nothing runs for them"
    states.nothing_differs(release)


def patched(platform: Platform, **spec: object) -> None:
    """The platform's charts, with those fields in the Job's spec."""
    patch = {"kind": "Job", "name": "migrate", "merge": {"spec": spec}}
    platform.changed(lambda edit: edit.put("migrate", "patches", [patch]))


def next_version(edit: Edit) -> None:
    """The chart's version alone."""
    edit.put_metadata("appVersion", "1.0.0")
    edit.put_metadata("version", "1.0.1")


def job(space: Space) -> tuple[str, str]:
    """Name and uid of the one Job that there is, once it is complete."""
    eventually(lambda: space.get("jobs"), lambda jobs: len(jobs) == 1)
    [thing] = space.get("jobs")
    metadata = thing["metadata"]
    assert "ttlSecondsAfterFinished" not in thing["spec"], "once it is gone, any upgrade would run it again"
    eventually(partial(states.conditions, space, "job", metadata["name"]), lambda now: now.get("Complete") == "True")
    return metadata["name"], metadata["uid"]
