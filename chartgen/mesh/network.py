"""What NetworkPolicies decide: for each direction the union of those that select the pod; none: everything passes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from chartgen.mesh.clauses import Answer, either
from chartgen.mesh.model import Layer, PodPort, Step, Verdict
from chartgen.mesh.objects import NetworkPeer, NetworkPolicy, NetworkPort, NetworkRule, Selector
from chartgen.mesh.selection import Index, selects
from chartgen.mesh.world import World

_KUBELET = frozenset({"169.254.7.127/32", "fd16:9254:7127:1337:ffff:ffff:ffff:ffff/128"})
"""The node's agent, as ambient shows it to pods: nobody else has these addresses."""

_FEW = 4
"""So many peers are looked at one by one; of more, those that want the labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One end of a connection: a pod, or (`namespace` empty) something else, known by its address alone."""

    namespace: str
    labels: Mapping[str, str]
    address: str = ""
    ports: tuple[PodPort, ...] = ()
    host_network: bool = False


def ingress(world: World, caller: End, callee: End, port: int, transport: str = "TCP") -> Step:
    """Whether what selects the callee lets the caller in."""
    if callee.host_network:
        return _step(Verdict.ALLOWED, "the callee is on its node's network, where policies on pods do not hold")
    policies = [each for each in _selecting(world, callee) if each.ingress is not None or each.flaw]
    return _judge(world, policies, True, caller, callee, (port, transport))


def egress(world: World, caller: End, callee: End, port: int, transport: str = "TCP") -> Step:
    """Whether what selects the caller lets it out to the callee."""
    if caller.host_network or not caller.namespace:
        return _step(Verdict.ALLOWED, "the caller is no pod on which policies hold")
    policies = [each for each in _selecting(world, caller) if each.egress is not None or each.flaw]
    return _judge(world, policies, False, callee, callee, (port, transport))


def _selecting(world: World, end: End) -> list[NetworkPolicy]:
    """The policies that select the pod. The answer is kept with the labels, which are a workload's and outlive it."""
    key = ("networks", end.namespace, id(end.labels))
    known = world.memo.get(key)
    if known is None:
        found = [each for each in world.networks_of(end.namespace, end.labels) if selects(each.pods, end.labels)]
        known = world.memo[key] = (end.labels, found)
    policies: list[NetworkPolicy] = known[1]
    return policies


def _judge(
    world: World, policies: list[NetworkPolicy], inward: bool, peer: End, callee: End, port: tuple[int, str]
) -> Step:
    way = "in" if inward else "out"
    if not policies:
        return _step(Verdict.ALLOWED, f"no policy speaks of what goes {way}, so everything does")
    doubt: Step | None = None
    for policy in policies:
        if policy.flaw:
            doubt = doubt or _step(Verdict.UNKNOWN, f"this policy cannot be judged: {policy.flaw}", policy)
            continue
        for rule in (policy.ingress if inward else policy.egress) or ():
            answer = _on(rule, callee, port) and _of(world, rule, policy, peer)
            if answer:
                return _step(Verdict.ALLOWED, f"a rule lets it {way}", policy, rule.where)
            if answer is None:
                words = (
                    "the manifests cannot tell whether the rule matches: they lack an address, or a namespace's labels"
                )
                doubt = doubt or _step(Verdict.UNKNOWN, words, policy, rule.where)
    return doubt or _step(Verdict.REFUSED, f"no rule lets it {way}", policies[0])


def _on(rule: NetworkRule, callee: End, port: tuple[int, str]) -> bool:
    return not rule.ports or any(_is_port(each, callee, *port) for each in rule.ports)


def _is_port(wanted: NetworkPort, callee: End, port: int, transport: str) -> bool:
    if wanted.transport != transport:
        return False
    if isinstance(wanted.port, str):
        return any(
            each.name == wanted.port and each.number == port and each.transport == transport for each in callee.ports
        )
    return wanted.port is None or wanted.port <= port <= (wanted.last or wanted.port)


def _of(world: World, rule: NetworkRule, policy: NetworkPolicy, peer: End) -> Answer:
    if not rule.peers:
        return True
    peers: Iterable[NetworkPeer] = rule.peers
    if len(rule.peers) > _FEW:
        key = ("peers", id(rule))
        if key not in world.memo:
            world.memo[key] = Index(("", each.pods.labels if each.pods else {}, each) for each in rule.peers)
        peers = world.memo[key].of("", peer.labels)
    return either(is_peer(world, each, policy.ref.namespace, peer) for each in peers)


def is_peer(world: World, wanted: NetworkPeer, own: str, peer: End) -> Answer:
    """Whether a peer of a policy in the namespace `own` means that end; None where the manifests cannot tell."""
    if wanted.block:
        return _in_block(wanted, peer, world.assumed.pods)
    if not peer.namespace or peer.host_network:
        return False
    if wanted.pods is not None and not selects(wanted.pods, peer.labels):
        return False
    return (
        peer.namespace == own if wanted.namespaces is None else _in_namespace(world, wanted.namespaces, peer.namespace)
    )


def _in_namespace(world: World, wanted: Selector, name: str) -> Answer:
    labels = world.namespace_labels(name)
    if labels is not None:
        return selects(wanted, labels)
    known = {"kubernetes.io/metadata.name": name}
    keys = {*wanted.labels, *(each.key for each in wanted.requirements)}
    if keys <= known.keys():
        return selects(wanted, known)
    return None if wanted.labels.get("kubernetes.io/metadata.name", name) == name else False


def _in_block(wanted: NetworkPeer, peer: End, pods: tuple[str, ...]) -> Answer:
    block, excepted = _network(wanted.block), [_network(each) for each in wanted.excepted]
    if not peer.address and block.compressed in _KUBELET:
        return False
    if peer.address:
        address = ip_address(peer.address)
        return address in block and not any(address in each for each in excepted)
    if not peer.namespace:
        return True if not excepted and block.prefixlen == 0 else None
    ranges = [_network(each) for each in pods]
    inside = [each for each in ranges if _overlap(each, block) and not _covered(_narrower(each, block), excepted)]
    if not inside:
        return False
    return True if block.prefixlen == 0 and not excepted else None


def _overlap(one: IPv4Network | IPv6Network, other: IPv4Network | IPv6Network) -> bool:
    return one.version == other.version and one.overlaps(other)


def _narrower(one: IPv4Network | IPv6Network, other: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    return one if one.prefixlen > other.prefixlen else other


def _covered(network: IPv4Network | IPv6Network, by: Iterable[IPv4Network | IPv6Network]) -> bool:
    return any(_overlap(network, each) and each.prefixlen <= network.prefixlen for each in by)


@lru_cache(maxsize=4096)
def _network(text: str) -> IPv4Network | IPv6Network:
    return ip_network(text, strict=False)


def _step(verdict: Verdict, words: str, by: NetworkPolicy | None = None, where: str = "") -> Step:
    return Step(layer=Layer.NETWORK, verdict=verdict, words=words, by=by.ref if by else None, where=where)
