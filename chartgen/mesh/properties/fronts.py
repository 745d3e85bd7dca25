"""P9 and P3, of Services: they lead to ports that are there, and let nobody in from outside whom nobody declares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from chartgen.engines.engine import Way
from chartgen.mesh.grants import NAME
from chartgen.mesh.subject import Finding, Subject
from chartgen.registry.service import Service

if TYPE_CHECKING:
    from chartgen.mesh.model import KubeService


def fronts(subject: Subject) -> Iterator[Finding]:
    """Services that lead nowhere, or out of and into the platform."""
    if not subject.expected:
        return
    open_ones = {
        front.name
        for node in subject.expected.registry.charts()
        for front in (node if isinstance(node, Service) else node.workload).fronts
        if front.open
    }
    elsewhere = {name for name, way in subject.expected.premises.ways.items() if way is Way.EXTERNAL}
    for service in subject.world.services:
        if service.ref.namespace != subject.home:
            continue
        is_elsewhere = service.opens == "type ExternalName" and service.ref.name in elsewhere
        if service.opens and not is_elsewhere and service.ref.name not in open_ones:
            words = f"{service.ref} is open to the outside ({service.opens}), and the registry declares no such thing"
            yield Finding(code="CG753", words=words, hint="`service.type` declares it", ref=service.ref)
        yield from _targets(subject, service)


def _targets(subject: Subject, service: KubeService) -> Iterator[Finding]:
    """Ports of a Service that no pod behind it has."""
    behind = subject.world.pods_of(service)
    names = sorted({each.labels.get(NAME, "") for each in behind} & subject.nodes.keys())
    callees = [callee for name in names if (callee := subject.nodes[name].callee)]
    known = {port.number for pods in behind for port in pods.ports} | {n for each in callees for n in each.ports}
    for port in service.ports if names else ():
        numbers = {number for pods in behind for number in subject.world.target_ports(pods, port)}
        if not numbers or not numbers <= known:
            words = f"{service.ref} leads to port {port.target} of {names[0]}, which its pods do not have"
            yield Finding(code="CG759", words=words, ref=service.ref)
