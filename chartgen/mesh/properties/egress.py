"""P13: a workload's proxy knows of what its service depends on, and of the control plane."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from chartgen.mesh.egress import Reach, reachable_hosts
from chartgen.mesh.model import Dataplane
from chartgen.mesh.subject import Finding, Node, Subject
from chartgen.registry.mesh import Egress

if TYPE_CHECKING:
    from chartgen.mesh.expected import Expected
    from chartgen.mesh.model import Workload
    from chartgen.registry.service import Path


def egress(subject: Subject) -> Iterator[Finding]:
    """Sidecars that know more or less, and entries of hosts that nobody declares."""
    expected = subject.expected
    mesh = expected.registry.mesh if expected else None
    if not expected or not mesh:
        return
    closed = mesh.egress is Egress.REGISTRY_ONLY and not mesh.audit
    for node in subject.nodes.values():
        for workload in node.workloads:
            if workload.dataplane is Dataplane.SIDECAR:
                yield from _workload(subject, expected, node, workload, closed=closed)
    yield from _entries(subject, expected)
    for entry in subject.world.found.service_entries:
        for host in entry.hosts:
            if host not in expected.outer_hosts:
                words = f"{entry.ref} lets calls out to {host}, which the registry does not declare"
                yield Finding(code="CG763", words=words, ref=entry.ref)


def _entries(subject: Subject, expected: Expected) -> Iterator[Finding]:
    """Calls that leave the platform need an entry with their host and port."""
    known = {
        (host, port)
        for entry in subject.world.found.service_entries
        for host in entry.hosts
        for port, *_ in entry.ports
    }
    told: set[tuple[str, int]] = set()
    for calls in expected.outward.values():
        for each in calls:
            for port, transport in each.ports if not _is_inside(subject, each.mesh_host) else ():
                if transport == "TCP" and (each.mesh_host, port) not in known | told:
                    told.add((each.mesh_host, port))
                    words = f"no ServiceEntry tells the mesh of {each.mesh_host}:{port}, which {each.caller} calls"
                    yield Finding(code="CG763", words=words, path=each.path)


def _workload(
    subject: Subject, expected: Expected, node: Node, workload: Workload, *, closed: bool
) -> Iterator[Finding]:
    reach, path = reachable_hosts(subject.world, workload), node.path
    if reach.flaw or reach.by is None:
        words = reach.flaw or f"no Sidecar holds for {node.name}: its proxy knows every host of the mesh"
        yield Finding(code="CG763", words=words, path=path, ref=reach.by)
        return
    if closed and reach.anywhere:
        words = f"{reach.by} lets {node.name} call hosts that it does not declare"
        yield Finding(code="CG763", words=words, path=path, ref=reach.by)
    yield from _missing(subject, expected, node, workload, reach)
    yield from _unlisted(subject, expected, node, workload, reach)
    yield from _unasked(subject, expected, node, workload, reach, path)


def _missing(subject: Subject, expected: Expected, node: Node, workload: Workload, reach: Reach) -> Iterator[Finding]:
    """What is rendered, is called, and is hidden."""
    wanted: dict[str, Path] = {}
    for grant in expected.called.get(node.name, ()):
        if grant.pods.items() <= workload.labels.items():
            for callee in subject.nodes[grant.callee].workloads:
                for service in subject.world.services_at(callee, grant.port):
                    wanted.setdefault(subject.host_of(service.ref.name, service.ref.namespace), grant.path)
    for each in expected.outward.get(node.name, ()):
        there = each.mesh_host in subject.hosts or _is_inside(subject, each.mesh_host)
        if there and each.pods.items() <= workload.labels.items():
            wanted.setdefault(each.mesh_host, each.path)
    listed = {each.host for each in reach.declared}
    for host, path in wanted.items():
        if host not in listed and host not in reach.hosts:
            words = f"{reach.by} hides {host} from {node.name}, which calls it"
            yield Finding(code="CG763", words=words, path=path, ref=reach.by)


def _is_inside(subject: Subject, host: str) -> bool:
    """Whether a host is a Service of the cluster, which the mesh knows without a ServiceEntry."""
    return host.endswith(f".svc.{subject.world.assumed.cluster_domain}")


def _unlisted(subject: Subject, expected: Expected, node: Node, workload: Workload, reach: Reach) -> Iterator[Finding]:
    """Calls to pods by their addresses, on ports of no headless Service: a proxy sends them on as plaintext, or to
    nobody."""
    for grant in expected.called.get(node.name, ()):
        mine = grant.listed and grant.pods.items() <= workload.labels.items()
        for callee in subject.nodes[grant.callee].workloads if mine else ():
            if not any(each.headless for each in subject.world.services_at(callee, grant.port)):
                words = (
                    f"no headless Service lists port {grant.port} of {grant.callee}, on which {node.name} calls pods "
                )
                words += "by their addresses: its proxy knows none of them, and proves nobody's identity"
                yield Finding(code="CG763", words=words, path=grant.path, ref=reach.by)


def _unasked(
    subject: Subject, expected: Expected, node: Node, workload: Workload, reach: Reach, path: Path | None
) -> Iterator[Finding]:
    """What the Sidecar names beyond what is declared."""
    home, control = expected.premises.namespace, expected.premises.control_plane
    allowed = {subject.host_of(name, home) for name in expected.fronts.get(node.name, ())}
    for grant in expected.called.get(node.name, ()):
        if grant.pods.items() <= workload.labels.items():
            allowed |= {subject.host_of(name, home) for name in expected.fronts[grant.callee]}
    for each in expected.outward.get(node.name, ()):
        if each.pods.items() <= workload.labels.items():
            allowed |= {each.mesh_host, each.host, *(subject.host_of(name, home) for name in each.fronts)}
    if node.callee and not node.callee.pods_are_made:
        allowed.add(subject.host_of("kubernetes", "default"))
    for entry in reach.declared:
        if entry.host not in allowed and (entry.namespace, entry.host) != (control, "*"):
            words = f"{reach.by} shows {entry.namespace}/{entry.host} to {node.name}, which does not declare it"
            yield Finding(code="CG763", words=words, path=path, ref=reach.by)
