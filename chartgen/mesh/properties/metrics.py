"""P2 and P9, of metrics: the monitoring is led to the port and path that the registry declares, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from chartgen.mesh.grants import NAME, Why
from chartgen.mesh.model import Dataplane, Ref, Verdict
from chartgen.mesh.network import End, ingress
from chartgen.mesh.properties.isolation import MERGED_METRICS
from chartgen.mesh.properties.networks import callers_of
from chartgen.mesh.selection import selects
from chartgen.mesh.subject import Finding, Node, Subject, reason
from chartgen.registry.service import Service

if TYPE_CHECKING:
    from chartgen.mesh.model import Workload
    from chartgen.mesh.objects import Endpoint, Monitor

_AGENTS = {(MERGED_METRICS, "/stats/prometheus"), (15090, "/stats/prometheus")}
"""Where a sidecar's agent serves the application's metrics with its own, and where Envoy serves its own."""

_HINT = "`metrics` of the service declares what is read"


def metrics(subject: Subject) -> Iterator[Finding]:
    """Annotations and monitors that lead elsewhere, or are not there."""
    if not subject.expected:
        return
    read = set[Ref]()
    for monitor in subject.world.found.monitors:
        yield from _monitor(subject, monitor, read)
    for node in subject.nodes.values():
        if node.callee and node.callee.pods_are_made:
            declared = _declared(subject, node)
            for workload in node.workloads:
                yield from _annotated(subject, workload, declared)
            if declared:
                yield from _read_at_all(subject, node, declared, read)


def _declared(subject: Subject, node: Node) -> tuple[int, str] | None:
    """The port and the path at which the monitoring reads a node; None where it does not."""
    assert subject.expected
    service = subject.expected.by_name[node.name]
    found = service.metrics if isinstance(service, Service) and subject.expected.premises.scraped else None
    return (found.port.target_port, found.path) if found else None


def _annotated(subject: Subject, workload: Workload, declared: tuple[int, str] | None) -> Iterator[Finding]:
    """What the pods themselves tell the monitoring. A sidecar's agent reads it inside the pod, past every policy."""
    assert subject.expected
    in_sidecar, found = workload.dataplane is Dataplane.SIDECAR, workload.scraped
    wanted = (str(declared[0]), declared[1]) if declared else None
    if found is not None and found != wanted:
        words = f"{workload.ref} has the monitoring read {found[1]} on port {found[0] or '(none)'}, by its annotations"
        words += f": its sidecar shows that on port {MERGED_METRICS}" if in_sidecar else ""
        code = "CG752" if in_sidecar else "CG759"
        yield Finding(code=code, words=f"{words}; the registry declares it not", hint=_HINT, ref=workload.ref)
    elif wanted and found is None and (in_sidecar or not subject.expected.premises.monitors):
        words = f"{workload.ref} has no annotations that have the monitoring read {wanted[1]} on port {wanted[0]}"
        yield Finding(code="CG759", words=words, ref=workload.ref)


def _read_at_all(subject: Subject, node: Node, declared: tuple[int, str], read: set[Ref]) -> Iterator[Finding]:
    """Metrics that no monitor reads, where monitors are how it is done; and those that are cut off."""
    assert subject.expected
    if subject.expected.premises.monitors and not all(each.ref in read for each in node.workloads):
        words = f"no PodMonitor has {declared[1]} of {node.name} read on port {declared[0]}"
        yield Finding(code="CG759", words=words, path=node.path)
    scrapers = [each for grant in node.grants if grant.why is Why.SCRAPER for each in callers_of(subject, grant)]
    for workload in node.workloads:
        for caller, isolated in scrapers if workload.dataplane is Dataplane.SIDECAR else ():
            source = End(namespace=caller.namespace, labels=caller.labels, address=caller.address)
            target = End(namespace=workload.namespace, labels=workload.labels, ports=workload.ports)
            step = ingress(subject.world, source, target, MERGED_METRICS)
            if isolated and step.verdict is not Verdict.ALLOWED:
                words = (
                    f"the monitoring cannot read port {MERGED_METRICS}, where the sidecar of {node.name} shows metrics"
                )
                yield Finding(code="CG762", words=f"{words}: {reason(step)}", path=node.path)


def _monitor(subject: Subject, monitor: Monitor, read: set[Ref]) -> Iterator[Finding]:
    """What a monitor reads of the platform's pods; those that it reads as declared are noted."""
    pods = [each for each in _candidates(subject, monitor) if _takes(subject, monitor, each)]
    ours = monitor.namespaces == frozenset({subject.home})
    if not pods and ours and not subject.is_off(monitor.selector.labels.get(NAME, "")):
        yield Finding(code="CG759", words=f"{monitor.ref} selects no pod", ref=monitor.ref)
    for workload in pods:
        node = subject.nodes.get(workload.labels.get(NAME, ""))
        declared = _declared(subject, node) if node else None
        for each in monitor.endpoints if node else ():
            numbers = _numbers(subject, monitor, each, workload)
            if numbers and all(_fits(workload, each, number, declared) for number in numbers):
                read.add(workload.ref)
                continue
            words = f"{monitor.ref}: {each.where} reads {each.path} on port {each.port} of {workload.name}"
            words += ", which the registry does not declare"
            yield Finding(code="CG759", words=words, hint=_HINT, ref=monitor.ref)


def _candidates(subject: Subject, monitor: Monitor) -> Sequence[Workload]:
    """The platform's pods among which those are that it takes."""
    labels = monitor.selector.labels if monitor.ref.kind == "PodMonitor" else {}
    return subject.selectable(subject.home, labels)


def _fits(workload: Workload, endpoint: Endpoint, number: int, declared: tuple[int, str] | None) -> bool:
    """Whether that is where the metrics are. By a pod's address there is no mTLS: of a sidecar, its agent is asked."""
    if workload.dataplane is Dataplane.SIDECAR and (number, endpoint.path) in _AGENTS:
        return declared is not None
    return (number, endpoint.path) == declared


def _takes(subject: Subject, monitor: Monitor, workload: Workload) -> bool:
    if monitor.namespaces is not None and workload.namespace not in monitor.namespaces:
        return False
    if monitor.ref.kind == "PodMonitor":
        return selects(monitor.selector, workload.labels)
    return any(selects(monitor.selector, service.labels) for service in subject.world.services_of(workload))


def _numbers(subject: Subject, monitor: Monitor, endpoint: Endpoint, workload: Workload) -> set[int]:
    """The pod's ports that an endpoint means; none where it has no such port."""
    if endpoint.rewritten:
        return {endpoint.rewritten}
    if endpoint.of_service:
        services = (each for each in subject.world.services_of(workload) if selects(monitor.selector, each.labels))
        ports = (port for each in services for port in each.ports if port.name == endpoint.port)
        return {number for port in ports for number in subject.world.target_ports(workload, port)}
    if isinstance(endpoint.port, int):
        return {endpoint.port}
    return {each.number for each in workload.ports if each.name == endpoint.port}
