"""P12: what every pod needs of the network, and that there is an end to where it may go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chartgen.mesh.grants import Outward
from chartgen.mesh.model import Dataplane, PodPort, Step, Verdict
from chartgen.mesh.network import End, egress, ingress
from chartgen.mesh.properties.isolation import DNS, ISTIOD, KUBELET
from chartgen.mesh.properties.networks import OUTSIDE
from chartgen.mesh.samples import STRAY
from chartgen.mesh.subject import POD, Finding, Subject, reason
from chartgen.registry.kubernetes import GATEWAY_NAME
from chartgen.registry.mesh import GatewayApi
from chartgen.registry.waypoints import behind_waypoint, waypoint_name

if TYPE_CHECKING:
    from chartgen.registry.service import Path

_STRAY_PORT = 64999


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pods:
    """Pods as a caller, and what every pod needs to reach."""

    name: str
    end: End
    path: Path | None
    in_sidecars: bool
    probed: tuple[int, ...] = ()
    outward: tuple[Outward, ...] = ()


def basics(subject: Subject) -> Iterator[Finding]:
    """Pods that may reach everything, or not what they need."""
    if not subject.expected or not subject.expected.premises.isolated:
        return
    for pods in _all(subject):
        stranger = End(namespace=STRAY, labels={"app": STRAY}, address=POD)
        step = egress(subject.world, pods.end, stranger, _STRAY_PORT)
        if step.verdict is not Verdict.REFUSED:
            yield _endless(f"where {pods.name} may go", step, pods.path)
            continue
        for what, step in _needs(subject, pods):
            if step.verdict is not Verdict.ALLOWED:
                yield Finding(code="CG762", words=f"{pods.name} cannot reach {what}: {reason(step)}", path=pods.path)
        kubelet = End(namespace="", labels={}, address=KUBELET[0].partition("/")[0])
        probes = (ingress(subject.world, kubelet, pods.end, port) for port in pods.probed)
        cut = next((step for step in probes if step.verdict is not Verdict.ALLOWED), None)
        if cut:
            yield Finding(code="CG762", words=f"the kubelet cannot probe {pods.name}: {reason(cut)}", path=pods.path)
    yield from _door(subject)
    yield from _waypoint(subject)


def _waypoint(subject: Subject) -> Iterator[Finding]:
    """The waypoint's own pods, which Istio makes."""
    assert subject.expected
    mesh, registry = subject.expected.registry.mesh, subject.expected.registry
    if mesh is None or not behind_waypoint(registry):
        return
    name = waypoint_name(registry.metadata.name)
    pods = _Pods(name=name, end=_end(subject.home, {GATEWAY_NAME: name}), path=mesh.path, in_sidecars=True)
    stranger = End(namespace=STRAY, labels={"app": STRAY}, address=POD)
    step = egress(subject.world, pods.end, stranger, _STRAY_PORT)
    if step.verdict is not Verdict.REFUSED:
        yield _endless(f"where {name} may go", step, mesh.path)
    for what, step in _needs(subject, pods):
        if step.verdict is not Verdict.ALLOWED:
            yield Finding(code="CG762", words=f"{name} cannot reach {what}: {reason(step)}", path=mesh.path)


def _all(subject: Subject) -> Iterator[_Pods]:
    assert subject.expected
    for node in subject.nodes.values():
        for workload in node.workloads:
            outward = subject.expected.outward.get(node.name, ())
            yield _Pods(
                name=node.name,
                end=_end(workload.namespace, workload.labels),
                path=node.path,
                in_sidecars=subject.meshed and workload.dataplane is Dataplane.SIDECAR,
                probed=tuple(port.number for port in workload.ports if port.transport == "TCP")
                if workload.dataplane is Dataplane.AMBIENT
                else (),
                outward=tuple(each for each in outward if each.pods.items() <= workload.labels.items()),
            )


def _end(namespace: str, labels: Mapping[str, str]) -> End:
    return End(namespace=namespace, labels=labels, address=POD)


def _needs(subject: Subject, pods: _Pods) -> Iterator[tuple[str, Step]]:
    assert subject.expected
    for transport in ("UDP", "TCP"):
        port = PodPort(number=DNS, transport=transport)
        names = End(namespace="kube-system", labels={"k8s-app": "kube-dns"}, address=POD, ports=(port,))
        yield f"DNS ({transport})", egress(subject.world, pods.end, names, DNS, transport)
    if pods.in_sidecars:
        istiod = End(namespace=subject.expected.premises.control_plane, labels={"app": "istiod"}, address=POD)
        yield "istiod", egress(subject.world, pods.end, istiod, ISTIOD)
    for each in pods.outward:
        target = End(namespace="", labels={}, address=each.network.partition("/")[0] or OUTSIDE)
        for port_number, transport in each.ports:
            yield f"{each.host}:{port_number}", egress(subject.world, pods.end, target, port_number, transport)


def _door(subject: Subject) -> Iterator[Finding]:
    """The gateway's own pods, where Istio makes them beside the Gateway."""
    expected = subject.expected
    gateway = expected.registry.gateway if expected else None
    beside = expected is not None and subject.meshed and expected.premises.ingress.namespace == subject.home
    if not expected or not gateway or not beside or gateway.api is not GatewayApi.GATEWAY:
        return
    end = _end(subject.home, {GATEWAY_NAME: gateway.name})
    stranger = End(namespace=STRAY, labels={"app": STRAY}, address=POD)
    outside = End(namespace="", labels={}, address=OUTSIDE)
    pods = _Pods(name=f"gateway {gateway.name}", end=end, path=gateway.path, in_sidecars=True)
    doors = [80, 443] if gateway.tls else [80]
    cases = [(f"port {port} of the door", ingress(subject.world, outside, end, port)) for port in doors]
    cases += list(_needs(subject, pods))
    for what, step in cases:
        if step.verdict is not Verdict.ALLOWED:
            yield Finding(code="CG762", words=f"{what} is cut off: {reason(step)}", path=gateway.path)
    for what, step in (
        ("where the door may go", egress(subject.world, end, stranger, _STRAY_PORT)),
        ("which ports of the door are open", ingress(subject.world, outside, end, _STRAY_PORT)),
    ):
        if step.verdict is not Verdict.REFUSED:
            yield _endless(what, step, gateway.path)


def _endless(what: str, step: Step, path: Path | None) -> Finding:
    """What ought to have an end, and has none or one that nobody can tell."""
    if step.verdict is Verdict.UNKNOWN:
        return Finding(code="CG770", words=f"it cannot be judged {what}: {reason(step)}", path=path)
    return Finding(code="CG762", words=f"nothing ends {what}: {reason(step)}", path=path)
