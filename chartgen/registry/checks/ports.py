"""Ports: apart by number, name and what the pod listens on; names that Kubernetes takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartgen.registry.checks.subject import Draft, Finding
from chartgen.registry.ports import MAX_NAME, container_port_name, is_port_name, shorter_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.registry.pod import Port
    from chartgen.registry.service import Path


def repeated_port(draft: Draft) -> Iterator[Finding]:
    """A number that the Service would show twice."""
    seen: dict[tuple[int, str], Port] = {}
    for path, port in draft.port_places:
        first = seen.setdefault((port.port, port.transport), port) if port.expose else port
        if first is not port:
            yield _repeated(draft, path, port, first.name)


def _repeated(draft: Draft, path: Path, port: Port, first: str) -> Finding:
    return Finding(
        code="CG304",
        path=(*path, "port"),
        message=f'{draft.title} has port {port.port}/{port.transport} twice, as "{first}" and "{port.name}"',
        hint="give each its own number; two numbers may share a targetPort",
    )


def repeated_port_name(draft: Draft) -> Iterator[Finding]:
    """By the registry's name and by the emitted one: `redis` and `tcp-redis` would both become `tcp-redis`. Emitted
    names of several containers are another rule's."""
    seen: set[str] = set()
    shown = [(path, port) for path, port in draft.port_places if path[0] == "ports" or port.expose]
    for path, port in shown:
        for name in dict.fromkeys((port.name, port.emitted_name)):
            if name in seen and (path[0] == "ports" or port.emitted_name not in seen):
                yield Finding(
                    code="CG305",
                    path=(*path, "name"),
                    message=f'{draft.title} has two ports named "{name}"',
                    hint="name each port; Kubernetes sees the name with its protocol in front",
                )
                break
        seen |= {port.name, port.emitted_name}


def bad_port_name(draft: Draft) -> Iterator[Finding]:
    """Port names that are too long once their protocol stands in front."""
    for path, port in draft.port_places:
        if not is_port_name(port.emitted_name):
            yield Finding(
                code="CG306",
                path=(*path, "name"),
                message=f'the port\'s name becomes "{port.emitted_name}", longer than the {MAX_NAME} characters '
                "that Kubernetes takes",
                hint=f'name it "{shorter_name(port)}"',
            )


def colliding_container_ports(draft: Draft) -> Iterator[Finding]:
    """Containers of a pod share its network: each number can be listened on once, and port names must differ."""
    own = draft.service.main.ports
    numbers = {(port.target_port, port.transport) for port in own}
    names = {container_port_name(own, port) for port in own}
    for path, _, container in draft.side_containers:
        for index, port in enumerate(container.ports):
            taken = (port.target_port, port.transport) in numbers
            if taken or port.emitted_name in names:
                what = f"port {port.target_port}/{port.transport}" if taken else f'a port named "{port.emitted_name}"'
                yield Finding(
                    code="CG307",
                    path=(*path, "ports", index, "port" if taken else "name"),
                    message=f'{draft.title} has {what} twice in its pod, once in container "{container.name}"',
                    hint="the containers of a pod share its network",
                )
            numbers.add((port.target_port, port.transport))
            names.add(port.emitted_name)


def exposed_without_port(draft: Draft) -> Iterator[Finding]:
    """A service that is exposed but has nothing to reach."""
    service = draft.service
    if service.exposed and draft.traits.has_ports and not service.exposed_ports:
        yield Finding(
            code="CG308",
            path=("exposed",),
            message=f"{draft.title} is exposed but its Service shows no port",
            hint="give it a port, or remove exposed",
        )


def both_transports(draft: Draft) -> Iterator[Finding]:
    """TCP and UDP on one number (a warning): the number in the Service, or else the number in the pods."""
    seen: dict[tuple[str, int], str] = {}
    for path, port in draft.port_places:
        numbers = [("port", port.port), ("targetPort", port.target_port)][0 if port.expose else 1 :]
        shared = [number for number in numbers if seen.setdefault(number, port.transport) != port.transport]
        for field, number in shared[:1]:
            yield Finding(
                code="CG406",
                path=(*path, field),
                message=f"{draft.title} serves TCP and UDP on {field} {number}: Helm 3.17, and Helm 4 on a release "
                "that Helm 3.17 had last, silently drop the second when it is added to an installed release",
                hint="use Helm 4 with --server-side=true, or two numbers",
            )
