"""The graph against an oracle: the standard library's own topological sorter."""

from __future__ import annotations

import graphlib
import itertools
from typing import TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from chartgen.graph import Graph, components, find_cycles, reach, start_order, waves

Drawn: TypeAlias = tuple[str, list[tuple[str, str]]]

NODES = st.integers(1, 8).map(lambda count: "abcdefgh"[:count])


@st.composite
def graphs(draw: st.DrawFn) -> Drawn:
    nodes = draw(NODES)
    edge = st.tuples(st.sampled_from(nodes), st.sampled_from(nodes))
    return nodes, draw(st.lists(edge, max_size=14, unique=True))


def has_cycle(nodes: str, edges: list[tuple[str, str]]) -> bool:
    try:
        graphlib.TopologicalSorter({n: [b for a, b in edges if a == n] for n in nodes}).prepare()
    except graphlib.CycleError:
        return True
    return False


@given(graphs())
def test_a_cycle_is_reported_if_and_only_if_there_is_one(drawn: Drawn) -> None:
    nodes, edges = drawn
    assert bool(find_cycles(Graph(nodes, edges))) == has_cycle(nodes, edges)


@given(graphs())
def test_what_is_reported_is_a_cycle_and_no_shorter_one_is_in_its_tangle(
    drawn: Drawn,
) -> None:
    nodes, edges = drawn
    graph = Graph(nodes, edges)
    for cycle in find_cycles(graph):
        assert cycle[0] == min(cycle)
        assert set(zip(cycle, cycle[1:] + cycle[:1], strict=True)) <= set(edges)
        tangle = next(component for component in components(graph) if cycle[0] in component)
        for shorter in itertools.chain.from_iterable(itertools.permutations(tangle, n) for n in range(2, len(cycle))):
            assert not set(zip(shorter, shorter[1:] + shorter[:1], strict=True)) <= set(edges)


@given(graphs())
def test_the_order_respects_every_edge_and_the_waves_are_as_low_as_can_be(
    drawn: Drawn,
) -> None:
    nodes, edges = drawn
    graph = Graph(nodes, edges)
    if find_cycles(graph):
        return
    order, depth = start_order(graph), waves(graph)
    assert sorted(order) == sorted(nodes)
    assert all(order.index(callee) < order.index(caller) for caller, callee in edges)
    assert all(depth[n] == max((depth[b] + 1 for a, b in edges if a == n), default=0) for n in nodes)


@given(graphs())
def test_the_order_of_the_input_changes_nothing(drawn: Drawn) -> None:
    nodes, edges = drawn
    turned = Graph(nodes[::-1], edges[::-1])
    assert find_cycles(turned) == find_cycles(Graph(nodes, edges))
    assert components(turned) == components(Graph(nodes, edges))


@given(graphs())
def test_reach_is_the_closure(drawn: Drawn) -> None:
    nodes, edges = drawn
    closure = set(edges)
    for middle, start, end in itertools.product(nodes, repeat=3):
        if (start, middle) in closure and (middle, end) in closure:
            closure.add((start, end))
    assert all(reach(Graph(nodes, edges), n) == {b for a, b in closure if a == n} for n in nodes)
