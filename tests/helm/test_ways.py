"""From an operator to the platform's own pods and back: what stays behind meets nothing of what comes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from chartgen.engines.engine import Way
from chartgen.registry import compile_registry, names
from chartgen.tools.process import run
from scripts import operators_page
from tests import operated
from tests.helm.conftest import RELEASE, Platform, write

if TYPE_CHECKING:
    from chartgen.audit.objects import Rendered
    from chartgen.registry.model import Datastore
    from chartgen.tools.helm import Helm

IN_THE_WAY = {
    "redis-single": [("Service", ""), ("Service", "-headless"), ("StatefulSet", "")],
    "redis-ha": [("Service", ""), ("Service", "-headless"), ("StatefulSet", "")],
    **{f"rabbitmq-{topology}": [("Service", "")] for topology in ("single", "ha", "cluster")},
}
"""Datastore → kind, and what follows on its name."""
TO_OPERATORS = tuple(f"global.datastores.{name}.provision=operator" for name in operated.STORES)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """Every operator in every topology, and the same datastores as one pod of the platform's own."""
    text = json.loads(operated.registry(secrets=True))
    for store in text["datastores"]:
        topology = store.pop("topology")
        ways = {"builtin": {"topology": "single"}, "operator": {"topology": topology}}
        store["provision"] = {"default": "builtin", **ways}
    result = compile_registry("registry.yaml", json.dumps(text).encode(), lambda _path: None)
    assert result.registry is not None, result.diagnostics
    return write(result.registry, tmp_path_factory.mktemp("ways"))


@pytest.fixture(scope="module")
def builtin(both: Platform, helm43: Helm) -> list[Rendered]:
    return of_stores(both.render(helm43))


@pytest.fixture(scope="module")
def left_behind(both: Platform, helm43: Helm) -> list[Rendered]:
    return of_stores(both.render(helm43, *TO_OPERATORS))


def test_no_object_is_of_both_ways(builtin: list[Rendered], left_behind: list[Rendered]) -> None:
    """What Helm keeps of one way, it would have to make of the other."""
    assert identities(builtin).isdisjoint(identities(left_behind))


def test_helm_meets_nothing_of_an_operator_s_but_what_is_told(both: Platform, builtin: list[Rendered]) -> None:
    own = identities(builtin)
    for store in both.registry.datastores:
        assert store.operated is not None
        told = [(kind, store.name + end) for kind, end in IN_THE_WAY.get(store.name, ())]
        assert list(names.in_the_way(store)) == told
        assert sorted(own & set(store.operated.makes)) == told


def test_nothing_of_builtin_selects_pods_that_stayed(builtin: list[Rendered], left_behind: list[Rendered]) -> None:
    handed_on = [thing.data["metadata"]["labels"] for thing in left_behind if thing.kind in operated.HAND_ON]
    for thing in builtin:
        selector = selected(thing)
        assert not selector or not [labels for labels in handed_on if selector.items() <= labels.items()], thing.name


def test_no_policy_that_stayed_is_about_builtin_s_pods(builtin: list[Rendered], left_behind: list[Rendered]) -> None:
    pods = [thing.spec["template"]["metadata"]["labels"] for thing in builtin if thing.kind == "StatefulSet"]
    for thing in left_behind:
        if thing.kind in ("NetworkPolicy", "PodDisruptionBudget"):
            selector = selected(thing)
            assert selector and not [labels for labels in pods if selector.items() <= labels.items()], thing.name


@pytest.mark.parametrize("way", [Way.BUILTIN, Way.OPERATOR])
def test_the_notes_tell_what_to_delete_before(both: Platform, helm43: Helm, way: Way) -> None:
    text = notes(both, helm43, *(TO_OPERATORS if way is Way.OPERATOR else ()))
    for store in both.registry.datastores:
        assert (f" delete {resource(store)}\n" in text) is (way is Way.OPERATOR and store.name in IN_THE_WAY)
    if way is Way.OPERATOR:
        assert "makes the Service redis-ha, the Service redis-ha-headless and the StatefulSet redis-ha for" in text


def test_so_does_the_page(both: Platform) -> None:
    page = operators_page.text()
    for store in both.registry.datastores:
        command = f"`kubectl delete {resource(store).replace(store.name, 'NAME')}`"
        assert (command in page) is (store.name in IN_THE_WAY)


def resource(store: Datastore) -> str:
    """The resource that stands for the whole, as kubectl calls it."""
    assert store.operated is not None
    return store.operated.objects[0].resource


def of_stores(found: list[Rendered]) -> list[Rendered]:
    """The objects of datastores' charts."""
    return [thing for thing in found if "/charts/app/" not in thing.file]


def identities(found: list[Rendered]) -> set[tuple[str, str]]:
    """Kind and name of each."""
    return {(thing.kind, thing.name) for thing in found}


def selected(thing: Rendered) -> dict[str, Any]:
    """The labels of the pods that an object is about; empty where it is about none."""
    match thing.kind:
        case "Service":
            return dict(thing.spec.get("selector", {}))
        case "NetworkPolicy":
            return dict(thing.spec["podSelector"]["matchLabels"])
        case "PodDisruptionBudget" | "StatefulSet":
            return dict(thing.spec["selector"]["matchLabels"])
    return {}


def notes(platform: Platform, helm: Helm, *settings: str) -> str:
    """NOTES.txt as an installation would print it."""
    flags = [part for setting in settings for part in ("--set", setting)]
    argv = [helm.path, "install", RELEASE, str(platform.umbrella), *flags, "--dry-run=client"]
    done = run(argv, environment={"KUBECONFIG": "/nonexistent"})
    assert not done.code, done.stderr
    return done.stdout.partition("\nNOTES:\n")[2]
