"""What holds for every valid registry, and for every graph that people may write down."""

from __future__ import annotations

import graphlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chartgen import emit
from chartgen.diagnostics import Diagnostic
from chartgen.registry import compile_registry
from chartgen.registry.model import Registry
from chartgen.registry.umbrellas import umbrellas
from tests.property.strategies import Data, as_yaml, name_of, registries, shuffled

NAMES = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta")
CYCLE = "CG206"
CYCLE_OF_GROUPS = "CG240"


def compiled(data: Any) -> Registry:
    result = compile_registry("registry.yaml", as_yaml(data).encode(), lambda _: None)
    assert result.registry is not None, [f"{d.code} {d.message}" for d in result.diagnostics]
    return result.registry


@given(registries())
def test_what_the_strategies_build_is_valid(data: Data) -> None:
    assert {service.name for service in compiled(data).services} == {service["name"] for service in data["services"]}


@given(registries(), st.data())
def test_the_order_of_keys_and_services_changes_no_byte(data: Data, drawn: st.DataObject) -> None:
    other = shuffled(data, drawn.draw)
    assert emit.platform(compiled(other)) == emit.platform(compiled(data))


@given(registries(), st.data())
def test_the_files_that_nodes_stand_in_change_no_byte(data: Data, drawn: st.DataObject) -> None:
    split = {**data, "include": ["**/*.yaml"]}
    parts: dict[str, Data] = {}
    for section in ("services", "datastores", "externals"):
        for node in split.pop(section, []):
            home = drawn.draw(st.sampled_from(["", "b.yaml", "a/c.yaml"]))
            (parts.setdefault(home, {}) if home else split).setdefault(section, []).append(node)
    texts = {path: as_yaml(part).encode() for path, part in parts.items()}
    found = compile_registry("registry.yaml", as_yaml(split).encode(), texts.get, lambda _pattern: sorted(texts))
    assert found.registry is not None, [f"{d.code} {d.message}" for d in found.diagnostics]
    assert emit.platform(found.registry) == emit.platform(compiled(data))


@given(registries())
def test_the_umbrella_lists_every_service_after_all_it_waits_for(data: Data) -> None:
    order = emit.order_of(compiled(data))
    assert sorted(order) == sorted(node["name"] for node in (*data["services"], *data.get("datastores", [])))
    for service in data["services"]:
        for edge in service.get("dependencies", []):
            waits = not isinstance(edge, dict) or edge.get("startup", True)
            if waits and name_of(edge) in order:  # what lies outside has no chart
                assert order.index(name_of(edge)) < order.index(service["name"])


@st.composite
def tangles(draw: st.DrawFn) -> Data:
    """A registry with any edges at all but those to oneself."""
    names = NAMES[: draw(st.integers(2, len(NAMES)))]
    services = []
    for name in names:
        targets = draw(st.lists(st.sampled_from([n for n in names if n != name]), unique=True, max_size=3))
        edges = [{"service": target, "startup": draw(st.booleans())} for target in targets]
        services.append({"name": name, "port": 80, "dependencies": edges})
    metadata = {"name": "platform", "version": "1.0.0"}
    return {"apiVersion": "chartgen.dev/v1", "kind": "ServiceRegistry", "metadata": metadata, "services": services}


def has_cycle(data: Data) -> bool:
    return _is_circular(
        {s["name"]: {e["service"] for e in s["dependencies"] if e["startup"]} for s in data["services"]}
    )


@given(tangles())
def test_a_cycle_is_reported_if_and_only_if_services_wait_in_a_circle(data: Data) -> None:
    result = compile_registry("registry.yaml", as_yaml(data).encode(), lambda _: None)
    assert any(map(_is_cycle, result.diagnostics)) == has_cycle(data)
    assert (result.registry is None) == has_cycle(data)


def _is_cycle(diagnostic: Diagnostic) -> bool:
    return diagnostic.code == CYCLE


@given(tangles(), st.data())
def test_groups_wait_for_each_other_or_their_umbrellas_stand_in_order(data: Data, drawn: st.DataObject) -> None:
    for service in data["services"]:
        if group := drawn.draw(st.sampled_from(["", "one", "two"])):
            service["group"] = group
    result = compile_registry("registry.yaml", as_yaml(data).encode(), lambda _: None)
    home = {service["name"]: service.get("group", "") for service in data["services"]}
    waits: dict[str, set[str]] = {group: set() for group in home.values()}
    for service in data["services"]:
        targets = {home[edge["service"]] for edge in service["dependencies"] if edge["startup"]}
        waits[home[service["name"]]] |= targets - {home[service["name"]]}
    codes = {diagnostic.code for diagnostic in result.diagnostics}
    assert (CYCLE_OF_GROUPS in codes) == (_is_circular(waits) and not has_cycle(data))
    if result.registry is not None:
        found = umbrellas(result.registry)
        order = [umbrella.group for umbrella in found]
        assert sorted(service.name for umbrella in found for service in umbrella.services) == sorted(home)
        assert all(order.index(target) < order.index(group) for group, targets in waits.items() for target in targets)


def _is_circular(waits: dict[str, set[str]]) -> bool:
    try:
        graphlib.TopologicalSorter(waits).prepare()
    except graphlib.CycleError:
        return True
    return False
