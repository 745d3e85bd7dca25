"""What NOTES say of the number of pods. That it is right is proved on a cluster, in tests/cluster/test_scaling.py."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from chartgen.tools.process import run
from tests.helm.conftest import RELEASE, compiled, write

if TYPE_CHECKING:
    from pathlib import Path

    from chartgen.tools.helm import Helm

SERVICES = """
  {name: web, image: "web:1", scaling: {replicas: 2}},
  {name: store, image: "store:1", kind: StatefulSet, scaling: {replicas: 3}},
  {name: worker, image: "worker:1"}
"""


@pytest.mark.parametrize(
    ("services", "values", "example"),
    [
        (SERVICES, {}, ("StatefulSet", "store", 3)),
        (SERVICES, {"web": {"replicaCount": 4}}, ("Deployment", "web", 4)),
        (SERVICES, {"store": {"enabled": False}}, ("Deployment", "web", 2)),
        (SERVICES, {"store": {"autoscaling": {"enabled": True}}}, ("Deployment", "web", 2)),
        ('{name: store, image: "store:1", kind: StatefulSet, scaling: {replicas: 3}}', {}, ("StatefulSet", "store", 3)),
        ('{name: web, image: "web:1", scaling: {replicas: 2}}', {}, ("Deployment", "web", 2)),
        ('{name: web, image: "web:1"}', {}, None),
        ('{name: web, image: "web:1", kind: DaemonSet}', {}, None),
    ],
)
def test_the_largest_fixed_number_is_the_example_of_what_an_autoscaler_would_drop(
    helm43: Helm, tmp_path: Path, services: str, values: object, example: tuple[str, str, int] | None
) -> None:
    platform = write(compiled(services), tmp_path)
    given = tmp_path / "given.yaml"
    given.write_text(json.dumps(values), encoding="utf-8")
    argv = [helm43.path, "install", RELEASE, str(platform.umbrella), "--values", str(given), "--dry-run=client"]
    done = run(argv, environment={"KUBECONFIG": "/nonexistent"})
    assert not done.code, done.stderr
    told = re.search(r"^ *echo '(.*)' \|$", done.stdout, re.MULTILINE)
    assert bool(told) == bool(example)
    if told and example:
        kind, name, replicas = example
        thing = {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": {"replicas": replicas}}
        assert json.loads(told[1]) == thing
