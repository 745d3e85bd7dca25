"""Of which pods chartgen warns, and which the API server refuses where Pod Security restricted is enforced."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chartgen.audit.objects import read, split
from chartgen.workflows import load
from chartgen.workflows.lint import lint_charts
from tests.cluster.harness import platforms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.tools.helm import Helm
    from tests.cluster.conftest import Spaces
    from tests.cluster.harness.kube import Space
    from tests.cluster.harness.platforms import Platform

WEAKENED = Path(__file__).with_name("weakened.yaml")
BEYOND = re.compile(r"its (user|group) id is|may write to its root file system")
"""What lint asks for beyond the standard."""


@pytest.fixture(params=["weakened", *platforms.NAMES])
def judged(request: pytest.FixtureRequest, tmp_path: Path) -> Platform:
    """A registry of every weakening, and each platform."""
    if request.param == "weakened":
        return platforms.written(WEAKENED.read_text(encoding="utf-8"), tmp_path / "weakened")
    return platforms.copied(request.param, tmp_path)


def test_warnings_foretell_what_the_server_refuses(judged: Platform, spaces: Spaces, helm43: Helm) -> None:
    pods = dict(pods_of(judged, helm43))
    refused = refusals(spaces("restricted"), pods)
    assert warned(judged) == refused
    assert linted(judged, helm43) == refused
    assert not refusals(spaces("privileged"), {name: pods[name] for name in refused})


def pods_of(platform: Platform, helm: Helm) -> Iterator[tuple[str, Any]]:
    """Each service's name and a pod of it, under the namespace's own account."""
    done = helm.template(platform.chart, release=platform.name)
    assert not done.code, done.error()
    for document in split(done.stdout):
        thing, _ = read(document.text, document.source)
        if thing and thing.pod:
            name = thing.pod.labels["app.kubernetes.io/name"]
            claims = [{"name": claim["metadata"]["name"]} for claim in thing.spec.get("volumeClaimTemplates", ())]
            changes = {"serviceAccountName": "default", "volumes": [*thing.pod.spec["volumes"], *claims]}
            spec = {key: value for key, value in thing.pod.spec.items() if key != "priorityClassName"} | changes
            yield name, {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def refusals(space: Space, pods: dict[str, Any]) -> set[str]:
    """The pods that the API server does not admit for their security; it must have nothing else against them."""
    if not pods:
        return set()
    done = space.run("create", "--dry-run=server", "--validate=strict", "-f", str(space.file(pods.values())))
    admitted = set(re.findall(r"^pod/(\S+) created", done.stdout, re.MULTILINE))
    refused = set(re.findall(r'pods "([^"]+)" is forbidden: violates PodSecurity', done.stderr))
    assert admitted | refused == set(pods), done.stderr
    return refused


def warned(platform: Platform) -> set[str]:
    """The services of which `chartgen validate` warns."""
    found = [diagnostic for diagnostic in load.run(platform.root).diagnostics if diagnostic.code == "CG403"]
    return {re.findall(r'service "([^"]+)"', diagnostic.message)[0] for diagnostic in found}


def linted(platform: Platform, helm: Helm) -> set[str]:
    """The services whose objects `chartgen lint` finds weaker than the standard, by the folders of their charts."""
    found = lint_charts(platform.root, platform.registry, helm=helm.path).diagnostics
    weak = [diagnostic for diagnostic in found if diagnostic.code in ("CG532", "CG533")]
    return {diagnostic.span.file.split("/")[3] for diagnostic in weak if not BEYOND.search(diagnostic.message)}
