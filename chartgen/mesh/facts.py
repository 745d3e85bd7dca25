"""What a proxy knows of a call when it looks at policies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from chartgen.mesh.model import Caller, Identity


class Chain(StrEnum):
    """Who judges: an Envoy that reads requests, an Envoy that sees bytes, or a ztunnel."""

    HTTP = "HTTP"
    TCP = "TCP"
    ZTUNNEL = "ztunnel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """`principal` is empty, and `account` None, for a caller without a certificate. `address` None: not known.
    `claims` None: no token was taken; `claims_known` false: nobody can say whether one was. `path` is normalised and
    without its `query`, which is what follows it in the request (`?a=b`). `unsure`: headers whose value is not known.
    `closely`: a refusal names the rule that came nearest."""

    port: int
    principal: str = ""
    account: tuple[str, str] | None = None
    trust_domain: str = ""
    address: IPv4Address | IPv6Address | None = None
    remote: IPv4Address | IPv6Address | None = None
    method: str = ""
    path: str = ""
    query: str = ""
    host: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    unsure: frozenset[str] = frozenset()
    claims: Mapping[str, Any] | None = None
    claims_known: bool = True
    closely: bool = False


def principal(identity: Identity | None, trust_domain: str) -> str:
    """The caller's name in certificates, without its scheme."""
    if identity is None:
        return ""
    return f"{identity.trust_domain or trust_domain}/ns/{identity.namespace}/sa/{identity.account}"


def address(caller: Caller) -> IPv4Address | IPv6Address | None:
    """Where the caller calls from."""
    return as_address(caller.address) if caller.address else None


def as_address(text: str) -> IPv4Address | IPv6Address | None:
    """The address; None for what is none."""
    try:
        return ip_address(text)
    except ValueError:
        return None
