"""P2, P3 and P9, of what leads to pods: Services and ports of their nodes are those that the registry declares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from chartgen.engines.engine import Way
from chartgen.mesh.grants import NAME
from chartgen.mesh.subject import Finding, Node, Subject
from chartgen.registry.service import Service

if TYPE_CHECKING:
    from chartgen.mesh.expected import Expected
    from chartgen.mesh.model import KubeService, ServicePort
    from chartgen.registry.pod import Port

_HINT = "run `chartgen generate`; an overlay or patch may be in the way"


def fronts(subject: Subject) -> Iterator[Finding]:
    """Services that lead nowhere or elsewhere, and what lets callers from outside in."""
    if not subject.expected:
        return
    charts = subject.expected.registry.charts()
    made = {each.name: each if isinstance(each, Service) else each.workload for each in charts}
    yield from _opened(subject, subject.expected, made.values())
    for service in subject.world.services:
        if service.ref.namespace == subject.home:
            yield from _targets(subject, service)
    for node in subject.nodes.values():
        if node.callee and node.callee.pods_are_made and node.workloads:
            for name, ports in _declared(made[node.name], node).items():
                yield from _shown(subject, node, name, ports)
            yield from _on_nodes(made[node.name], node)


def _opened(subject: Subject, expected: Expected, services: Iterable[Service]) -> Iterator[Finding]:
    """Services that the outside reaches."""
    declared = {front.name for service in services for front in service.fronts if front.open}
    elsewhere = {name for name, way in expected.premises.ways.items() if way is Way.EXTERNAL}
    for service in subject.world.services:
        is_elsewhere = service.opens == "type ExternalName" and service.ref.name in elsewhere
        if service.ref.namespace != subject.home or not service.opens or is_elsewhere:
            continue
        if service.ref.name not in declared:
            words = f"{service.ref} is open to the outside ({service.opens}), and the registry declares no such thing"
            yield Finding(code="CG753", words=words, hint="`service.type` declares it", ref=service.ref)


def _declared(service: Service, node: Node) -> Mapping[str, Sequence[Port]]:
    """Service → its ports, of those by which the node is called."""
    made = {workload.name for workload in node.workloads}
    split = [each.workload.name for each in service.versions if service.split and each.workload.name in made]
    return {**{front.name: front.ports for front in service.fronts}, **dict.fromkeys(split, service.exposed_ports)}


def _shown(subject: Subject, node: Node, name: str, ports: Sequence[Port]) -> Iterator[Finding]:
    """The numbers of a Service: those of the registry, each with its port of the pods, and no others."""
    service = subject.world.service(subject.home, name)
    if service is None:
        words = f"Service {subject.home}/{name}, by which {node.name} is called, is not there"
        yield Finding(code="CG759", words=words, hint=_HINT, path=node.path)
        return
    yield from _led(subject, node, service)
    given = {(port.number, port.transport): port for port in service.ports}
    declared = {(port.port, port.transport): port.target_port for port in ports}
    for (number, transport), target in declared.items():
        port = given.get((number, transport))
        if port is None:
            words = f"{service.ref} lacks port {number}/{transport}, by which {node.name} is called"
            yield Finding(code="CG759", words=words, hint=_HINT, ref=service.ref)
        elif not _leads_to(subject, node, port) <= {target}:
            words = f"{service.ref} leads from port {number} to port {port.target} of {node.name}, not to {target}"
            yield Finding(code="CG759", words=words, hint=_HINT, ref=service.ref)
    for number, transport in given:
        if (number, transport) not in declared:
            words = f"{service.ref} shows {node.name} on port {number}/{transport}, which the registry does not declare"
            yield Finding(code="CG752", words=words, hint=_HINT, ref=service.ref)


def _led(subject: Subject, node: Node, service: KubeService) -> Iterator[Finding]:
    """A Service that leads past pods for which it stands, or to others; or whom those who call them do not see."""
    split = {each.name: each for each in node.workloads if each.name != node.name}
    behind, own = subject.world.pods_of(service), split.get(service.ref.name)
    missed = [each for each in ([own] if own else node.workloads) if each not in behind]
    strange = [each for each in behind if each not in node.workloads]
    callers = {grant.who.namespace for grant in node.grants if grant.who.namespace and not grant.is_direct}
    hidden = sorted(name for name in callers if not service.is_shown_to(name)) if subject.meshed else []
    told = [("does not lead to", str(each.ref)) for each in missed] + [("leads to", str(each.ref)) for each in strange]
    told += [("is not shown to the proxies of", f"namespace {name}") for name in hidden]
    for words, what in told:
        where = f"{service.ref}, by which {node.name} is called, {words} {what}"
        yield Finding(code="CG759", words=where, hint=_HINT, ref=service.ref)


def _leads_to(subject: Subject, node: Node, port: ServicePort) -> set[int]:
    return {number for pods in node.workloads for number in subject.world.target_ports(pods, port)}


def _on_nodes(service: Service, node: Node) -> Iterator[Finding]:
    """Ports of the cluster's nodes that lead to pods."""
    containers = [*(each.main for each in service.workloads), *service.sidecars]
    declared = {(port.target_port, port.host_port) for each in containers for port in each.ports}
    for workload in node.workloads:
        for port in workload.ports:
            if port.host_port and (port.number, port.host_port) not in declared:
                words = f"{workload.ref} is open to the outside (hostPort {port.host_port})"
                words += ", and the registry declares no such thing"
                yield Finding(code="CG753", words=words, hint="`ports[].hostPort` declares it", ref=workload.ref)


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
