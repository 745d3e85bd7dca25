"""The resources of operators, judged by an API server that has their CustomResourceDefinitions: their own rules and
defaults, which no schema tells, are tried here. No operator runs."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests import operated
from tests.cluster.harness import platforms
from tests.cluster.harness.platforms import objects

if TYPE_CHECKING:
    from pathlib import Path

    from chartgen.tools.helm import Helm
    from tests.cluster.harness.kube import Space

STRICT = ("apply", "--server-side", "--validate=strict", "-f")
REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "Cluster": ("synchronous replicas should be greater than zero", {"postgresql": {"synchronous": {"number": 0}}}),
    "PerconaServerMySQL": ("even number of MySQL replicas", {"mysql": {"size": 4}}),
    "Kafka": ("spec.kafka.listeners", {"kafka": {"listeners": []}}),
    "KafkaTopic": ("spec.partitions", {"partitions": 0}),
    "RabbitmqCluster": ("spec.replicas", {"replicas": -1}),
}
"""Kind → what the server says, and a change that it refuses."""


@pytest.fixture(scope="module", params=[False, True], ids=["their own secrets", "given secrets"])
def rendered(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, helm43: Helm) -> list[Any]:
    """All that helm renders of a platform with every operator in every topology."""
    root: Path = tmp_path_factory.mktemp("operators")
    (root / "registry.yaml").write_text(operated.registry(secrets=request.param), encoding="utf-8")
    done = helm43.template(platforms.opened(root).chart, release="shop")
    assert not done.code, done.stderr
    return list(objects(done.stdout))


def test_every_resource_is_admitted(rendered: list[Any], space: Space) -> None:
    """Strictly: with an unknown or repeated field the server would say no."""
    space.do(*STRICT, str(space.file(rendered)))
    kinds = {f"{thing['kind']}.{thing['apiVersion'].partition('/')[0]}" for thing in of_operators(rendered)}
    found = space.names(",".join(sorted(kinds)))
    assert found == {f"{thing['kind']}/{thing['metadata']['name']}" for thing in of_operators(rendered)}


def test_the_server_keeps_what_was_sent(rendered: list[Any], space: Space) -> None:
    """It drops what a CRD does not know; defaults are only added."""
    space.do(*STRICT, str(space.file(rendered)))
    for thing in of_operators(rendered):
        group = thing["apiVersion"].partition("/")[0]
        [kept] = space.get(f"{thing['kind']}.{group}", thing["metadata"]["name"])
        assert holds(kept["spec"], thing["spec"]), f"{thing['kind']} {thing['metadata']['name']}: {json.dumps(kept)}"


@pytest.mark.parametrize("kind", REFUSED)
def test_rules_of_the_operators_are_in_force(rendered: list[Any], space: Space, kind: str) -> None:
    """Or else what is admitted above would prove little."""
    words, change = REFUSED[kind]
    thing = next(each for each in of_operators(rendered) if each["kind"] == kind and "ha" in each["metadata"]["name"])
    refused = space.run(*STRICT, str(space.file([merged(thing, {"spec": change})])))
    assert refused.code
    assert words in refused.stderr


def of_operators(things: list[Any]) -> list[Any]:
    """The resources that operators read."""
    groups = ("v1", "apps/v1", "batch/v1", "policy/v1", "networking.k8s.io/v1", "autoscaling/v2")
    return [thing for thing in things if thing["apiVersion"] not in groups]


def holds(kept: Any, sent: Any) -> bool:
    """Whether all that was sent is in what was kept."""
    if isinstance(sent, dict):
        return isinstance(kept, dict) and all(key in kept and holds(kept[key], value) for key, value in sent.items())
    if isinstance(sent, list):
        return isinstance(kept, list) and len(kept) == len(sent) and all(map(holds, kept, sent))
    return bool(kept == sent)


def merged(data: Any, change: Any) -> Any:
    """A copy of the data with the change laid over it."""
    if not isinstance(change, dict) or not isinstance(data, dict):
        return change
    return {**copy.deepcopy(data), **{key: merged(data.get(key, {}), value) for key, value in change.items()}}
