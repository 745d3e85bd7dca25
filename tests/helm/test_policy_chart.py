"""The policy chart is installed with the umbrella, or alone and first: the same objects, each in one release."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from chartgen.registry.umbrellas import POLICY, policy_home, umbrella_name, umbrellas
from tests.helm.conftest import CASES, Platform, objects, registry_of, rendered, write

if TYPE_CHECKING:
    from pathlib import Path

    from chartgen.tools.helm import Helm

NAMES = ["door", "mesh", "mesh-ambient"]
GROUPED = "mesh-istio-api"
TESTED = "global.helmTest.enabled=true"
APART = f"{POLICY}.enabled=false"
INSTANCE = "app.kubernetes.io/instance"


@pytest.fixture(scope="module", params=NAMES)
def one(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Platform:
    return write(registry_of(request.param), tmp_path_factory.mktemp(request.param))


def policy_of(platform: Platform) -> tuple[Path, str]:
    """The policy chart, and the name of its release where it has one."""
    home = policy_home(platform.registry)
    assert home is not None
    return platform.root / home.folder, umbrella_name(platform.registry.metadata.name, "policy")


def told(text: str) -> dict[tuple[str, str], str]:
    """(kind, name) → all that an object says, but for the release that it is of."""
    things = objects(text)
    found = {(thing.kind, thing.name): json.dumps(_shared(thing.data), sort_keys=True) for thing in things}
    assert len(found) == len(things)
    return found


def _shared(data: Any) -> Any:
    labels = {key: value for key, value in data["metadata"]["labels"].items() if key != INSTANCE}
    return {**data, "metadata": {**data["metadata"], "labels": labels}}


@pytest.mark.parametrize("settings", [(), (TESTED,)], ids=["plain", "with tests"])
def test_both_releases_make_what_one_makes(one: Platform, helm: Helm, settings: tuple[str, ...]) -> None:
    chart, name = policy_of(one)
    whole = told(rendered(helm, one.umbrella, *settings))
    rest = told(rendered(helm, one.umbrella, *settings, APART))
    alone = told(rendered(helm, chart, *settings, release=name))
    assert not rest.keys() & alone.keys(), "an object can be of one release only"
    assert rest | alone == whole


def test_no_selector_knows_a_release(one: Platform, helm43: Helm) -> None:
    """The pods are of another release than the policies on them may be."""
    chart, name = policy_of(one)
    for thing in objects(rendered(helm43, chart, TESTED, release=name)):
        assert INSTANCE not in json.dumps(thing.data["spec"]), f"{thing.kind} {thing.name}"


def test_it_lints_alone_with_the_umbrella_s_values(one: Platform, helm: Helm, tmp_path: Path) -> None:
    chart, name = policy_of(one)
    values = tmp_path / "values.yaml"
    service = one.registry.services[0].name
    values.write_text(f"{service}: {{replicaCount: 2}}\nglobal: {{imageRegistry: mirror.example.com}}\n")
    for files in ((), (values,)):
        linted = helm.lint([chart], values=files)
        assert (linted.code, linted.stdout) == (0, ""), linted.stderr
    rendered(helm, chart, values=(values,), release=name)


@pytest.mark.parametrize("values", ["global: {mehs: {}}", "servise: {}", "global: {helmTest: {enabled: 1}}"])
def test_what_is_misspelt_is_refused(one: Platform, helm: Helm, tmp_path: Path, values: str) -> None:
    chart, name = policy_of(one)
    (tmp_path / "values.yaml").write_text(values)
    done = helm.template(chart, release=name, values=[tmp_path / "values.yaml"])
    assert done.code
    assert "values" in done.stderr


def test_beside_several_releases_it_is_one_of_its_own(helm: Helm, tmp_path: Path) -> None:
    registry = registry_of(GROUPED)
    platform = write(registry, tmp_path)
    chart, name = policy_of(platform)
    assert umbrellas(registry)[0].name == name
    assert not list(platform.root.glob(f"charts/*/charts/{POLICY}"))
    parts = [
        told(rendered(helm, platform.root / each.folder, TESTED, release=each.name)) for each in umbrellas(registry)
    ]
    assert sum(map(len, parts)) == len({key for part in parts for key in part})
    assert parts[0] == told(rendered(helm, chart, TESTED, release=name))
    assert all("istio.io" not in value for part in parts[1:] for value in part.values() if "NetworkPolicy" not in value)


def test_cases_are_what_they_are_called() -> None:
    assert all(policy_home(registry_of(name)) for name in (*NAMES, GROUPED))
    assert (CASES / GROUPED / "registry.yaml").read_text().count("group:") == 1
