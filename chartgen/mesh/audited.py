"""P17: what passes while policies are dry runs, and would be refused if they were in force. Asked of the manifests: the
networks, and mTLS as it is, let a call through now; the same policies in force would not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from chartgen.mesh.grants import Grant
from chartgen.mesh.model import Caller, Identity, Request, Verdict
from chartgen.mesh.network import End, is_peer
from chartgen.mesh.properties.calls import STRAY_PORTS, guarded, host_of, ports_of
from chartgen.mesh.properties.isolation import KUBELET, shown
from chartgen.mesh.properties.networks import METADATA_NAME, OUTSIDE, callers_of
from chartgen.mesh.samples import STRAY, STRAY_METHOD, STRAY_PATH, bad_requests, bad_tokens, good_requests
from chartgen.mesh.selection import selects
from chartgen.mesh.subject import POD
from chartgen.registry.kubernetes import GATEWAY_NAME

if TYPE_CHECKING:
    from chartgen.mesh.model import Workload
    from chartgen.mesh.objects import NetworkPeer
    from chartgen.mesh.subject import Node, Subject

PLAINTEXT = "without mTLS"
UNDECLARED = "calls that nobody declares"
UNNAMED = "calls that no rule names"
_STRANGER = "anyone in the mesh"
_ANYONE = "anyone"
_ANY_POD = "any pod of the namespace"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Unrefused:
    """Calls of one caller to one port (0: to ports that nobody declares) that pass now; `what` of them would not."""

    callee: str
    port: int
    port_name: str = ""
    caller: str
    what: str
    sets: tuple[str, ...] = ()
    transport: str = "TCP"


def unrefused(subject: Subject) -> Iterator[Unrefused]:
    """What would be refused, by callee and port; nothing where no policy is a dry run."""
    if any(policy.dry_run for policy in subject.world.found.authorization):
        for node in subject.nodes.values():
            of_node = (each for workload in guarded(subject, node) for each in _to(subject, node, workload))
            yield from sorted(dict.fromkeys(of_node))


def united(sets: Iterable[tuple[str, Iterable[Unrefused]]]) -> tuple[Unrefused, ...]:
    """Those of several sets of values, each with the sets that have it."""
    found: dict[Unrefused, list[str]] = {}
    for name, of_set in sets:
        for each in of_set:
            found.setdefault(each, []).append(name)
    return tuple(sorted(replace(each, sets=tuple(names)) for each, names in found.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """A caller that some network lets in. `direct`: it calls pods by their addresses."""

    name: str
    caller: Caller
    direct: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Port:
    """A port that is asked for."""

    subject: Subject
    node: Node
    workload: Workload
    port: int

    def refused_later(self, caller: Caller, request: Request | None, *, direct: bool = False) -> bool:
        """Whether a call passes now, and would not."""
        ask = partial(self.subject.ask, caller, self.workload, self.port, request, direct=direct)
        return ask(dry_run=False).verdict is not Verdict.REFUSED and ask(dry_run=True).verdict is Verdict.REFUSED

    def stray(self) -> Request | None:
        """A request that no registry would name."""
        return Request(method=STRAY_METHOD, path=STRAY_PATH) if self.port in self.node.http else None

    def told(self, caller: str, what: str) -> Unrefused:
        """The line for it."""
        names = self.node.callee.ports if self.node.callee else {}
        port = 0 if self.port in STRAY_PORTS else self.port
        return Unrefused(callee=self.node.name, port=port, port_name=names.get(port, ""), caller=caller, what=what)


def _to(subject: Subject, node: Node, workload: Workload) -> Iterator[Unrefused]:
    known = list(_let_in(subject, node, workload))
    for number in ports_of(node, workload):
        yield from _on(_Port(subject=subject, node=node, workload=workload, port=number), known)


def _on(port: _Port, known: Sequence[_Known]) -> Iterator[Unrefused]:
    """Where anyone passes, nobody is named for the same."""
    outside = Caller(identity=None, address=OUTSIDE)
    stranger = Caller(
        identity=Identity(namespace=port.workload.namespace, account=STRAY),
        namespace=port.workload.namespace,
        labels={"app": STRAY},
        address=POD,
    )
    undeclared = UNDECLARED if port.subject.expected else UNNAMED
    plain, open_ = port.refused_later(outside, port.stray()), port.refused_later(stranger, port.stray())
    around = not plain and port.refused_later(replace(stranger, identity=None), port.stray())
    if plain or around:
        yield port.told(_ANYONE if plain else _ANY_POD, PLAINTEXT)
    if open_:
        yield port.told(_STRANGER, undeclared)
    for each in known:
        bare = replace(each.caller, identity=None)
        if not (plain or around) and port.refused_later(bare, port.stray(), direct=each.direct):
            yield port.told(each.name, PLAINTEXT)
        mine = [grant for grant in port.node.to(port.port) if grant.transport == "TCP" and _is(each.caller, grant)]
        if mine:
            yield from _beside(port, each, mine)
        elif not open_ and port.refused_later(each.caller, port.stray(), direct=each.direct):
            yield port.told(each.name, undeclared)


def _is(caller: Caller, grant: Grant) -> bool:
    return grant.who.holds(caller.identity) and grant.pods.items() <= caller.labels.items()


def _beside(port: _Port, known: _Known, mine: Sequence[Grant]) -> Iterator[Unrefused]:
    """Requests of a declared caller that are not declared, and those with tokens that would not do."""
    for grant in mine if port.port in port.node.http else ():
        host = host_of(port.subject, grant)
        others = bad_requests(grant, mine, host) if grant.methods or grant.paths else ()
        if any(port.refused_later(known.caller, request, direct=known.direct) for request in others):
            listed = "; ".join(dict.fromkeys(_shown(each) for each in mine if _shown(each)))
            yield port.told(known.name, f"requests beside {listed}")
        request = next(good_requests(grant, host), None)
        wrong = list(bad_tokens(grant.demand)) if grant.demand else []
        faults = [
            words
            for words, token in wrong
            if request and port.refused_later(known.caller, replace(request, token=token), direct=known.direct)
        ]
        if faults:
            which = "without the right token" if len(faults) == len(wrong) else f"with {', '.join(faults)}"
            yield port.told(known.name, f"{_shown(grant)} {which}".strip())


def _shown(grant: Grant) -> str:
    return " ".join(filter(None, (", ".join(grant.methods), " ".join(grant.paths))))


def _let_in(subject: Subject, node: Node, workload: Workload) -> Iterator[_Known]:
    """The registry's callers; and whoever a NetworkPolicy lets in beside them."""
    found: dict[tuple[str, str, tuple[tuple[str, str], ...]], _Known] = {}
    for grant in node.grants:
        for caller, _ in callers_of(subject, grant):
            if caller.identity is not None:
                key = (grant.caller, str(caller.identity), tuple(sorted(caller.labels.items())))
                found.setdefault(key, _Known(name=grant.caller, caller=caller, direct=grant.is_direct))
    yield from found.values()
    ends = [_end(each.caller) for each in found.values()]
    for policy in subject.world.networks_of(workload.namespace, workload.labels):
        if policy.ingress is None or not selects(policy.pods, workload.labels):
            continue
        for peer in (peer for rule in policy.ingress for peer in rule.peers):
            if not _is_of_mesh(subject, workload, peer) and not any(
                is_peer(subject.world, peer, policy.ref.namespace, end) for end in ends
            ):
                yield from _behind(subject, workload, peer)


def _is_of_mesh(subject: Subject, workload: Workload, peer: NetworkPeer) -> bool:
    """The kubelet, whose probes no policy concerns, and the waypoint, whose calls are its callers'."""
    made = peer.pods.labels.get(GATEWAY_NAME, "") if peer.pods else ""
    gateway = subject.world.gateway(workload.namespace, made)
    return peer.block in KUBELET or (gateway is not None and gateway.is_waypoint)


def _end(caller: Caller) -> End:
    return End(namespace=caller.namespace, labels=caller.labels, address=caller.address)


def _behind(subject: Subject, workload: Workload, peer: NetworkPeer) -> Iterator[_Known]:
    """The rendered pods that a peer means; where there are none, somebody whom it means."""
    pods = [] if peer.block or peer.pods is None else subject.selectable(workload.namespace, peer.pods.labels)
    meant = [each for each in pods if is_peer(subject.world, peer, workload.namespace, _end(_as_caller(each)))]
    yield from (_Known(name=each.name, caller=_as_caller(each)) for each in meant)
    if not meant:
        yield _Known(name=shown(peer), caller=_sample(peer, workload.namespace))


def _as_caller(workload: Workload) -> Caller:
    return Caller(identity=workload.identity, namespace=workload.namespace, labels=workload.labels, address=POD)


def _sample(peer: NetworkPeer, home: str) -> Caller:
    if peer.block:
        return Caller(identity=None, address=peer.block.partition("/")[0])
    listed = {each.key: each.values[0] for each in peer.pods.requirements if each.values} if peer.pods else {}
    named = peer.namespaces.labels.get(METADATA_NAME, STRAY) if peer.namespaces else home
    labels = {**listed, **(peer.pods.labels if peer.pods else {})}
    return Caller(identity=Identity(namespace=named, account=STRAY), namespace=named, labels=labels, address=POD)
