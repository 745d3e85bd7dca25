"""Answers to questions about what runs elsewhere: what lets the caller out to it, port by port."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from chartgen.errors import UsageError
from chartgen.mesh import mends
from chartgen.mesh.answers import Answer, Reason
from chartgen.mesh.egress import reachable_hosts
from chartgen.mesh.grants import Outward, Why, mesh_host
from chartgen.mesh.mends import Line
from chartgen.mesh.model import Decision, Layer, Ref, Step, Verdict, Workload, worst
from chartgen.mesh.network import End, egress
from chartgen.registry.externals import network_of
from chartgen.registry.model import External

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from chartgen.mesh.answers import Scene
    from chartgen.mesh.asking import Asking
    from chartgen.mesh.parties import Party
    from chartgen.registry.model import Node

PortKey: TypeAlias = tuple[int, str]
"""A port's number and its transport."""

ELSEWHERE = "203.0.113.1"
"""An address outside every cluster (RFC 5737), for hosts whose own is not known."""

_UNSEEN = "the mesh does not carry UDP: no proxy looks at the call"


def outward(scene: Scene, asking: Asking, party: Party, name: str) -> tuple[Answer, ...]:
    """One answer for each port that is meant; UsageError for a port that there is not."""
    assert scene.expected
    labels = party.caller.labels
    calls = [
        call
        for call in scene.expected.outward.get(party.node, ())
        if call.target == name and call.pods.items() <= labels.items()
    ]
    node = scene.expected.registry.by_name()[name]
    ports = {(port.target_port, port.transport): port.name for port in node.exposed_ports}
    declared = sorted({port for call in calls for port in call.ports})
    wanted = _wanted(asking.port, ports, name) if asking.port else declared or sorted(ports)
    return tuple(_leaving(scene, party, node, calls, port, ports.get(port, "")) for port in wanted)


def _wanted(text: str, ports: Mapping[PortKey, str], name: str) -> list[PortKey]:
    """The ports of that name or number; a number that nobody declares is asked for over TCP."""
    found = [port for port, each in ports.items() if text in (each, str(port[0]))]
    if not found and not (text.isdigit() and 0 < int(text) < 65_536):
        raise UsageError(f'{name} has no port "{text}"; it has {", ".join(ports.values())}')
    return found or [(int(text), "TCP")]


def _leaving(scene: Scene, party: Party, node: Node, calls: Sequence[Outward], port: PortKey, port_name: str) -> Answer:
    assert scene.place
    host = _host(scene, node)
    network = network_of(host)
    source = End(namespace=party.caller.namespace, labels=party.caller.labels, host_network=party.host_network)
    there = End(namespace="", labels={}, address=network.partition("/")[0] or ELSEWHERE)
    steps = (
        egress(scene.world, source, there, *port),
        *_past_proxy(scene, party, mesh_host(node.name, host, network), port),
    )
    verdict = worst(each.verdict for each in steps)
    undeclared = verdict is not Verdict.ALLOWED and party.node
    over = (f"{port[0]} is asked for over UDP",) if port[1] == "UDP" else ()
    bound = f"{node.name} is outside the platform: only what lets the caller out can be judged"
    return Answer(
        caller=party.name,
        callee=node.name,
        port=port[0],
        port_name=port_name,
        request=None,
        decision=Decision(verdict=verdict, steps=steps),
        reasons=tuple(Reason(step=each) for each in steps),
        admits=tuple(
            Line(place=scene.place(call.path), words=f"{Why.EDGE}: {call.host}") for call in calls if port in call.ports
        ),
        mends=(mends.no_edge(scene, party.node, node.name),) if undeclared else (),
        notes=(*party.notes, *over, bound),
    )


def _host(scene: Scene, node: Node) -> str:
    """Where it runs: an external's host, or that of a datastore with these values."""
    assert scene.expected
    return node.host if isinstance(node, External) else scene.expected.premises.hosts[node.name][0]


def _past_proxy(scene: Scene, party: Party, host: str, port: PortKey) -> Iterator[Step]:
    """Whether the caller's proxy knows the host, where a Sidecar says what it knows; of UDP it knows nothing."""
    caller = party.caller
    pods = Workload(ref=Ref(kind="Pods", namespace=caller.namespace, name=party.name), account="", labels=caller.labels)
    reach = reachable_hosts(scene.world, pods)
    if reach.by is None:
        return
    if port[1] == "UDP":
        yield Step(layer=Layer.SIDECAR, verdict=Verdict.ALLOWED, words=_UNSEEN)
    elif reach.flaw:
        yield Step(layer=Layer.SIDECAR, verdict=Verdict.UNKNOWN, words=reach.flaw, by=reach.by)
    elif reach.anywhere or host in reach.hosts:
        yield Step(layer=Layer.SIDECAR, verdict=Verdict.ALLOWED, words=f"it lets calls to {host} out", by=reach.by)
    else:
        words = f"it does not know {host}, and refuses what it does not know"
        yield Step(layer=Layer.SIDECAR, verdict=Verdict.REFUSED, words=words, by=reach.by, where="spec.egress")
