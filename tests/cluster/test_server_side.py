"""The API server has nothing to say of what is emitted, nor to change in it."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import yaml

from tests.cluster.harness import states
from tests.cluster.harness.kube import eventually
from tests.cluster.harness.platforms import objects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cluster.harness.kube import Space
    from tests.cluster.harness.platforms import Platform
    from tests.cluster.harness.releases import Release

DIGEST = f"sha256:{'a' * 64}"
PREFERRED = {"weight": 1, "preference": {"matchExpressions": [{"key": "disk", "operator": "Exists"}]}}
TOGGLES: dict[str, Any] = {
    "image": {"registry": "mirror.example.com:5000", "digest": DIGEST},
    "autoscaling": {
        "enabled": True,
        "minReplicas": 2,
        "maxReplicas": 4,
        "targetCPUUtilizationPercentage": 60,
        "targetMemoryUtilizationPercentage": 70,
    },
    "env": {"TOGGLED": "1e3", "FROM": {"fieldRef": {"fieldPath": "metadata.name"}}},
    "settings": {"SWITCH": "on"},
    "podAnnotations": {"example.com/note": "yes"},
    "podLabels": {"example.com/team": "a"},
    "tolerations": [{"key": "dedicated", "operator": "Exists", "effect": "NoSchedule"}],
    "affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [PREFERRED]}},
    "serviceAccount": {"annotations": {"example.com/role": "reader"}},
}
"""A value for each that a service's chart may have."""
SHARED = {
    "helmTest": {"enabled": True},
    "imageRegistry": "mirror.example.com",
    "imagePullSecrets": ["login"],
    "ingress": {"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]},
}


def test_every_object_is_accepted_without_a_word(platform: Platform, release_of: Callable[[Platform], Release]) -> None:
    release = release_of(platform)
    sets = [platform.values(environment) for environment in platform.environments]
    emitted = {text: thing for files in ((), (toggled(platform),), *sets) for text, thing in rendered(release, files)}
    accounts = [thing for thing in emitted.values() if thing["kind"] == "ServiceAccount"]
    release.space.apply(accounts)  # a pod, such as a test's, is refused without its own
    file = release.space.file(emitted.values())
    release.space.do("apply", "--dry-run=server", "--validate=strict", "-f", str(file), timeout=120)


def test_with_every_toggle_on_nothing_is_left_to_change(
    platform: Platform, release_of: Callable[[Platform], Release]
) -> None:
    release = replace(release_of(platform), values=(toggled(platform),))
    release.install()
    states.autoscalers_reach_their_floor(release.space, objects(release.manifest()))
    states.pods_are_ready(release.space)
    states.nothing_differs(release)
    eventually(partial(changed_again, release.space), lambda names: not names)


def changed_again(space: Space) -> set[str]:
    """The objects that change when what `nothing_differs` left is applied once more, as Helm 4 does it."""
    file = str(space.folder / "manifest.yaml")
    before = versions(space.do("get", "-f", file, "-o", "json"))
    again = space.do("apply", "--server-side", "--field-manager=helm", "-f", file, "-o", "json")
    return {name for name, version in versions(again).items() if before[name] != version}


def versions(answer: str) -> dict[str, str]:
    """`kind/name` → resource version of each object in an answer of kubectl's."""
    found = json.loads(answer)
    return {
        f"{thing['kind']}/{thing['metadata']['name']}": thing["metadata"]["resourceVersion"]
        for thing in (found["items"] if found["kind"] == "List" else [found])
    }


def rendered(release: Release, values: tuple[Path, ...]) -> Iterator[tuple[str, Any]]:
    """Each object that helm would install with these values, test pods among them, and the same as text."""
    done = release.helm.template(release.chart, release=release.name, values=values, namespace=release.space.name)
    assert not done.code, done.error()
    for thing in objects(done.stdout):
        yield json.dumps(thing), thing


def toggled(platform: Platform) -> Path:
    """A values file that sets each value that a chart has to something else than its default."""
    values: dict[str, Any] = {"global": SHARED}
    for service in platform.services:
        known = yaml.safe_load((platform.chart / "charts" / service.name / "values.yaml").read_text(encoding="utf-8"))
        values[service.name] = {"enabled": True, **{key: value for key, value in TOGGLES.items() if key in known}}
    path = platform.root / "toggled.yaml"
    path.write_text(json.dumps(values), encoding="utf-8")
    return path
