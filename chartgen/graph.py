"""Directed graphs of names: cycles, waves, start order, reach. Knows nothing of services.

An edge goes from the caller to the callee, so a node's targets start before it. Everything is iterative (a chain may
have 10,000 links), linear but for the bounded search of `find_cycles`, and free of the order of its input.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

SEARCH_BUDGET = 40
"""How many times each edge of a component may be looked at, on average, in search of its shortest cycle."""


class Graph:
    """A graph of names, sorted. An edge with an end that is no node is left out; a repeated one counts once."""

    __slots__ = ("_callers", "_targets")

    def __init__(self, nodes: Iterable[str], edges: Iterable[tuple[str, str]]) -> None:
        self._targets: dict[str, list[str]] = {node: [] for node in sorted(set(nodes))}
        self._callers: dict[str, list[str]] = {node: [] for node in self._targets}
        for caller, callee in sorted(set(edges)):
            if caller in self._targets and callee in self._targets:
                self._targets[caller].append(callee)
                self._callers[callee].append(caller)

    @property
    def nodes(self) -> list[str]:
        """All nodes, sorted."""
        return list(self._targets)

    def targets(self, node: str) -> list[str]:
        """What the node calls, sorted."""
        return self._targets[node]

    def callers(self, node: str) -> list[str]:
        """Who calls the node, sorted."""
        return self._callers[node]

    def reversed(self) -> Graph:
        """The same graph with every edge turned round."""
        return Graph(
            self._targets, ((callee, caller) for caller, callees in self._targets.items() for callee in callees)
        )


def find_cycles(graph: Graph) -> list[list[str]]:
    """One cycle per tangle of mutually reachable nodes: a shortest one, in call order, from its smallest name.

    A node that calls itself is a cycle of one, reported besides the tangle it lies in. In a tangle too dense to search
    whole (SEARCH_BUDGET) the cycle is the shortest of those seen.
    """
    loops = [[node] for node in graph.nodes if node in graph.targets(node)]
    tangles = [component for component in components(graph) if len(component) > 1]
    return sorted(loops + [_shortest_cycle(graph, tangle) for tangle in tangles])


def waves(graph: Graph) -> dict[str, int]:
    """Node → depth: 0 for a node without targets, else one more than its deepest target. ValueError on a cycle."""
    depth = dict.fromkeys(graph.nodes, 0)
    waiting = {node: len(graph.targets(node)) for node in graph.nodes}
    ready = deque(node for node, count in waiting.items() if not count)
    done = 0
    while ready:
        node = ready.popleft()
        done += 1
        for caller in graph.callers(node):
            depth[caller] = max(depth[caller], depth[node] + 1)
            waiting[caller] -= 1
            if not waiting[caller]:
                ready.append(caller)
    if done < len(depth):
        raise ValueError(f"the graph has a cycle: {' -> '.join(find_cycles(graph)[0])}")
    return depth


def start_order(graph: Graph) -> list[str]:
    """The nodes so that each follows all its targets: by wave, then name. ValueError on a cycle."""
    depth = waves(graph)
    return sorted(depth, key=lambda node: (depth[node], node))


def reach(graph: Graph, start: str) -> set[str]:
    """What can be reached from the node by one edge or more; the node itself only where it lies on a cycle."""
    seen: set[str] = set()
    todo = [start]
    while todo:
        for target in graph.targets(todo.pop()):
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return seen


def components(graph: Graph) -> list[list[str]]:
    """The strongly connected components, each sorted, a component after those it calls."""
    walk = _Tarjan(graph)
    for root in graph.nodes:
        if root not in walk.index:
            walk.visit(root)
    return walk.found


class _Tarjan:
    """Tarjan's walk with the calls written out. `low` holds only nodes on the stack, whose component is still open."""

    __slots__ = ("calls", "found", "graph", "index", "low", "stack")

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.index: dict[str, int] = {}
        self.low: dict[str, int] = {}
        self.stack: list[str] = []
        self.calls: list[tuple[str, Iterator[str]]] = []
        self.found: list[list[str]] = []

    def visit(self, root: str) -> None:
        """Finds every component that the root reaches and that was not found before."""
        self._enter(root)
        while self.calls:
            node, rest = self.calls[-1]
            fresh = self._next_fresh(node, rest)
            if fresh is not None:
                self._enter(fresh)
            else:
                self._leave(node)

    def _enter(self, node: str) -> None:
        self.index[node] = self.low[node] = len(self.index)
        self.stack.append(node)
        self.calls.append((node, iter(self.graph.targets(node))))

    def _next_fresh(self, node: str, rest: Iterator[str]) -> str | None:
        """The node's next target that was not visited yet; those on the stack lower its mark on the way."""
        for target in rest:
            if target not in self.index:
                return target
            if target in self.low:
                self.low[node] = min(self.low[node], self.index[target])
        return None

    def _leave(self, node: str) -> None:
        self.calls.pop()
        if self.calls:
            caller = self.calls[-1][0]
            self.low[caller] = min(self.low[caller], self.low[node])
        if self.low[node] == self.index[node]:
            self.found.append(self._closed(node))

    def _closed(self, node: str) -> list[str]:
        at = len(self.stack) - 1
        while self.stack[at] != node:
            at -= 1
        component = sorted(self.stack[at:])
        del self.stack[at:]
        for member in component:
            del self.low[member]
        return component


def _shortest_cycle(graph: Graph, members: list[str]) -> list[str]:
    """The shortest cycle in a component of two nodes or more, the first by name among equals.

    Each node in turn is searched from and then taken out with whatever is left without a way in or out: every later
    cycle avoids it, so a ring falls apart after one search, and a found cycle starts at its smallest name.
    """
    tangle = _Tangle(graph, members)
    budget = SEARCH_BUDGET * sum(len(tangle.targets[node]) for node in members)
    best: list[str] = []
    for node in members:
        if node not in tangle.alive:
            continue
        cycle, cost = tangle.cycle_through(node, len(best) or len(members) + 1)
        best = cycle or best
        budget -= cost
        if len(best) == 2 or budget < 0:
            break
        tangle.remove(node)
    return best


class _Tangle:
    """A component that is taken apart node by node: `alive` is what is left, `ways` its live edges out and in."""

    __slots__ = ("alive", "callers", "targets", "ways_in", "ways_out")

    def __init__(self, graph: Graph, members: list[str]) -> None:
        self.alive = set(members)
        self.targets = {node: self._within(graph.targets(node), node) for node in members}
        self.callers = {node: self._within(graph.callers(node), node) for node in members}
        self.ways_out = {node: len(nodes) for node, nodes in self.targets.items()}
        self.ways_in = {node: len(nodes) for node, nodes in self.callers.items()}

    def _within(self, nodes: list[str], node: str) -> list[str]:
        return [other for other in nodes if other in self.alive and other != node]

    def cycle_through(self, start: str, below: int) -> tuple[list[str], int]:
        """A shortest cycle through `start` of fewer than `below` nodes (empty: none), and the edges looked at."""
        parent: dict[str, str] = {start: start}
        layer, length, cost = [start], 1, 0
        while layer and length < below:
            following: list[str] = []
            for node in layer:
                cost += len(self.targets[node])
                for target in self.targets[node]:
                    if target == start:
                        return _path(parent, start, node), cost
                    if target in self.alive and target not in parent:
                        parent[target] = node
                        following.append(target)
            layer, length = following, length + 1
        return [], cost

    def remove(self, node: str) -> None:
        """Take the node out, and after it all that no cycle can pass any more."""
        self.alive.discard(node)
        todo = [node]
        while todo:
            gone = todo.pop()
            for others, ways in ((self.targets[gone], self.ways_in), (self.callers[gone], self.ways_out)):
                for other in others:
                    ways[other] -= 1
                    if not ways[other] and other in self.alive:
                        self.alive.discard(other)
                        todo.append(other)


def _path(parent: dict[str, str], start: str, end: str) -> list[str]:
    path = [end]
    while path[-1] != start:
        path.append(parent[path[-1]])
    return path[::-1]
