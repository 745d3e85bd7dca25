"""From a fixed number of pods to an autoscaler and back, as the manual and NOTES say; and nobody takes the number."""

from __future__ import annotations

import os
import re
import textwrap
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chartgen.tools.process import run
from tests.cluster.harness import platforms, states
from tests.cluster.harness.kube import eventually

if TYPE_CHECKING:
    from collections.abc import Callable

    from chartgen.tools.helm import Helm
    from tests.cluster.harness.kube import Space
    from tests.cluster.harness.platforms import Platform
    from tests.cluster.harness.releases import Release

REGISTRY = """\
apiVersion: chartgen.dev/v1
kind: ServiceRegistry
metadata: {name: sized, version: 1.0.0}
images: {prefix: sized}
services:
  - {name: web, port: 80, healthEndpoint: /, scaling: {replicas: 5}}
  - {name: store, kind: StatefulSet, port: 81, healthEndpoint: /, scaling: {replicas: 4}}
"""
FIXED = {"web": 5, "store": 4}
MANUAL = (platforms.ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
KINDS = {"web": "Deployment", "store": "StatefulSet"}
AUTOSCALED = tuple(
    f"{name}.autoscaling.{setting}" for name in KINDS for setting in ("enabled=true", "minReplicas=2", "maxReplicas=9")
)


@pytest.fixture
def sized(tmp_path: Path, release_of: Callable[[Platform], Release]) -> Release:
    """A platform of five and four pods, not yet installed."""
    return release_of(platforms.written(REGISTRY, tmp_path / "sized"))


@pytest.mark.parametrize("name", KINDS)
def test_a_number_that_is_handed_over_is_kept(sized: Release, helm: Helm, helm43: Helm, name: str) -> None:
    sized.by(helm).install(f"{name}.replicaCount=6")
    _follow(
        sized,
        MANUAL,
        "echo",
        {'"Deployment"': f'"{KINDS[name]}"', '"web"': f'"{name}"', '"replicas": 5': '"replicas": 6'},
    )
    before = _pods(sized.space, name)
    sized.by(helm43).upgrade(*AUTOSCALED, flags=("--wait", "--server-side=true"))
    _decide(sized.space, name, 7)
    assert _pods(sized.space, name) > before, "not one of them has gone"
    done = sized.try_upgrade(f"{name}.replicaCount=3", flags=("--server-side=true",))
    assert done.code and "conflict" in done.stderr
    sized.upgrade(f"{name}.replicaCount=3", flags=("--wait", "--server-side=true", "--force-conflicts"))
    assert _sizes(sized.space)[name] == 3


def test_a_number_that_is_not_falls_to_one_and_notes_give_it_back(sized: Release, helm: Helm) -> None:
    release = sized.by(helm)
    release.install()
    before = _pods(release.space)
    notes = release.upgrade(*AUTOSCALED)
    eventually(partial(_sizes, release.space), lambda sizes: set(sizes.values()) == {2}, patience=60)
    states.pods_are_ready(release.space)
    assert len(_pods(release.space) & before) <= 4, "all but the floor went"
    kinds = "|".join(sorted(kind.lower() for kind in KINDS.values()))
    for name, number in FIXED.items():
        _follow(release, notes, "kubectl .* scale", {f"{kinds}/NAME": f"{KINDS[name]}/{name}", "NUMBER": str(number)})
    assert _sizes(release.space) == FIXED


def test_an_upgrade_leaves_the_autoscaler_its_number(sized: Release, helm: Helm) -> None:
    release = sized.by(helm)
    release.install(*AUTOSCALED)
    eventually(partial(_sizes, release.space), lambda sizes: set(sizes.values()) == {2})
    for name in KINDS:
        _decide(release.space, name, 7)
    release.upgrade(*AUTOSCALED, "web.env.NEW=x", "store.env.NEW=x")
    assert _sizes(release.space) == {"web": 7, "store": 7}
    states.nothing_differs(release)
    release.upgrade("web.env.NEW=x")
    assert _sizes(release.space) == {"web": 5, "store": 4}
    assert not release.space.get("horizontalpodautoscalers")
    states.nothing_differs(release)


def test_a_number_that_somebody_changed_is_a_conflict_that_helm_can_be_told_to_win(sized: Release) -> None:
    sized.install()
    _decide(sized.space, "web", 3)
    done = sized.try_upgrade("web.env.NEW=x", flags=())
    assert done.code and "conflict" in done.stderr and ".spec.replicas" in done.stderr
    sized.upgrade("web.env.NEW=x", flags=("--wait", "--force-conflicts"))
    assert _sizes(sized.space) == FIXED
    states.nothing_differs(sized)


def _decide(space: Space, name: str, number: int) -> None:
    """What the autoscaler would do under load, had it metrics to see."""
    space.do("scale", f"{KINDS[name]}/{name}", f"--replicas={number}")
    eventually(partial(states.ready, space, KINDS[name], name), lambda ready: ready == number)


def _sizes(space: Space) -> dict[str, int]:
    """How many pods each workload wants."""
    return {thing["metadata"]["name"]: thing["spec"]["replicas"] for thing in space.get("deployments,statefulsets")}


def _pods(space: Space, name: str = "") -> set[str]:
    """The pods, each by its uid: a StatefulSet's keep their names."""
    selector = ("-l", f"app.kubernetes.io/name={name}") if name else ()
    return {pod["metadata"]["uid"] for pod in space.get("pods", *selector)}


def _follow(release: Release, text: str, command: str, names: dict[str, str]) -> None:
    """Runs the block of the text that begins with that command, with names of one's own, as a person's shell would."""
    block = re.search(rf"^    {command} .*\n(?:    .*\n?)*", text, re.MULTILINE)
    assert block, f"it does not say what to do:\n{text}"
    script = textwrap.dedent(block[0])
    for name, own in names.items():
        assert name in script
        script = script.replace(name, own)
    tools = [str(Path(path).parent) for path in (release.helm.path, release.space.kube.kubectl)]
    environment = {"KUBECONFIG": _kubeconfig(release.space), "PATH": os.pathsep.join([*tools, os.environ["PATH"]])}
    done = run(["sh", "-e", "-c", script], environment=environment)
    assert not done.code, done.error()


def _kubeconfig(space: Space) -> str:
    """The cluster's, with this namespace as the one that kubectl takes when none is named."""
    path = space.folder / "kubeconfig"
    path.write_text(space.kube.do("config", "view", "--raw", "--flatten"), encoding="utf-8")
    path.chmod(0o600)
    space.kube.run(f"--kubeconfig={path}", "config", "set-context", "--current", f"--namespace={space.name}")
    return str(path)
