"""P16 at the door: calls from outside may take as long as their route says, and are not made again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from chartgen.mesh.properties.door import Leads, leading, within
from chartgen.mesh.properties.traffic import seconds
from chartgen.mesh.subject import Finding, Subject

if TYPE_CHECKING:
    from chartgen.registry.mesh import Route


def waits(subject: Subject) -> Iterator[Finding]:
    """Routes of the door that wait otherwise than declared, or try again."""
    gateway = subject.expected.registry.gateway if subject.expected else None
    if not subject.expected or not gateway:
        return
    for name, leads in leading(subject, gateway).items():
        for each in leads:
            meant = [route for route in gateway.routes_to(name) if within(subject.expected, gateway, route, each)]
            if meant and not any(seconds(route.timeout) == seconds(each.timeout) for route in meant):
                yield _told(
                    each, meant[0], f"the timeout is {each.timeout or 'none'}, not {meant[0].timeout or 'none'}"
                )
            if meant and each.attempts:
                yield _told(each, meant[0], f"{each.attempts} more tries, and the registry declares none")


def _told(each: Leads, route: Route, words: str) -> Finding:
    path = each.match.path if each.match.path_type in ("", "Exact") else f"{each.match.path}*"
    what = " ".join(part for part in (", ".join(each.hosts), path) if part)
    return Finding(code="CG766", words=f"{each.ref}: {each.where}, {what}: {words}", path=route.path, ref=each.ref)
