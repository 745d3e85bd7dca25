"""Edges between services: to nowhere, to oneself, repeated, to ports that are not there, to what is off, in a ring."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from chartgen.graph import Graph, find_cycles
from chartgen.registry.checks.subject import Draft, Finding, Platform, port_list
from chartgen.registry.ports import find_ports
from chartgen.registry.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chartgen.registry.model import Service

_SHOWN = 20
"""Longer cycles are printed with their middle left out."""


def unknown_dependency(draft: Draft, platform: Platform) -> Iterator[Finding]:
    """Dependencies on services that the registry does not have."""
    for index, edge in enumerate(draft.data.get("dependencies", ())):
        if edge["service"] not in platform.services:
            yield Finding(
                code="CG203",
                path=("dependencies", index, "service"),
                message=f'{draft.title} depends on unknown service "{edge["service"]}"',
                hint=did_you_mean(edge["service"], platform.services),
            )


def self_dependency(draft: Draft) -> Iterator[Finding]:
    """A dependency of a service on itself."""
    for index, edge in enumerate(draft.data.get("dependencies", ())):
        if edge["service"] == draft.service.name:
            yield Finding(
                code="CG204",
                path=("dependencies", index, "service"),
                message=f"{draft.title} depends on itself",
                hint="remove it: a service may always call itself",
            )


def repeated_dependency(draft: Draft) -> Iterator[Finding]:
    """A second dependency on the same service."""
    seen: set[str] = set()
    for index, edge in enumerate(draft.data.get("dependencies", ())):
        if edge["service"] in seen:
            yield Finding(
                code="CG205",
                path=("dependencies", index, "service"),
                message=f'{draft.title} names its dependency on "{edge["service"]}" twice',
                hint="keep one entry and list its ports there",
            )
        seen.add(edge["service"])


def dependency_ports(draft: Draft, platform: Platform) -> Iterator[Finding]:
    """Ports of a dependency that match none of the target's, or several."""
    for index, edge in enumerate(draft.data.get("dependencies", ())):
        target = platform.services.get(edge["service"])
        if target is None or isinstance(edge["ports"], str):
            continue
        for position, wanted in enumerate(edge["ports"]):
            path = ("dependencies", index, "ports", position)
            found = find_ports(target.exposed_ports, wanted)
            if len(found) != 1:
                reason, hint = _unmatched(target, wanted, several=bool(found))
                message = f'port {wanted} of the dependency on "{target.name}" {reason}'
                yield Finding(code="CG208", path=path, message=message, hint=hint)


def _unmatched(target: Service, wanted: str | int, *, several: bool) -> tuple[str, str]:
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
        target = platform.services.get(edge.target)
        if target is not None and not target.enabled and not edge.optional and target is not draft.service:
            yield Finding(
                code="CG207",
                path=edge.path[2:],
                message=f'{draft.title} needs "{edge.target}", which is switched off (enabled: false)',
                hint=f'mark the dependency optional: true, switch "{edge.target}" on, or "{draft.service.name}" off',
            )


def start_cycles(platform: Platform) -> Iterator[Finding]:
    """Services that wait for each other to start, each ring once."""
    edges = {
        (service.name, edge.target): edge
        for service in platform.services.values()
        for edge in service.edges
        if edge.startup and edge.target != service.name
    }
    callers = Counter(target for _, target in edges)
    for cycle in find_cycles(Graph(platform.services, edges)):
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
