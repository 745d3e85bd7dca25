"""Rules on the parts of one pod: names that must differ, and names that must exist."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chartgen.audit.finding import about, repeated, within
from chartgen.audit.objects import Container, Pod, Rendered, Tree, is_port, mapping, mappings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.diagnostics import Diagnostic

_USE = re.compile(r"\$\$|\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)")
_PROBES = ("readinessProbe", "livenessProbe", "startupProbe")


def container_names_differ(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG511: two containers of one pod have one name."""
    for name in repeated(container.name for container in pod.containers):
        yield about("CG511", thing, f'has two containers named "{name}"')


def env_names_differ(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG512: one environment variable is set twice."""
    for container in pod.containers:
        for name in repeated(str(entry.get("name")) for entry in mappings(container.data.get("env"))):
            yield within("CG512", thing, container, f'environment variable "{name}" is set twice')


def pull_secrets_differ(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG543: one Secret for images is named twice."""
    for name in repeated(str(secret.get("name")) for secret in mappings(pod.spec.get("imagePullSecrets"))):
        yield about("CG543", thing, f'names the imagePullSecret "{name}" twice')


def ports_differ(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG513: a port name, or a number with its protocol, occurs twice in a pod."""
    ports = [port for container in pod.main_containers for port in mappings(container.data.get("ports"))]
    yield from _twice(thing, ports, "containerPort")


def service_ports_differ(thing: Rendered) -> Iterator[Diagnostic]:
    """CG513: the same for the ports of a Service."""
    if thing.kind == "Service":
        yield from _twice(thing, mappings(thing.spec.get("ports")), "port")


def volumes_differ(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG514: two volumes have one name, or one container mounts two at one path."""
    for name in repeated(str(volume.get("name")) for volume in mappings(pod.spec.get("volumes"))):
        yield about("CG514", thing, f'has two volumes named "{name}"')
    for container in pod.containers:
        for path in repeated(str(mount.get("mountPath")) for mount in mappings(container.data.get("volumeMounts"))):
            yield within("CG514", thing, container, f"two volumes are mounted at {path}")


def mounts_exist(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG515: a container mounts a volume that its pod does not have."""
    known = {str(volume.get("name")) for volume in mappings(pod.spec.get("volumes"))}
    known |= {
        str(mapping(claim.get("metadata")).get("name")) for claim in mappings(thing.spec.get("volumeClaimTemplates"))
    }
    for container in pod.containers:
        for mount in mappings(container.data.get("volumeMounts")):
            if str(mount.get("name")) not in known:
                yield within("CG515", thing, container, f'mounts volume "{mount.get("name")}", which the pod lacks')


def probe_ports_exist(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG516: a probe asks a port whose name its container does not have; CG529: a number it does not declare."""
    for container in pod.containers:
        ports = mappings(container.data.get("ports"))
        known = set(filter(is_port, [port.get(key) for port in ports for key in ("name", "containerPort")]))
        for probe in _PROBES:
            port = _probe_port(mapping(container.data.get(probe)))
            if is_port(port) and port not in known:
                code = "CG516" if isinstance(port, str) else "CG529"
                yield within(code, thing, container, f"its {probe} asks port {port}, which it does not have")


def readiness_is_not_liveness(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG517: readiness and liveness ask the same question, so a busy pod is killed where it should be spared."""
    for container in pod.containers:
        readiness, liveness = (_handler(mapping(container.data.get(probe))) for probe in _PROBES[:2])
        if readiness and readiness == liveness:
            hint = "let liveness be a TCP connect, or ask another path"
            yield within("CG517", thing, container, "readiness and liveness ask the same question", hint)


def env_is_defined_before_use(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG519: `$(VAR)` names a variable of the same container that is only defined after it."""
    for container in pod.containers:
        entries = mappings(container.data.get("env"))
        place = {str(entry.get("name")): index for index, entry in enumerate(entries)}
        for index, entry in enumerate(entries):
            for name in _used(entry):
                if place.get(name, -1) >= index:
                    words = f'"{entry.get("name")}" uses $({name}), which is defined after it and stays unexpanded'
                    yield within("CG519", thing, container, words)


def _twice(thing: Rendered, ports: list[Tree], number: str) -> Iterator[Diagnostic]:
    for name in repeated(str(port["name"]) for port in ports if port.get("name")):
        yield about("CG513", thing, f'has two ports named "{name}"')
    for pair in repeated(f"{port.get(number)}/{port.get('protocol', 'TCP')}" for port in ports):
        yield about("CG513", thing, f"has port {pair} twice")


def _handler(probe: Tree) -> Tree:
    return {key: value for key, value in probe.items() if key in ("httpGet", "tcpSocket", "grpc", "exec")}


def _probe_port(probe: Tree) -> object:
    for kind in ("httpGet", "tcpSocket", "grpc"):
        if kind in probe:
            return mapping(probe[kind]).get("port")
    return None


def _used(entry: Tree) -> list[str]:
    value = entry.get("value")
    return [name for name in _USE.findall(value) if name] if isinstance(value, str) and "$(" in value else []


def port_numbers(container: Container) -> dict[object, int]:
    """Both the name and the number of each of its ports → the number."""
    found: dict[object, int] = {}
    for port in mappings(container.data.get("ports")):
        number = port.get("containerPort")
        if isinstance(number, int):
            name = port.get("name")
            found |= {number: number, name if isinstance(name, str) else number: number}
    return found
