"""Ports: their long form, the names that Kubernetes and Istio see, and finding one by name or number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chartgen.registry.pod import Port

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROTOCOLS = (
    "http",
    "http2",
    "grpc",
    "grpc-web",
    "https",
    "tls",
    "tcp",
    "udp",
    "redis",
    "mongo",
    "mysql",
    "postgres",
    "kafka",
    "amqp",
    "memcached",
    "thrift",
)
_OVER_TCP = frozenset(PROTOCOLS[PROTOCOLS.index("redis") :])
"""What Istio is told to treat as plain TCP: its own parsers of these are experimental or gone."""

_LONGEST_FIRST = sorted(PROTOCOLS, key=len, reverse=True)
MAX_NAME = 15
_NAME = re.compile(r"(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*")


def long_port(port: Mapping[str, Any]) -> dict[str, Any]:
    """The port in long form: name from the protocol, protocol from the name, http when it has neither."""
    protocol = port.get("protocol") or (_protocol_of(port["name"]) if "name" in port else "http")
    implied = {"name": protocol, "targetPort": port["port"], "protocol": protocol, "expose": True}
    return {**implied, **port}


def _protocol_of(name: str) -> str:
    return next((p for p in _LONGEST_FIRST if name == p or name.startswith(f"{p}-")), "tcp")


def long_side_port(port: Mapping[str, Any]) -> dict[str, Any]:
    """A sidecar's port in long form: the Service shows it only where it says so."""
    return {**long_port(port), "expose": port.get("expose", False)}


def build_port(port: Mapping[str, Any], container: str = "") -> Port:
    """The port of the model, from its long form; `container`: the sidecar that listens on it."""
    protocol = port["protocol"]
    prefix = _prefix(protocol)
    return Port(
        name=port["name"],
        emitted_name=emitted_name(port["name"], protocol),
        port=port["port"],
        target_port=port["targetPort"],
        protocol=protocol,
        app_protocol="" if protocol == "udp" else prefix,
        transport="UDP" if protocol == "udp" else "TCP",
        expose=port["expose"],
        node_port=port.get("nodePort", 0),
        host_port=port.get("hostPort", 0),
        container=container,
        plaintext=port.get("plaintext", ""),
    )


def _prefix(protocol: str) -> str:
    return "tcp" if protocol in _OVER_TCP else protocol


def emitted_name(name: str, protocol: str) -> str:
    """The name that Kubernetes gets: it begins with the protocol, as Istio wants it."""
    prefix = _prefix(protocol)
    return name if name == prefix or name.startswith(f"{prefix}-") else f"{prefix}-{name}"


def is_port_name(name: str) -> bool:
    """Whether Kubernetes takes it as a container port's name (RFC 6335)."""
    return len(name) <= MAX_NAME and _NAME.fullmatch(name) is not None


def shorter_name(port: Port) -> str:
    """A name for the registry whose emitted form fits into 15 characters."""
    prefix = _prefix(port.protocol)
    rest = port.emitted_name.removeprefix(f"{prefix}-")
    short = rest[: MAX_NAME - len(prefix) - 1].strip("-")
    return f"{prefix}-{short}" if short else prefix


def find_ports(ports: Sequence[Port], wanted: str | int) -> list[Port]:
    """The ports of that name, or of that number on the Service."""
    if isinstance(wanted, str):
        return [port for port in ports if port.name == wanted]
    return [port for port in ports if port.port == wanted]


def main_port(ports: Sequence[Port]) -> Port | None:
    """The port that is meant when none is named: the one named http, else the only one."""
    named = [port for port in ports if port.name == "http"]
    chosen = named or ports
    return chosen[0] if len(chosen) == 1 else None


def container_port_name(ports: Sequence[Port], port: Port) -> str:
    """The name of the container port behind it: ports that share a number and transport share the first one's name."""
    wanted = (port.target_port, port.transport)
    return next(p.emitted_name for p in ports if (p.target_port, p.transport) == wanted)
