"""Answers to questions about UDP: no proxy sees it, so networks alone decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartgen.mesh import mends
from chartgen.mesh.answers import Answer, Reason, Scene, granted_to, line_of
from chartgen.mesh.model import Decision, Layer, Step, Verdict, worst
from chartgen.mesh.network import End, egress, ingress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.mesh.asking import Asking
    from chartgen.mesh.grants import Grant
    from chartgen.mesh.parties import Party, Target
    from chartgen.registry.pod import Port

_UNSEEN = "the mesh does not carry UDP: no certificate, no token and no policy, whoever calls"


def over_udp(scene: Scene, asking: Asking, party: Party, target: Target) -> tuple[Answer, ...]:
    """One answer for each port that is meant and speaks UDP: the named ones, or, where no port is named, those that the
    registry opens for the caller alone in UDP."""
    granted = granted_to(scene, party, target)
    return tuple(
        _answer(scene, party, target, port, [g for g in granted if (g.port, g.transport) == (port.target_port, "UDP")])
        for port in _meant(scene, asking, target, granted)
    )


def _meant(scene: Scene, asking: Asking, target: Target, granted: list[Grant]) -> Iterator[Port]:
    node = scene.expected.registry.by_name().get(target.callee.name) if scene.expected and target.callee else None
    declared = [grant for grant in granted if grant.is_declared]
    open_ = {grant.port for grant in declared} if all(grant.transport == "UDP" for grant in declared) else set()
    for port in node.exposed_ports if node else ():
        named = asking.port in (port.name, str(port.port), str(port.target_port))
        if port.transport == "UDP" and (named if asking.port else port.target_port in open_):
            yield port


def _answer(scene: Scene, party: Party, target: Target, port: Port, here: list[Grant]) -> Answer:
    caller, callee = party.caller, target.workload
    source = End(
        namespace=caller.namespace, labels=caller.labels, address=caller.address, host_network=party.host_network
    )
    there = End(namespace=callee.namespace, labels=callee.labels, ports=callee.ports, host_network=callee.host_network)
    out = (egress(scene.world, source, there, port.target_port, "UDP"),) if caller.namespace else ()
    unseen = Step(layer=Layer.AUTHORIZATION, verdict=Verdict.ALLOWED, words=_UNSEEN)
    steps = (*out, ingress(scene.world, source, there, port.target_port, "UDP"), unseen)
    verdict = worst(step.verdict for step in steps)
    undeclared = verdict is not Verdict.ALLOWED and not here and party.node
    return Answer(
        caller=party.name,
        callee=target.name,
        port=port.target_port,
        port_name=port.name,
        request=None,
        decision=Decision(verdict=verdict, steps=steps),
        reasons=tuple(Reason(step=step) for step in steps),
        admits=tuple(line_of(scene, grant) for grant in here),
        mends=(mends.no_edge(scene, party.node, target.name),) if undeclared else (),
        notes=(*party.notes, *target.notes, f"{port.target_port} is asked for over UDP"),
    )
