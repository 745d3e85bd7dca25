"""Versions of a service, rendered: what holds for all, what for one, and what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.helm.conftest import Platform, registry_of, write

if TYPE_CHECKING:
    from pathlib import Path

    from chartgen.audit.objects import Rendered
    from chartgen.tools.helm import Helm


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return write(registry_of("versions"), tmp_path / "versions")


def given(platform: Platform, values: Any) -> Path:
    path = platform.root / "given.yaml"
    path.write_text(json.dumps(values), encoding="utf-8")
    return path


def rendered(platform: Platform, helm: Helm, **reviews: Any) -> dict[tuple[str, str], Rendered]:
    """The objects with these values of `reviews`, by kind and name."""
    things = platform.render(helm, values=(given(platform, {"reviews": reviews}),))
    return {(thing.kind, thing.name): thing for thing in things}


def env(thing: Rendered) -> dict[str, Any]:
    assert thing.pod
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in thing.pod.spec["containers"][0]["env"]}


def test_a_value_of_the_service_holds_for_all_and_one_of_a_version_for_that(platform: Platform, helm: Helm) -> None:
    things = rendered(
        platform, helm, env={"ALL": "x", "STARS": "none"}, versions={"v2": {"env": {"ONE": "y"}, "replicaCount": 0}}
    )
    first, second = things["Deployment", "reviews-v1"], things["Deployment", "reviews-v2"]
    assert (env(first)["ALL"], env(second)["ALL"]) == ("x", "x")
    assert (env(first)["STARS"], env(second)["STARS"]) == ("none", "black")
    assert "ONE" not in env(first)
    assert env(second)["ONE"] == "y"


def test_a_variable_comes_whole_from_the_version_that_sets_it(platform: Platform, helm: Helm) -> None:
    things = rendered(platform, helm)
    assert env(things["Deployment", "reviews-v1"])["MODE"] == {"configMapKeyRef": {"name": "reviews", "key": "mode"}}
    assert env(things["Deployment", "reviews-v2"])["MODE"] == {"secretKeyRef": {"name": "reviews", "key": "mode"}}


def test_a_version_is_switched_on_and_off(platform: Platform, helm: Helm) -> None:
    usual = rendered(platform, helm)
    assert ("Deployment", "reviews-v3") not in usual
    other = rendered(platform, helm, versions={"v3": {"enabled": True}, "v2": {"enabled": False}})
    assert {name for _, name in other.keys() - usual.keys()} == {"reviews-v3", "reviews-v3-files"}
    gone = {name for _, name in usual.keys() - other.keys()}
    assert gone == {"reviews-v2", "reviews-v2-files", "reviews-canary"}


def test_only_the_versions_that_call_are_let_in(platform: Platform, helm43: Helm) -> None:
    things = rendered(platform, helm43)
    [rule] = things["NetworkPolicy", "ratings-v1"].spec["ingress"]
    labels = [peer["podSelector"]["matchLabels"] for peer in rule["from"]]
    assert [(each["app.kubernetes.io/name"], each["version"]) for each in labels] == [
        ("reviews", "v2"),
        ("reviews", "v3"),
    ]


def test_a_patch_is_laid_over_one_version(platform: Platform, helm: Helm) -> None:
    things = rendered(platform, helm)
    seconds = {name: things["Deployment", name].spec.get("minReadySeconds") for name in ("reviews-v1", "reviews-v2")}
    assert seconds == {"reviews-v1": 7, "reviews-v2": None}


def test_what_a_version_needs_must_be_there(platform: Platform, helm: Helm) -> None:
    values = {"ratings": {"versions": {"v2": {"enabled": True}}}}
    done = helm.template(platform.umbrella, release="x", values=[given(platform, values)])
    assert done.code
    assert "version v2 of ratings needs store: enable store, or disable the version too" in done.stderr
    done = helm.template(
        platform.umbrella, release="x", values=[given(platform, values | {"store": {"enabled": True}})]
    )
    assert not done.code, done.stderr


@pytest.mark.parametrize(
    "versions",
    [
        {"v9": {}},
        {"v1": {"imagee": {}}},
        {"v1": {"image": {"tagg": "x"}}},
        {"v1": {"podLabels": {"version": "x"}}},
        {"v1": None},
    ],
)
def test_a_typo_is_refused(platform: Platform, helm: Helm, versions: Any) -> None:
    done = helm.template(platform.umbrella, release="x", values=[given(platform, {"reviews": {"versions": versions}})])
    assert done.code
    assert "values don't meet the specifications of the schema" in done.stderr


def test_an_environment_replaces_a_file_and_its_pods_restart(platform: Platform, helm: Helm) -> None:
    """A file's body is a value: of all versions, or of one."""
    path, body = "/etc/reviews/reviews.yaml", "stars: none\n"
    before, after = rendered(platform, helm), rendered(platform, helm, files={path: body})
    for name in ("reviews-v1", "reviews-v2"):
        assert after["ConfigMap", f"{name}-files"].data["data"]["reviews.yaml"] == body
        assert checksum(before["Deployment", name]) != checksum(after["Deployment", name])
    one = rendered(platform, helm, versions={"v2": {"files": {path: body}}})
    assert checksum(before["Deployment", "reviews-v1"]) == checksum(one["Deployment", "reviews-v1"])
    assert checksum(after["Deployment", "reviews-v2"]) == checksum(one["Deployment", "reviews-v2"])


def checksum(thing: Rendered) -> Any:
    return thing.spec["template"]["metadata"]["annotations"]["checksum/files"]
