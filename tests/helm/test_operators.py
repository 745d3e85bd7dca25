"""Every resource of an operator, as helm renders it, against the operator's own CustomResourceDefinition."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from chartgen.audit.rules import audit_document
from chartgen.registry import compile_registry
from scripts import operator_schema
from tests import operated
from tests.helm.conftest import Platform, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.audit.objects import Rendered
    from chartgen.tools.helm import Helm

VALIDATORS = {
    kind: jsonschema_rs.Draft202012Validator({**schema, "$defs": {"ObjectMeta": {}}})
    for crd in operator_schema.crds()
    for kind, schema in operator_schema.closed_kinds(crd).items()
}
"""`apiVersion kind` → what the CRD takes, with nothing that the server would drop."""
CHANGES = (
    ("global.imageRegistry=registry.example.com", "global.imagePullSecrets[0]=pull"),
    ("global.networkPolicy.enabled=false",),
    tuple(f"{name}.operator.storage.storageClass=fast" for name in operated.STORES),
)


@pytest.fixture(scope="module", params=[False, True], ids=["their own secrets", "given secrets"])
def platform(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Platform:
    text = operated.registry(secrets=request.param)
    result = compile_registry("registry.yaml", text.encode(), lambda _path: None)
    assert result.registry is not None, result.diagnostics
    return write(result.registry, tmp_path_factory.mktemp("operators"))


@pytest.fixture(scope="module")
def resources(platform: Platform, helm43: Helm) -> list[Rendered]:
    return of_operators(platform.render(helm43))


def test_every_resource_is_what_its_operator_takes(platform: Platform, helm: Helm) -> None:
    found = of_operators(platform.render(helm))
    assert {thing.name for thing in found} >= set(operated.STORES)
    assert [problem for thing in found for problem in problems(thing.data)] == []


@pytest.mark.parametrize("settings", CHANGES, ids=lambda settings: settings[0].partition("=")[0])
def test_values_change_nothing_about_that(platform: Platform, helm43: Helm, settings: tuple[str, ...]) -> None:
    found = of_operators(platform.render(helm43, *settings))
    assert [problem for thing in found for problem in problems(thing.data)] == []


def test_images_come_from_the_registry_that_a_value_names(platform: Platform, helm43: Helm) -> None:
    for thing in of_operators(platform.render(helm43, "global.imageRegistry=registry.example.com")):
        for image in images(thing.data):
            assert image.startswith("registry.example.com/"), f"{thing.kind} {thing.name}"


def test_an_unknown_field_is_found_wherever_it_stands(resources: list[Rendered]) -> None:
    tried = 0
    for thing in resources:
        for changed in with_unknown_fields(thing.data):
            tried += 1
            assert problems(changed), f"{thing.kind} {thing.name} {json.dumps(changed)}"
    assert tried > len(resources)


def test_a_value_of_another_type_is_found_wherever_it_stands(resources: list[Rendered]) -> None:
    for thing in resources:
        for changed in with_other_types(thing.data):
            assert problems(changed), f"{thing.kind} {thing.name} {json.dumps(changed)}"


def test_lint_finds_them_too(resources: list[Rendered]) -> None:
    """What lint knows is made from the same CRDs."""
    for thing in resources:
        assert codes(thing.data) == set()
        changed = copy.deepcopy(thing.data)
        changed["spec"]["chartgenKnowsBetter"] = True
        assert codes(changed) == {"CG508"}


def test_all_that_is_made_for_an_operator_outlives_the_release(platform: Platform, helm43: Helm) -> None:
    """Data, and what its pods and callers need to go on: accounts, users, budgets, policies."""
    found = [thing for thing in platform.render(helm43) if "/charts/app/" not in thing.file]
    assert {"Exchange", "NetworkPolicy", "PodDisruptionBudget", "ServiceAccount"} <= {thing.kind for thing in found}
    for thing in found:
        annotations = thing.data["metadata"].get("annotations", {})
        assert annotations.get("helm.sh/resource-policy") == "keep", f"{thing.kind} {thing.name}"


@pytest.mark.parametrize("kind", operated.HAND_ON)
def test_labels_that_an_operator_hands_on_are_neither_the_chart_s_nor_the_release_s(
    resources: list[Rendered], kind: str
) -> None:
    """A label of the chart's version would restart the pods; by the release's, builtin's Service would find them."""
    others = {"helm.sh/chart", "app.kubernetes.io/version", "app.kubernetes.io/instance"}
    for thing in resources:
        if thing.kind == kind:
            assert not others & set(thing.data["metadata"]["labels"])


@pytest.mark.parametrize(
    ("store", "numbers"),
    [
        ("redis-cluster", (4, 5, 7)),
        ("mongodb-cluster", (0, 4)),
        ("mongodb-ha", (2, 4)),
        ("mysql-single", (0, 4)),
        ("mysql-ha", (1, 4, 9)),
        ("kafka-ha", (1, 4)),
        ("rabbitmq-ha", (2, 4)),
        ("postgresql-ha", (1,)),
    ],
    ids=str,
)
def test_a_number_of_pods_that_cannot_be_is_refused(
    platform: Platform, helm43: Helm, store: str, numbers: tuple[int, ...]
) -> None:
    for number in numbers:
        wanted = f"{store}.operator.instances={number}"
        done = helm43.template(platform.umbrella, release="here", extra=["--set", wanted])
        assert done.code, wanted
        assert f"{store}:" in done.stderr and "/operator/instances" in done.stderr


def test_more_pods_are_a_value(platform: Platform, helm43: Helm) -> None:
    numbers = {"redis-cluster": 8, "mongodb-cluster": 9, "kafka-ha": 5}
    settings = [f"{store}.operator.instances={number}" for store, number in numbers.items()]
    found = {(thing.kind, thing.name): thing.spec for thing in of_operators(platform.render(helm43, *settings))}
    assert found["RedisCluster", "redis-cluster"]["clusterSize"] == 4
    shards = found["PerconaServerMongoDB", "mongodb-cluster"]["replsets"]
    assert [shard["name"] for shard in shards] == ["rs0", "rs1", "rs2"]
    assert found["KafkaNodePool", "kafka-ha"]["replicas"] == 5


@pytest.mark.parametrize("store", ["redis-ha", "mysql-ha", "mongodb-ha"])
def test_the_account_that_pods_run_as_stays_as_long_as_they_do(platform: Platform, helm43: Helm, store: str) -> None:
    things = platform.render(helm43)
    [account] = [thing for thing in things if (thing.kind, thing.name) == ("ServiceAccount", store)]
    assert account.data["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    assert account.data["automountServiceAccountToken"] is False
    [resource] = [thing for thing in of_operators(things) if thing.name == store]
    assert json.dumps(resource.spec).count(f'"serviceAccountName": "{store}"') >= 1


@pytest.mark.parametrize(
    ("store", "words"),
    [
        ("postgresql-ha", "create secret generic postgresql-ha-login --type=kubernetes.io/basic-auth --from-literal"),
        ("rabbitmq-ha", "kubectl label --local -f - rabbitmq.com/topology-operator=true -o yaml"),
        ("mysql-ha", "create secret generic mysql-ha-login --from-literal=username=mysqlha"),
    ],
)
def test_a_secret_of_ones_own_is_made_as_the_operator_wants_it(platform: Platform, store: str, words: str) -> None:
    given = "-login" in (platform.root / f"charts/shop/charts/{store}/README.md").read_text(encoding="utf-8")
    notes = (platform.umbrella / "templates" / "NOTES.txt").read_text(encoding="utf-8")
    assert (words in notes) is given


def of_operators(things: list[Rendered]) -> list[Rendered]:
    """The resources that operators read."""
    return [thing for thing in things if thing.is_of_an_operator]


def problems(data: Any) -> list[str]:
    """What the CRD has against an object."""
    kind = f"{data['apiVersion']} {data['kind']}"
    found = VALIDATORS[kind].iter_errors(data)
    return [f"{kind} {data['metadata']['name']}: {'.'.join(map(str, error.instance_path))}: {error}" for error in found]


def codes(data: Any) -> set[str]:
    """What lint finds in an object."""
    return {finding.code for finding in audit_document(json.dumps(data), "a.yaml").findings}


def images(node: Any) -> Iterator[str]:
    """Every image that a resource names."""
    if isinstance(node, list):
        for each in node:
            yield from images(each)
    elif isinstance(node, dict):
        yield from (value for key, value in node.items() if key in ("image", "imageName"))
        for each in node.values():
            yield from images(each)


OPEN = {"annotations", "labels", "matchLabels", "config", "parameters", "limits", "requests", "metadata"}
"""Maps whose keys are a person's own, and what is Kubernetes' own."""


def with_unknown_fields(data: Any) -> Iterator[Any]:
    """The object with one field more, at each place that has fields of its own."""
    for path in _paths(data["spec"], ("spec",)):
        changed, node = _at(data, path)
        node["chartgenKnowsBetter"] = 1
        yield changed


def with_other_types(data: Any) -> Iterator[Any]:
    """The object with a list of lists in the place of each value."""
    for path in _paths(data["spec"], ("spec",)):
        for key in _at(data, path)[1]:
            changed, node = _at(data, path)
            node[key] = [[]]
            yield changed


def _at(data: Any, path: tuple[str | int, ...]) -> tuple[Any, Any]:
    """A copy of the object, and what is at that place in it."""
    node = changed = copy.deepcopy(data)
    for step in path:
        node = node[step]
    return changed, node


def _paths(node: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """Where the maps with fields of their own are."""
    if isinstance(node, dict):
        yield path
        for key, value in node.items():
            if key not in OPEN:
                yield from _paths(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _paths(value, (*path, index))
