"""What stands in front of the pods: the service's own Kubernetes Service, its aliases, and the monitoring's port."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chartgen.registry.probes import probed_ports
from chartgen.registry.service import OPEN_TYPES, KubeService, Metrics

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chartgen.registry.pod import Container, Port

METRICS_PATH = "/metrics"


def build_fronts(data: Mapping[str, Any], ports: Sequence[Port]) -> tuple[KubeService, ...]:
    """The Kubernetes Services of a service that shows a port, its own first, aliases sorted by name."""
    shown = tuple(port for port in ports if port.expose)
    if not shown:
        return ()
    opened = {patch["name"] for patch in data.get("patches", ()) if patch["kind"] == "Service" and _opens(patch)}
    own = _front(data["name"], data.get("service", {}), shown, opened)
    aliases = [_front(each["name"], each, _alias_ports(each, shown), opened) for each in data.get("aliases", ())]
    return (own, *sorted(aliases, key=lambda alias: alias.name))


def _front(name: str, data: Mapping[str, Any], ports: tuple[Port, ...], opened: set[str]) -> KubeService:
    return KubeService(
        name=name,
        ports=ports,
        type=data.get("type", "ClusterIP"),
        headless=data.get("headless", False),
        annotations=tuple(sorted(data.get("annotations", {}).items())),
        external_traffic_policy=data.get("externalTrafficPolicy", ""),
        source_ranges=tuple(data.get("sourceRanges", ())),
        load_balancer_class=data.get("loadBalancerClass", ""),
        opened=name in opened,
    )


def _alias_ports(alias: Mapping[str, Any], shown: Sequence[Port]) -> tuple[Port, ...]:
    """The ports as the alias shows them; a node port is one Service's alone."""
    wanted = alias.get("ports") or [{"name": port.name} for port in shown]
    return tuple(
        replace(port, port=each.get("port", port.port), node_port=each.get("nodePort", 0))
        for each in wanted
        for port in shown
        if port.name == each["name"]
    )


def _opens(patch: Mapping[str, Any]) -> bool:
    """Whether a patch turns a Service into one that the outside reaches."""
    written = [operation for operation in patch.get("json", ()) if operation["op"] in ("add", "replace")]
    specs = [operation.get("value") for operation in written if operation["path"] == "/spec"]
    types = [operation.get("value") for operation in written if operation["path"] == "/spec/type"]
    types += [spec.get("type") for spec in (*specs, patch.get("merge", {}).get("spec")) if isinstance(spec, dict)]
    return any(each in OPEN_TYPES for each in types)


def build_metrics(
    data: Mapping[str, Any] | None, ports: Sequence[Port], sidecars: Sequence[Container]
) -> Metrics | None:
    """Where the monitoring reads; None where nowhere, or where the port is not clear (the checks report it)."""
    found = metrics_ports(data, ports, sidecars) if data is not None else []
    return Metrics(port=found[0], path=data.get("path", METRICS_PATH)) if data is not None and len(found) == 1 else None


def metrics_ports(data: Mapping[str, Any], ports: Sequence[Port], sidecars: Sequence[Container]) -> list[Port]:
    """The ports that `metrics` means: of the service, or else of a sidecar; each of the pod's own numbers once."""
    others = [port for sidecar in sidecars for port in sidecar.ports]
    found: list[Port] = []
    for group in (ports, others):
        found = found or probed_ports(data.get("port"), [port for port in group if port.transport == "TCP"])
    return list({port.target_port: port for port in reversed(found)}.values())
