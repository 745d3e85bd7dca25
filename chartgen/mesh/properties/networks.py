"""P12: NetworkPolicies admit whom the mesh admits, and no others, in both directions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from chartgen.mesh.grants import Grant, Who, Why
from chartgen.mesh.model import Caller, Dataplane, Identity
from chartgen.mesh.samples import STRAY
from chartgen.mesh.subject import POD, Node, Subject, caller_of
from chartgen.mesh.trees import labels_of, mapping, mappings, texts

if TYPE_CHECKING:
    from chartgen.mesh.expected import Expected
    from chartgen.mesh.model import Tree

METADATA_NAME = "kubernetes.io/metadata.name"
OUTSIDE = "198.51.100.7"
"""An address outside the cluster, of a network that nobody has."""


def callers_of(subject: Subject, grant: Grant) -> Iterator[tuple[Caller, bool]]:
    """Callers that a grant means, one for each kind of pods; whether its network policies are to let it pass too."""
    expected = subject.expected
    assert expected
    peers = expected.peers(grant)
    isolated = expected.premises.isolated and subject.rendered(grant.callee)
    if grant.why in (Why.EDGE, Why.PEERS, Why.HELM_TEST):
        pods = list(subject.pods_of(grant))
        yield from ((caller_of(grant.who, workload), isolated) for workload in pods)
        if not pods:
            yield (
                Caller(identity=_identity(grant.who), namespace=grant.who.namespace, labels=grant.pods, address=POD),
                False,
            )
        return
    identity = _identity(grant.who)
    if peers is None:
        yield Caller(identity=identity, namespace=STRAY, address=OUTSIDE), False
        return
    for peer in peers or [{}]:
        yield sample(peer, identity, subject.home), isolated


def _identity(who: Who) -> Identity | None:
    return Identity(namespace=who.namespace, account=who.account or STRAY) if who.namespace else None


def sample(peer: Tree, identity: Identity | None, home: str) -> Caller:
    """A caller that a NetworkPolicy peer means."""
    if not peer:
        return Caller(identity=identity, address=OUTSIDE)
    block = mapping(peer.get("ipBlock")).get("cidr")
    if block:
        return Caller(identity=identity, address=str(block).partition("/")[0])
    labels = dict(labels_of(mapping(peer.get("podSelector")).get("matchLabels")))
    labels |= _in_expressions(mapping(peer.get("podSelector")))
    namespaces = peer.get("namespaceSelector")
    own = identity.namespace if identity else home
    if namespaces is None:
        return Caller(identity=identity, namespace=home, labels=labels, address=POD)
    named = labels_of(mapping(namespaces).get("matchLabels")).get(METADATA_NAME)
    return Caller(identity=identity, namespace=named or own, labels=labels, address=POD)


def _in_expressions(selector: Tree) -> dict[str, str]:
    found = {}
    for each in mappings(selector.get("matchExpressions")):
        values = texts(each.get("values"))
        if each.get("operator") in ("In", "Exists"):
            found[str(each.get("key"))] = values[0] if values else ""
    return found


def reaches(subject: Subject, node: Node, caller: Caller, port: int) -> bool:
    """Whether the network ought to let a caller through to that port."""
    expected = subject.expected
    if expected is None or not expected.premises.isolated:
        return True
    for grant in _leading_to(expected, node, caller, port):
        peers = expected.peers(grant)
        if peers is not None and (not peers or any(_takes(peer, caller, subject.home) for peer in peers)):
            return True
    return False


def _leading_to(expected: Expected, node: Node, caller: Caller, port: int) -> list[Grant]:
    """What is granted there, as far as networks tell ports apart: a tunnel of ambient leads to all of them, but for
    those that are open to callers outside the mesh; and one to the waypoint, to all that is behind it."""
    tunnel = caller.identity is not None and any(each.dataplane is Dataplane.AMBIENT for each in node.workloads)
    if not tunnel:
        return node.to(port)
    shared = expected.at_waypoint if node.name in expected.behind_waypoint else ()
    return [*node.to(port), *(grant for grant in node.grants if grant.is_tunnelled), *shared]


def _takes(peer: Tree, caller: Caller, home: str) -> bool:
    block = mapping(peer.get("ipBlock")).get("cidr")
    if block is not None:
        return bool(caller.address) and _in_block(caller.address, str(block))
    if not caller.namespace:
        return False
    namespaces, pods = peer.get("namespaceSelector"), peer.get("podSelector")
    if namespaces is None and caller.namespace != home:
        return False
    named = labels_of(mapping(mapping(namespaces).get("matchLabels"))).get(METADATA_NAME)
    if named is not None and named != caller.namespace:
        return False
    return _selects(mapping(pods), caller.labels)


def _in_block(address: str, block: str) -> bool:
    from ipaddress import ip_address, ip_network

    try:
        return ip_address(address) in ip_network(block, strict=False)
    except ValueError:
        return False


def _selects(selector: Tree, labels: Mapping[str, str]) -> bool:
    wanted = {**labels_of(selector.get("matchLabels"))}
    expressions = mappings(selector.get("matchExpressions"))
    return wanted.items() <= labels.items() and all(_holds(each, labels) for each in expressions)


def _holds(expression: Tree, labels: Mapping[str, str]) -> bool:
    value, values = labels.get(str(expression.get("key"))), texts(expression.get("values"))
    match expression.get("operator"):
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case _:
            return value is None
