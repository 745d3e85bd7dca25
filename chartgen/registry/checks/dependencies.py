"""Edges between services: to nowhere, to oneself, repeated, to ports that are not there, to what is off, in a ring."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from chartgen.graph import Graph, find_cycles
from chartgen.registry.checks.subject import Draft, Finding, Platform, port_list, sort_of
from chartgen.registry.ports import find_ports
from chartgen.registry.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from chartgen.registry.model import Node
    from chartgen.registry.service import Path

_SHOWN = 20
"""Longer cycles are printed with their middle left out."""


def unknown_dependency(draft: Draft, platform: Platform) -> Iterator[Finding]:
    """Dependencies on what the registry does not have, or has as something else."""
    for index, edge in enumerate(draft.data.get("dependencies", ())):
        node = platform.nodes.get(edge["node"])
        wanted = edge["as"] or ("service" if node is None else sort_of(node))
        path = (*_place(edge, index), wanted)
        if node is None:
            known = [name for name, each in platform.nodes.items() if not edge["as"] or sort_of(each) == wanted]
            yield Finding(
                code="CG203",
                path=path,
                message=f'{draft.title} depends on unknown {wanted} "{edge["node"]}"',
                hint=did_you_mean(edge["node"], known),
            )
        elif sort_of(node) != wanted:
            yield Finding(
                code="CG216",
                path=path,
                key=True,
                message=f'{draft.title} depends on the {wanted} "{node.name}", which is {_article(sort_of(node))}',
                hint=f"write {sort_of(node)}: {node.name}",
            )


def _place(edge: Mapping[str, Any], index: int) -> Path:
    """Where in the service the dependency stands: a version's joins the service's."""
    place: Path = edge.get("place", ("dependencies", index))
    return place


def _itself(draft: Draft) -> str:
    return f'version "{draft.service.version}"' if draft.service.version else f'"{draft.service.name}"'


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def self_dependency(draft: Draft) -> Iterator[Finding]:
    """A dependency of a service on itself."""
    for index, edge in enumerate(draft.data.get("dependencies", ())):
        if edge["node"] == draft.service.app:
            yield Finding(
                code="CG204",
                path=(*_place(edge, index), edge["as"]),
                message=f"{draft.title} depends on itself",
                hint="remove it: a pod reaches itself by localhost",
            )


def repeated_dependency(draft: Draft) -> Iterator[Finding]:
    """A second dependency on the same service."""
    seen: set[str] = set()
    for index, edge in enumerate(draft.data.get("dependencies", ())):
        if edge["node"] in seen:
            yield Finding(
                code="CG205",
                path=(*_place(edge, index), edge["as"]),
                message=f'{draft.title} names its dependency on "{edge["node"]}" twice',
                hint="keep one entry and list its ports there",
            )
        seen.add(edge["node"])


def dependency_ports(draft: Draft, platform: Platform) -> Iterator[Finding]:
    """Ports of a dependency that match none of the target's, or several."""
    for index, edge in enumerate(draft.data.get("dependencies", ())):
        target = platform.nodes.get(edge["node"])
        if target is None or isinstance(edge["ports"], str):
            continue
        for position, wanted in enumerate(edge["ports"]):
            path = (*_place(edge, index), "ports", position)
            found = find_ports(target.exposed_ports, wanted)
            if len(found) != 1:
                reason, hint = _unmatched(target, wanted, several=bool(found))
                message = f'port {wanted} of the dependency on "{target.name}" {reason}'
                yield Finding(code="CG208", path=path, message=message, hint=hint)


def _unmatched(target: Node, wanted: str | int, *, several: bool) -> tuple[str, str]:
    """Why the port is no good, and how to mend it."""
    ports = target.exposed_ports
    if several:
        return "matches several ports", "say which by name"
    if find_ports(target.ports, wanted):
        return "is hidden (expose: false)", f'let the Service of "{target.name}" show it'
    if not ports:
        return "matches no port", f'"{target.name}" has no port: such an edge only orders'
    hint = did_you_mean(str(wanted), [port.name for port in ports]) or f"its ports are {port_list(ports)}"
    return "matches no port", hint


def switched_off_dependency(draft: Draft, platform: Platform) -> Iterator[Finding]:
    """A service that is on and needs one that is off."""
    if not draft.service.enabled:
        return
    for edge in draft.service.edges:
        target = platform.nodes.get(edge.target)
        if target is not None and not target.enabled and not edge.optional and target.name != draft.service.app:
            yield Finding(
                code="CG207",
                path=edge.path[2:],
                message=f'{draft.title} needs "{edge.target}", which is switched off (enabled: false)',
                hint=f'mark the dependency optional: true, switch "{edge.target}" on, or {_itself(draft)} off',
            )


def start_cycles(platform: Platform) -> Iterator[Finding]:
    """Services that wait for each other to start, each ring once."""
    edges = {
        (node.name, edge.target): edge
        for node in platform.nodes.values()
        for edge in node.edges
        if edge.startup and edge.target != node.name
    }
    callers = Counter(target for _, target in edges)
    for cycle in find_cycles(Graph(platform.nodes, edges)):
        pairs = list(zip(cycle, [*cycle[1:], cycle[0]], strict=True))
        caller, target = min(reversed(pairs), key=lambda pair: callers[pair[1]])
        yield Finding(
            code="CG206",
            path=edges[caller, target].path,
            message=f"services wait for each other to start: {_drawn(cycle)}",
            hint=f'set startup: false on the dependency of "{caller}" on "{target}", if it can start without',
        )


def _drawn(cycle: Sequence[str]) -> str:
    names = [*cycle, cycle[0]]
    if len(names) > _SHOWN:
        names = [*names[: _SHOWN // 2], f"... {len(names) - _SHOWN} more ...", *names[-_SHOWN // 2 :]]
    return " -> ".join(names)
