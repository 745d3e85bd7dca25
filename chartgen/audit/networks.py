"""The rule on the networks that a NetworkPolicy names."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from chartgen.audit.finding import about
from chartgen.audit.objects import Rendered, Tree, mapping, mappings, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.diagnostics import Diagnostic


def peers_are_networks(thing: Rendered) -> Iterator[Diagnostic]:
    """CG506: a NetworkPolicy's ipBlock that is no network, or an exception outside of it."""
    for side, key in (("ingress", "from"), ("egress", "to")) if thing.kind == "NetworkPolicy" else ():
        for rule in mappings(thing.spec.get(side)):
            for peer in mappings(rule.get(key)):
                if reason := _no_network(mapping(peer.get("ipBlock"))):
                    yield about("CG506", thing, f"has an ipBlock in {side}.{key} that Kubernetes refuses", reason)


def _no_network(block: Tree) -> str:
    """What is wrong with an ipBlock; empty when nothing is, or when its shape is wrong anyway."""
    cidr, exceptions = block.get("cidr"), texts(block.get("except"))
    for text in (cidr, *exceptions):
        if isinstance(text, str) and not is_network(text):
            return f"{text} is no network such as 10.0.0.0/8, with zeros behind its prefix"
    outside = [text for text in exceptions if isinstance(cidr, str) and not _is_inside(text, cidr)]
    return f"{outside[0]} is not a part of {cidr}" if outside else ""


def is_network(text: str) -> bool:
    """Whether it is an address with a prefix that Kubernetes reads: no netmask, no zone."""
    address, _, prefix = text.partition("/")
    try:
        return prefix.isdecimal() and "%" not in address and bool(ipaddress.ip_network(text))
    except ValueError:
        return False


def _is_inside(part: str, whole: str) -> bool:
    """Whether it is a part of the other network, and not all of it."""
    inner, outer = ipaddress.ip_network(part), ipaddress.ip_network(whole)
    return inner != outer and inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]
