"""The graph by example; tests/property holds it to an oracle."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

import pytest

from chartgen.graph import SEARCH_BUDGET, Graph, components, find_cycles, reach, start_order, waves

SIZE = 10_000


def names(count: int) -> list[str]:
    return [f"n{number:05d}" for number in range(count)]


def ring(count: int) -> Graph:
    nodes = names(count)
    return Graph(nodes, zip(nodes, nodes[1:] + nodes[:1], strict=True))


def test_the_deepest_target_sets_the_wave() -> None:
    graph = Graph("abcd", [("a", "b"), ("b", "c"), ("a", "c"), ("d", "c")])
    assert waves(graph) == {"a": 2, "b": 1, "c": 0, "d": 1}
    assert start_order(graph) == ["c", "b", "d", "a"]


def test_the_order_of_the_input_does_not_matter() -> None:
    nodes, edges = list("gfedcba"), [("a", "b"), ("c", "b"), ("d", "a"), ("g", "c"), ("f", "b")]
    orders = {tuple(start_order(Graph(n, e))) for n, e in ((nodes, edges), (nodes[::-1], edges[::-1]))}
    assert orders == {("b", "e", "a", "c", "f", "d", "g")}


def test_edges_to_what_is_no_node_are_left_out_and_repeats_count_once() -> None:
    graph = Graph("ab", [("a", "b"), ("a", "b"), ("a", "x"), ("x", "b")])
    assert graph.targets("a") == ["b"]
    assert graph.callers("b") == ["a"]


def test_a_graph_without_cycles_has_none() -> None:
    assert find_cycles(Graph("abc", [("a", "b"), ("b", "c"), ("a", "c")])) == []


def test_a_cycle_is_in_call_order_from_its_smallest_name() -> None:
    assert find_cycles(Graph("cab", [("c", "a"), ("a", "b"), ("b", "c")])) == [["a", "b", "c"]]


def test_the_shortest_cycle_of_a_tangle_is_the_one_reported() -> None:
    edges = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "a"), ("d", "c"), ("x", "a")]
    assert find_cycles(Graph("abcdx", edges)) == [["c", "d"]]


def test_each_tangle_is_reported_and_a_loop_besides_the_tangle_it_lies_in() -> None:
    edges = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "d"), ("d", "c"), ("d", "d"), ("e", "e")]
    assert find_cycles(Graph("abcde", edges)) == [["a", "b"], ["c", "d"], ["d"], ["e"]]


def test_waves_of_a_cycle_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="a -> b"):
        waves(Graph("ab", [("a", "b"), ("b", "a")]))


def test_reach_holds_the_start_only_on_a_cycle() -> None:
    graph = Graph("abcd", [("a", "b"), ("b", "c"), ("c", "b")])
    assert reach(graph, "a") == {"b", "c"}
    assert reach(graph, "b") == {"b", "c"}
    assert reach(graph.reversed(), "c") == {"a", "b", "c"}


def test_a_ring_of_500_is_reported_whole() -> None:
    assert find_cycles(ring(500)) == [names(500)]


def test_a_chain_of_10_000_needs_no_recursion() -> None:
    nodes = names(SIZE)
    graph = Graph(nodes, itertools.pairwise(nodes))
    assert waves(graph)[nodes[0]] == SIZE - 1
    assert start_order(graph) == nodes[::-1]
    assert len(components(graph)) == SIZE


def dense() -> Graph:
    nodes = names(900)
    layers = [nodes[:300], nodes[300:600], nodes[600:]]
    return Graph(
        nodes,
        ((a, b) for here, there in zip(layers, layers[1:] + layers[:1], strict=True) for a in here for b in there),
    )


def hub() -> Graph:
    spokes = names(SIZE)
    edges = [edge for spoke in spokes for edge in ((spoke, "zhub"), ("zhub", "b" + spoke), ("b" + spoke, spoke))]
    return Graph([*spokes, *("b" + spoke for spoke in spokes), "zhub"], edges)


def tangled() -> Graph:
    nodes, draw = names(SIZE), random.Random(1)
    return Graph(nodes, ((draw.choice(nodes), draw.choice(nodes)) for _ in range(3 * SIZE)))


class Counting(Graph):
    """A graph that counts the edges that are looked at."""

    looks = 0

    def targets(self, node: str) -> list[str]:
        self.looks += len(super().targets(node))
        return super().targets(node)

    def callers(self, node: str) -> list[str]:
        self.looks += len(super().callers(node))
        return super().callers(node)


@pytest.mark.parametrize("make", [dense, hub, tangled, lambda: ring(SIZE)], ids=["dense", "hub", "tangled", "ring"])
def test_no_tangle_takes_long_to_search(make: Callable[[], Graph]) -> None:
    plain = make()
    edges = [(node, target) for node in plain.nodes for target in plain.targets(node)]
    graph = Counting(plain.nodes, edges)
    assert find_cycles(graph)
    assert graph.looks <= (SEARCH_BUDGET + 20) * len(edges)
