"""P12, from the policies' side: no rule of a NetworkPolicy opens more than the registry, in either direction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING

from chartgen.mesh.grants import ANYONE, NAME, Callee, Grant, Outward, Who, Why
from chartgen.mesh.model import Dataplane, Layer, Ref, Verdict
from chartgen.mesh.objects import Action, NetworkPeer, NetworkPolicy, NetworkPort, NetworkRule
from chartgen.mesh.properties.networks import METADATA_NAME
from chartgen.mesh.properties.rules import atoms, attached, on_pods
from chartgen.mesh.selection import selects
from chartgen.mesh.subject import Finding, Node, Subject, at, caller_of, deciding, reason
from chartgen.mesh.trees import labels_of, mapping, mappings, texts
from chartgen.registry.kubernetes import GATEWAY_NAME
from chartgen.registry.waypoints import behind_waypoint, waypoint_name

if TYPE_CHECKING:
    from chartgen.mesh.model import Tree, Workload

DNS, ISTIOD, HBONE, MERGED_METRICS = 53, 15012, 15008, 15020
DOORS = (80, 443, 15021)
"""The ports of a door, and that on which it says that it is ready."""

INGRESS = "ingress"
PART_OF = "app.kubernetes.io/part-of"
API_SERVER = (443, 6443)
KUBELET = ("169.254.7.127/32", "fd16:9254:7127:1337:ffff:ffff:ffff:ffff/128")
"""From where the kubelet's probes come in ambient: Istio puts these addresses in the place of its own."""

HINT = "run `chartgen generate`, and look for an overlay or patch that adds the rule"


def isolation(subject: Subject) -> Iterator[Finding]:
    """What NetworkPolicies open beyond the registry."""
    if not subject.expected or not subject.expected.premises.isolated:
        return
    for node in subject.nodes.values():
        seen: set[object] = set()
        for workload in node.workloads:
            for policy in subject.world.networks_of(workload.namespace, workload.labels):
                # What cannot be judged is told by itself.
                if policy.ref not in seen and not policy.flaw and selects(policy.pods, workload.labels):
                    seen.add(policy.ref)
                    yield from _inward(subject, node, workload, policy)
                    yield from _outward(subject, node, workload, policy)
    yield from _of_gateways(subject)


def _of_gateways(subject: Subject) -> Iterator[Finding]:
    """The pods that Istio makes for the door and the waypoint."""
    assert subject.expected
    registry = subject.expected.registry
    behind = behind_waypoint(registry)
    grants = [grant for name in sorted(behind) for grant in subject.expected.grants.get(name, ())]
    names = {waypoint_name(registry.metadata.name): grants}
    if registry.gateway:
        passed = (grant for grants in subject.expected.grants.values() for grant in grants)
        names[registry.gateway.name] = [grant for grant in passed if grant.caller == INGRESS]
    for name, leads in names.items():
        for policy in subject.world.networks_of(subject.home, {GATEWAY_NAME: name}):
            is_door = registry.gateway is not None and name == registry.gateway.name
            for rule in policy.ingress or ():
                for peer, port in product(rule.peers or (None,), rule.ports or (None,)):
                    if not _may_knock(subject, leads, is_door, peer, port):
                        yield _told(policy, rule, f"lets {shown(peer)} reach {name} on {_port(port)}")
            for rule in policy.egress or ():
                for peer, port in product(rule.peers or (None,), rule.ports or (None,)):
                    if not _may_lead(subject, leads, peer, port):
                        yield _told(policy, rule, f"lets {name} reach {shown(peer)} on {_port(port)}")


def _may_knock(
    subject: Subject, leads: Sequence[Grant], is_door: bool, peer: NetworkPeer | None, port: NetworkPort | None
) -> bool:
    assert subject.expected
    number = port.port if port and not port.last and isinstance(port.port, int) else 0
    if is_door and number in DOORS and peer is None:
        return True
    if number == MERGED_METRICS:
        return any(narrows(peer, each) for each in subject.expected.premises.from_monitoring)
    if peer is not None and peer.block in KUBELET:
        return True
    plain = {grant.port for grant in leads}
    own = {"podSelector": {"matchLabels": {PART_OF: subject.expected.registry.metadata.name}}}
    if not is_door and number == HBONE and narrows(peer, own):
        return True
    return not is_door and number in (HBONE, *plain) and any(_covers(subject, grant, peer) for grant in leads)


def _may_lead(subject: Subject, leads: Sequence[Grant], peer: NetworkPeer | None, port: NetworkPort | None) -> bool:
    assert subject.expected
    number = port.port if port and not port.last and isinstance(port.port, int) else 0
    if peer is None or number == 0:
        return False
    if number in (DNS, ISTIOD):
        return _namespace(peer) == ("kube-system" if number == DNS else subject.expected.premises.control_plane)
    if number == HBONE and _is_waypoint(subject, peer):
        return True
    callees = {grant.callee for grant in leads if number in (grant.port, HBONE)}
    callees |= behind_waypoint(subject.expected.registry) if number == HBONE else frozenset()
    return bool(_names(peer)) and _names(peer) <= callees


def _names(peer: NetworkPeer) -> frozenset[str]:
    """The values of the name label that a peer takes, of pods of its own namespace; none where it takes others too."""
    if peer.pods is None or peer.namespaces is not None or peer.block:
        return frozenset()
    listed = [each.values for each in peer.pods.requirements if (each.key, each.operator) == (NAME, "In")]
    plain = [(value,) for key, value in peer.pods.labels.items() if key == NAME]
    return frozenset(next(iter([*plain, *listed]), ()))


def agreement(subject: Subject) -> Iterator[Finding]:
    """P12 without a registry: whom rules of the mesh name, the network lets through, and the other way round."""
    if subject.expected or not subject.meshed:
        return
    for node in subject.nodes.values():
        workload = node.workloads[0]
        policies = [p for p in subject.world.networks_of(workload.namespace, workload.labels) if p.ingress is not None]
        selected = [policy for policy in policies if selects(policy.pods, workload.labels)]
        yield from _cut_off(subject, node, workload)
        if selected:
            yield from _let_through(subject, node, workload, selected)


def _cut_off(subject: Subject, node: Node, workload: Workload) -> Iterator[Finding]:
    for who, port, ref in admitted(subject, node, workload):
        callers = subject.by_account.get((who.namespace, who.account), ())
        decisions = [subject.ask(caller_of(who, caller), workload, port) for caller in callers]
        passing = any(at(decision, (Layer.NETWORK,)) is Verdict.ALLOWED for decision in decisions)
        if decisions and not passing:  # several may share an account
            words = f"{ref} lets {callers[0].name} call {node.name}:{port}, and no network does: "
            yield Finding(code="CG762", words=words + reason(deciding(decisions[0], (Layer.NETWORK,))), ref=ref)


def admitted(subject: Subject, node: Node, workload: Workload) -> list[tuple[Who, int, Ref]]:
    """(who, port, policy) that ALLOW rules name plainly."""
    found = [
        (atom.who, atom.port, policy.ref)
        for policy, service in attached(subject, workload)
        for rule in (policy.rules if policy.action is Action.ALLOW and not policy.dry_run else ())
        for atom in (on_pods(subject, node, each, service) for each in atoms(subject, policy, rule))
    ]
    ports = sorted(subject.ports_of(node, workload))
    return list(dict.fromkeys((who, n, ref) for who, port, ref in found for n in ([port] if port else ports)))


def _let_through(
    subject: Subject, node: Node, workload: Workload, policies: Sequence[NetworkPolicy]
) -> Iterator[Finding]:
    named = [(who, port) for who, port, _ in admitted(subject, node, workload)]
    if workload.dataplane is Dataplane.AMBIENT:  # the tunnel leads to all of its ports
        named += [(who, HBONE) for who, _ in named]
    known = {(who.namespace, who.account, port) for who, port in named}
    anyone = {port for who, port in named if who == ANYONE}
    for policy in policies:
        for peer, port in ((p, n) for rule in policy.ingress or () for p, n in product(rule.peers, rule.ports)):
            number = number_of(workload, port)
            for caller in subject.by_namespace.get(workload.namespace, ()):
                plain = peer.namespaces is None and not peer.block and peer.pods is not None
                if (
                    not number
                    or number in anyone
                    or not plain
                    or not peer.pods
                    or not selects(peer.pods, caller.labels)
                ):
                    continue
                if (caller.namespace, caller.account, number) not in known:
                    words = f"{policy.ref} lets {caller.name} reach {node.name}:{number}, and no rule of the mesh does"
                    yield Finding(code="CG762", words=words, ref=policy.ref)


def _inward(subject: Subject, node: Node, workload: Workload, policy: NetworkPolicy) -> Iterator[Finding]:
    for rule in policy.ingress or ():
        for peer, port in product(rule.peers or (None,), rule.ports or (None,)):
            if not _admits(subject, node, workload, peer, port):
                yield _told(policy, rule, f"lets {shown(peer)} reach {node.name} on {_port(port)}")


def _outward(subject: Subject, node: Node, workload: Workload, policy: NetworkPolicy) -> Iterator[Finding]:
    for rule in policy.egress or ():
        for peer, port in product(rule.peers or (None,), rule.ports or (None,)):
            if not _lets_out(subject, node, workload, peer, port):
                yield _told(policy, rule, f"lets {node.name} reach {shown(peer)} on {_port(port)}")


def _told(policy: NetworkPolicy, rule: NetworkRule, words: str) -> Finding:
    words = f"{policy.ref}, {rule.where}, {words}, which the registry does not declare"
    return Finding(code="CG762", words=words, hint=HINT, ref=policy.ref)


def _admits(
    subject: Subject, node: Node, workload: Workload, peer: NetworkPeer | None, port: NetworkPort | None
) -> bool:
    number = number_of(workload, port)
    if workload.dataplane is Dataplane.AMBIENT:
        if peer is not None and peer.block in KUBELET:
            return True
        if _is_waypoint(subject, peer):
            return number == HBONE
        grants: Sequence[Grant] = node.grants if number == HBONE else node.to(number)
    elif number == MERGED_METRICS:
        grants = [grant for grant in node.grants if grant.why is Why.SCRAPER]
    else:
        grants = node.to(number)
    labels = peer.pods.labels if peer and peer.pods else {}
    near = [grant for grant in grants if grant.pods.get(NAME, labels.get(NAME)) == labels.get(NAME)]
    named = [grant for grant in near if number in (HBONE, MERGED_METRICS) or _same(grant, port)]
    return any(_covers(subject, grant, peer) for grant in named)


def _same(grant: Grant, port: NetworkPort | None) -> bool:
    return port is not None and grant.transport == port.transport


def _covers(subject: Subject, grant: Grant, peer: NetworkPeer | None) -> bool:
    assert subject.expected
    peers = subject.expected.peers(grant)
    return peers is not None and (not peers or any(narrows(peer, each) for each in peers))


def narrows(peer: NetworkPeer | None, declared: Tree) -> bool:
    """Whether a peer means no more than a declared one."""
    if peer is None:
        return False
    block = mapping(declared.get("ipBlock"))
    if block or peer.block:
        return peer.block == block.get("cidr") and set(texts(block.get("except"))) <= set(peer.excepted)
    pods, namespaces = declared.get("podSelector"), declared.get("namespaceSelector")
    if (namespaces is None) != (peer.namespaces is None):
        return False
    return _within(peer.pods, mapping(pods)) and _within(peer.namespaces, mapping(namespaces))


def _within(selector: object, declared: Tree) -> bool:
    wanted = labels_of(declared.get("matchLabels"))
    asked = {
        (str(each.get("key")), str(each.get("operator")), tuple(texts(each.get("values"))))
        for each in mappings(declared.get("matchExpressions"))
    }
    labels: Mapping[str, str] = getattr(selector, "labels", {})
    given = {(each.key, each.operator, each.values) for each in getattr(selector, "requirements", ())}
    return wanted.items() <= labels.items() and asked <= given


def _lets_out(
    subject: Subject, node: Node, workload: Workload, peer: NetworkPeer | None, port: NetworkPort | None
) -> bool:
    assert subject.expected
    number = port.port if port and isinstance(port.port, int) and not port.last else 0
    if _is_infrastructure(subject, node, peer, number):
        return True
    if workload.dataplane is Dataplane.AMBIENT and _is_waypoint(subject, peer):
        return number == HBONE
    called = subject.expected.called.get(node.name, ())
    if any(_calls(subject, grant, workload, peer, number) for grant in called):
        return True
    outward = subject.expected.outward.get(node.name, ())
    return any(_leaves(each, workload, peer, number, port) for each in outward)


def _calls(subject: Subject, grant: Grant, workload: Workload, peer: NetworkPeer | None, number: int) -> bool:
    assert subject.expected
    callee: Callee | None = subject.expected.callees.get(grant.callee)
    tunnel = workload.dataplane is Dataplane.AMBIENT and number == HBONE
    if callee is None or not (number == grant.port or tunnel) or not grant.pods.items() <= workload.labels.items():
        return False
    return narrows(peer, {"podSelector": {"matchLabels": dict(callee.labels)}})


def _leaves(each: Outward, workload: Workload, peer: NetworkPeer | None, number: int, port: NetworkPort | None) -> bool:
    transport = port.transport if port else ""
    if (number, transport) not in each.ports or not each.pods.items() <= workload.labels.items():
        return False
    return peer is None if not each.network else peer is not None and peer.block == each.network


def _is_infrastructure(subject: Subject, node: Node, peer: NetworkPeer | None, number: int) -> bool:
    """Names, certificates, and for an operator's pods the API server."""
    assert subject.expected
    if number == DNS:
        return peer is not None and _namespace(peer) == "kube-system"
    if number == ISTIOD:
        return peer is not None and _namespace(peer) == subject.expected.premises.control_plane
    made = node.callee.pods_are_made if node.callee else True
    return not made and number in API_SERVER and peer is None


def _is_waypoint(subject: Subject, peer: NetworkPeer | None) -> bool:
    assert subject.expected
    wanted = {"podSelector": {"matchLabels": {GATEWAY_NAME: f"{subject.expected.registry.metadata.name}-waypoint"}}}
    return narrows(peer, wanted)


def _namespace(peer: NetworkPeer) -> str:
    return peer.namespaces.labels.get(METADATA_NAME, "") if peer.namespaces else ""


def number_of(workload: Workload, port: NetworkPort | None) -> int:
    """The number of a pod's port; 0 for all, for a range, and for a name that no container has."""
    if port is None or port.last or port.port is None:
        return 0
    if isinstance(port.port, int):
        return port.port
    return next((each.number for each in workload.ports if each.name == port.port), 0)


def _port(port: NetworkPort | None) -> str:
    if port is None or port.port is None:
        return "every port"
    return f"port {port.port}" + (f" to {port.last}" if port.last else "")


def shown(peer: NetworkPeer | None) -> str:
    """A peer in words."""
    if peer is None:
        return "anyone"
    if peer.block:
        return peer.block
    pods = ", ".join(
        f"{key.rpartition('/')[2]}={value}" for key, value in (peer.pods.labels if peer.pods else {}).items()
    )
    namespaces = ", ".join((peer.namespaces.labels if peer.namespaces else {}).values())
    where = f" of {namespaces or 'every namespace'}" if peer.namespaces else ""
    return f"pods {pods}{where}" if pods else f"every pod{where}"
