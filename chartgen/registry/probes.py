"""Probes of the model, their port found among the container's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chartgen.registry.normal import HANDLERS, NONE
from chartgen.registry.pod import Header, Port, Probe, Probes
from chartgen.registry.ports import container_port_name, main_port

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NAMES = ("readiness", "liveness", "startup")
_TIMINGS = ("initialDelaySeconds", "periodSeconds", "timeoutSeconds", "successThreshold", "failureThreshold")


def build_probes(data: Any, ports: Sequence[Port]) -> Probes:
    """The probes that are set; one without a port to ask is left out (the checks report it)."""
    if data == NONE or not data:
        return Probes()
    return Probes(**{name: _probe(probe, ports) for name, probe in data.items() if probe != NONE})


def handler_of(data: Mapping[str, Any]) -> str:
    """http, tcp, grpc or exec; empty when the probe has only timings."""
    return next((handler for handler in HANDLERS if handler in data), "")


def probed_ports(wanted: str | int | None, ports: Sequence[Port]) -> list[Port]:
    """The ports that a probe means: by name, by the container's number or the Service's, or the main one."""
    if wanted is None:
        port = main_port(ports)
        return [port] if port else []
    if isinstance(wanted, str):
        return [port for port in ports if port.name == wanted]
    return [port for port in ports if port.target_port == wanted] or [port for port in ports if port.port == wanted]


def _probe(data: Mapping[str, Any], ports: Sequence[Port]) -> Probe | None:
    handler = handler_of(data)
    timings = tuple((name, data[name]) for name in _TIMINGS if name in data)
    if handler == "exec":
        return Probe(handler=handler, command=tuple(data["exec"]), timings=timings)
    asked = data.get(handler, {})
    found = probed_ports(asked.get("port"), ports)
    if not handler or not found:
        return None
    secure = "HTTPS" if found[0].protocol == "https" else "HTTP"
    return Probe(
        handler=handler,
        port=container_port_name(ports, found[0]),
        port_number=found[0].target_port,
        path=asked.get("path", "/") if handler == "http" else "",
        scheme=asked.get("scheme", secure) if handler == "http" else "HTTP",
        headers=tuple(Header(name=name, value=asked["headers"][name]) for name in sorted(asked.get("headers", {}))),
        grpc_service=asked.get("service", ""),
        timings=timings,
    )
