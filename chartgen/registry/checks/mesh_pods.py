"""Pods that the mesh cannot carry, or that step out of it: no policy holds for what its proxies do not see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartgen.registry.checks.subject import Draft, Finding, Platform
from chartgen.registry.mesh import Mode
from chartgen.registry.past_proxies import (
    NETWORKS,
    PROBES,
    PROXY_USER,
    around_sidecar,
    around_ztunnel,
    leaves_probes,
    second_networks,
    uncaptured,
)
from chartgen.registry.ports import container_port_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chartgen.registry.pod import Container, Probe

OF_THE_PROXY = frozenset({15000, 15001, 15002, 15004, 15006, 15008, 15009, 15020, 15021, 15053, 15090})
"""Ports in every pod that has a sidecar."""

OF_ZTUNNEL = frozenset({15001, 15006, 15008, 15053})
"""Ports in every pod of an ambient mesh."""

_OUT = {"sidecar.istio.io/inject": "false", "istio.io/dataplane-mode": "none", "istio.io/use-waypoint": "none"}
"""Labels and annotations that take a pod out, with the value that does."""

_WAYPOINTS = ("istio.io/use-waypoint", "istio.io/use-waypoint-namespace", "istio.io/ingress-use-waypoint")
"""Labels that say, of pods and Services, which of their calls pass a waypoint."""


def ports_of_the_proxy(draft: Draft, platform: Platform) -> Iterator[Finding]:
    """Ports that the mesh itself listens on in each pod."""
    if platform.mesh is None:
        return
    taken = OF_THE_PROXY if platform.mesh.mode is Mode.SIDECAR else OF_ZTUNNEL
    for place, port in draft.port_places:
        if port.target_port in taken and port.transport == "TCP":
            yield Finding(
                code="CG729",
                path=(*place, "targetPort" if port.target_port != port.port else "port"),
                message=f"{draft.title} listens on {port.target_port}, which the mesh's proxy does in every pod",
                hint="let the program listen on another port; the Service can keep its number",
            )


def user_of_the_proxy(draft: Draft, platform: Platform) -> Iterator[Finding]:
    """Containers whose calls pass for the proxy's own."""
    if platform.mesh is None or platform.mesh.mode is not Mode.SIDECAR:
        return
    for place, data, container in draft.containers:
        security = data.get("securityContext", {})
        if container not in draft.service.init_containers and security.get("runAsUser") == PROXY_USER:
            yield Finding(
                code="CG730",
                path=(*place, "securityContext", "runAsUser"),
                message=f"calls of the user {PROXY_USER} are not captured: no policy holds for {draft.title}",
                hint="choose another user: this one is the proxy's",
            )


def out_of_the_mesh(draft: Draft, platform: Platform) -> Iterator[Finding]:
    """Labels and annotations that take the pods out of the mesh, or some of their calls."""
    if platform.mesh is None:
        return
    for field in ("labels", "annotations"):
        given = {key: str(value) for key, value in draft.data.get(field, {}).items()}
        out = [key for key, value in given.items() if _OUT.get(key) == value]
        for key in dict.fromkeys((*out, *_around(given, platform.mesh.mode)) if field == "annotations" else out):
            yield Finding(
                code="CG730",
                path=(field, key),
                key=True,
                message=f"{key} leads calls of {draft.title} past the mesh: no policy holds for them",
                hint="remove it; a port that must take other calls says plaintext",
            )


def unprobed(draft: Draft, platform: Platform) -> Iterator[Finding]:
    """Probes that are left to ask a port which takes mutual TLS alone."""
    given = {key: str(value) for key, value in draft.data.get("annotations", {}).items()}
    if platform.mesh is None or platform.mesh.mode is not Mode.SIDECAR or not leaves_probes(given):
        return
    open_ports = {container_port_name(draft.service.ports, port) for port in draft.service.ports if port.plaintext}
    probes = [each for _, _, container in draft.containers for each in _probes(container)]
    if any(each.handler in ("http", "grpc") and each.port not in open_ports for each in probes):
        yield Finding(
            code="CG730",
            path=("annotations", PROBES),
            key=True,
            message=f"the kubelet's probes of {draft.title} come without mTLS then, and are refused: no pod gets ready",
            hint="remove it: the sidecar's agent takes probes",
        )


def _probes(container: Container) -> tuple[Probe, ...]:
    found = container.probes
    return tuple(each for each in (found.readiness, found.liveness, found.startup) if each)


def led_to_a_waypoint(draft: Draft, platform: Platform) -> Iterator[Finding]:
    """Labels that lead calls to another waypoint than policies are written for, or to none."""
    if platform.mesh is None or platform.mesh.mode is not Mode.AMBIENT:
        return
    for key in draft.data.get("labels", {}):
        if key in _WAYPOINTS and _OUT.get(key) != str(draft.data["labels"][key]):
            yield Finding(
                code="CG730",
                path=("labels", key),
                key=True,
                message=f"{key} names a waypoint for calls to {draft.title}, and policies stand before another",
                hint="remove it; what must be read as requests has the platform's waypoint without it",
            )


def _around(annotations: Mapping[str, str], mode: Mode) -> Iterator[str]:
    found = around_sidecar(annotations) if mode is Mode.SIDECAR else around_ztunnel(annotations)
    yield from (key for key, _ in (*found, *uncaptured(annotations)))
    if second_networks(annotations):
        yield NETWORKS
