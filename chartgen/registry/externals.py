"""What lies outside the platform: hosts and the ports that are called there."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from chartgen.registry.model import External
from chartgen.registry.ports import build_port, long_port

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chartgen.registry.pod import Port
    from chartgen.registry.service import Path


def build_external(data: Mapping[str, Any], path: Path) -> External:
    """The external of the model; without a port it is called on 443, in https."""
    return External(
        name=data["name"],
        path=path,
        host=data["host"],
        ports=external_ports(data),
        network=network_of(data["host"]),
        type=data.get("type", ""),
        owner=data.get("owner", ""),
        description=data.get("description", ""),
    )


def external_ports(data: Mapping[str, Any]) -> tuple[Port, ...]:
    """Its ports in long form; one without name and protocol speaks https."""
    ports = data.get("ports", [{"port": data.get("port", 443)}])
    return tuple(build_port(long_port(port if "name" in port else {"protocol": "https", **port})) for port in ports)


def network_of(host: str) -> str:
    """The host as a network of one address; empty for a name."""
    try:
        return str(ipaddress.ip_network(host))
    except ValueError:
        return ""
