"""Who calls whom on a rendered platform: what the registry declares, and what the policies of each side allow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from chartgen.registry.model import External
from chartgen.registry.service import Service
from tests.helm.described import said, selected

if TYPE_CHECKING:
    from chartgen.audit.objects import Rendered
    from chartgen.registry.model import Registry
    from chartgen.registry.service import Edge
    from tests.helm.described import Facts, Tree, Workload

OUT, IN = ("egress", "to"), ("ingress", "from")
"""The direction of a rule, and where it names the other side."""


def called(caller: Workload, made: list[Workload], found: list[Rendered], registry: Registry) -> Facts:
    """`calls` (node → container ports), `outside` (hosts with ports) and `public` of a workload; where the registry and
    the policies of both sides do not say the same of a call, what each says."""
    policies = [thing.data["spec"] for thing in found if thing.kind == "NetworkPolicy"]
    edges = {edge.target: edge for edge in declared(caller, registry)}
    calls = {callee.node: _call(caller, callee, edges, registry, policies) for callee in made if callee is not caller}
    return said(
        calls={node: call for node, call in calls.items() if call},
        outside=_outside(caller, edges, registry, policies),
        public=any("from" not in rule for rule in _rules("ingress", caller, policies)),
    )


def declared(caller: Workload, registry: Registry) -> tuple[Edge, ...]:
    """The edges of a workload."""
    node = registry.by_name()[caller.node]
    assert not isinstance(node, External)
    workloads = node.workloads if isinstance(node, Service) else (node.workload,)
    return next(workload.edges for workload in workloads if workload.version == caller.version)


def _call(
    caller: Workload, callee: Workload, edges: dict[str, Edge], registry: Registry, policies: list[Tree]
) -> list[int] | str:
    node, names = registry.by_name()[callee.node], edges[callee.node].ports if callee.node in edges else ()
    sides = {
        "registry": sorted(node.port(name).target_port for name in names),
        "egress": _allowed(OUT, caller, callee, callee, policies),
        "ingress": _allowed(IN, callee, caller, callee, policies),
    }
    return sides["egress"] if len(set(map(tuple, sides.values()))) == 1 else str(sides)


def _allowed(
    way: tuple[str, str], held: Workload, other: Workload, callee: Workload, policies: list[Tree]
) -> list[int]:
    """The ports of the callee that the policies of `held` open towards the other by name."""
    rules = (rule for rule in _rules(way[0], held, policies) if _names(rule.get(way[1], []), other))
    return sorted({callee.number(port["port"]) for rule in rules for port in rule["ports"]})


def _names(peers: list[Any], workload: Workload) -> bool:
    """Whether one of the peers is the workload; DNS and its like are in other namespaces."""
    inside = (peer["podSelector"] for peer in peers if "podSelector" in peer and "namespaceSelector" not in peer)
    return any(selected(selector["matchLabels"], workload.labels) for selector in inside)


def _rules(direction: str, workload: Workload, policies: list[Tree]) -> Iterator[Tree]:
    mine = [spec for spec in policies if selected(spec["podSelector"]["matchLabels"], workload.labels)]
    assert mine, f"no NetworkPolicy selects {workload.name}"
    for spec in mine:
        yield from spec.get(direction, [])


def _outside(caller: Workload, edges: dict[str, Edge], registry: Registry, policies: list[Tree]) -> list[str]:
    """host:port of each external that the workload calls; its policy must open these ports, and no others."""
    nodes = registry.by_name()
    pairs = [
        (node.host, node.port(name).port)
        for edge in edges.values()
        if isinstance(node := nodes[edge.target], External)
        for name in edge.ports
    ]
    opened = {port["port"] for rule in _rules("egress", caller, policies) if _leaves(rule) for port in rule["ports"]}
    assert opened == {port for _, port in pairs}, f"{caller.name}: {pairs} are declared, {opened} are open"
    return sorted(f"{host}:{port}" for host, port in pairs)


def _leaves(rule: Tree) -> bool:
    return "to" not in rule or any("ipBlock" in peer for peer in rule["to"])
