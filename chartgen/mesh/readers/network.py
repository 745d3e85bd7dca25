"""NetworkPolicies, read."""

from __future__ import annotations

from ipaddress import ip_network

from chartgen.mesh.objects import NetworkPeer, NetworkPolicy, NetworkPort, NetworkRule, Requirement, Selector
from chartgen.mesh.shape import Part

_OPERATORS = {"In": True, "NotIn": True, "Exists": False, "DoesNotExist": False}


def read(spec: Part) -> NetworkPolicy:
    """The policy; without policyTypes it speaks of callers, and of callees where it has a word on them."""
    spec.only("podSelector", "policyTypes", "ingress", "egress")
    types = spec["policyTypes"].texts()
    for name in types:
        if name not in ("Ingress", "Egress"):
            spec["policyTypes"].problem(f'"{name}" is no policy type')
    ingress = _rules(spec["ingress"], "from")
    egress = _rules(spec["egress"], "to")
    return NetworkPolicy(
        ref=spec.ref,
        pods=read_selector(spec["podSelector"]),
        ingress=ingress if not types or "Ingress" in types else None,
        egress=egress if ("Egress" in types if types else bool(spec["egress"].value)) else None,
    )


def read_selector(part: Part) -> Selector:
    """The selector; one that is not there takes everything."""
    part.only("matchLabels", "matchExpressions")
    return Selector(
        labels=dict(part["matchLabels"].labels()),
        requirements=tuple(_requirement(each) for each in part["matchExpressions"].mappings()),
    )


def _requirement(part: Part) -> Requirement:
    part.only("key", "operator", "values")
    found = Requirement(key=part["key"].text(), operator=part["operator"].text(), values=part["values"].texts())
    if found.operator not in _OPERATORS:
        part["operator"].problem(f'"{found.operator}" is no operator (In, NotIn, Exists, DoesNotExist)')
    elif bool(found.values) is not _OPERATORS[found.operator]:
        part["values"].problem(f"do not go with {found.operator}; Kubernetes refuses it")
    return found


def _rules(part: Part, peers: str) -> tuple[NetworkRule, ...]:
    return tuple(_rule(each, peers) for each in part.mappings())


def _rule(part: Part, peers: str) -> NetworkRule:
    part.only(peers, "ports")
    return NetworkRule(
        where=part.where,
        peers=tuple(_peer(each) for each in part[peers].mappings()),
        ports=tuple(_port(each) for each in part["ports"].mappings()),
    )


def _peer(part: Part) -> NetworkPeer:
    part.only("podSelector", "namespaceSelector", "ipBlock")
    pods, namespaces, block = part["podSelector"], part["namespaceSelector"], part["ipBlock"]
    if block.given:
        block.only("cidr", "except")
        if pods.given or namespaces.given:
            part.problem("has an ipBlock and selectors; Kubernetes refuses it")
    elif not pods.given and not namespaces.given:
        part.problem("is empty; Kubernetes refuses it")
    return NetworkPeer(
        where=part.where,
        pods=read_selector(pods) if pods.given else None,
        namespaces=read_selector(namespaces) if namespaces.given else None,
        block=_cidr(block["cidr"]) if block.given else "",
        excepted=tuple(_cidr(each) for each in block["except"].items()) if block.given else (),
    )


def _cidr(part: Part) -> str:
    text = part.text()
    try:
        ip_network(text, strict=False)
    except ValueError:
        part.problem(f'"{text}" is no CIDR')
        return "0.0.0.0/32"
    return text


def _port(part: Part) -> NetworkPort:
    part.only("port", "endPort", "protocol")
    port = part["port"].value
    if isinstance(port, bool) or not isinstance(port, int | str | None):
        part["port"].problem("is neither a number nor a name")
        port = None
    last = part["endPort"].number()
    if last and not (isinstance(port, int) and port <= last <= 65535):
        part["endPort"].problem("needs a port that is a number, and not greater")
    transport = part["protocol"].text("TCP")
    if transport not in ("TCP", "UDP", "SCTP"):
        part["protocol"].problem(f'"{transport}" is no protocol (TCP, UDP, SCTP)')
    return NetworkPort(port=port, last=last, transport=transport)
