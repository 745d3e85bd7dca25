"""What a rule looks at, and what it says: rules are generators of findings, one function per rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from chartgen.registry.kinds import KindTraits, traits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chartgen.registry.model import Images, Path, Service
    from chartgen.registry.pod import Container, Port
    from chartgen.registry.volumes import ReadFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A mistake at a place: a path in long form, relative to the service (or to the registry, from its own rules).
    `first`: where the registry has what this repeats."""

    code: str
    path: Path
    message: str
    hint: str = ""
    key: bool = False
    first: Path = ()


class Place(NamedTuple):
    """One container of a service: where it stands, its long form, and as the model has it."""

    path: Path
    data: Mapping[str, Any]
    container: Container


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One service under check: as written, in long form with the defaults merged, and as the model has it.
    `containers` begins with the service's own."""

    index: int
    raw: Mapping[str, Any]
    data: Mapping[str, Any]
    service: Service
    containers: Sequence[Place]

    @property
    def side_containers(self) -> Sequence[Place]:
        """Sidecars and init containers."""
        return self.containers[1:]

    @property
    def port_places(self) -> Sequence[tuple[Path, Port]]:
        """Every port that a container declares, with its place; the service's own first."""
        own = [(("ports", index), port) for index, port in enumerate(self.service.main.ports)]
        side = (
            ((*place, "ports", index), port)
            for place, _, container in self.side_containers
            for index, port in enumerate(container.ports)
        )
        return [*own, *side] if self.side_containers else own

    @property
    def traits(self) -> KindTraits:
        """What the service's kind can have."""
        return traits(self.service.kind)

    @property
    def title(self) -> str:
        """The service in a message."""
        return f'service "{self.service.name}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """Everything under check. `services` are by name; of two with one name it holds the last."""

    data: Mapping[str, Any]
    images: Images
    drafts: Sequence[Draft]
    services: Mapping[str, Service]
    read_file: ReadFile

    @property
    def defaults(self) -> Mapping[str, Any]:
        """The registry's `defaults`, as written."""
        found: Mapping[str, Any] = self.data.get("defaults", {})
        return found


def draft_of(index: int, raw: Mapping[str, Any], data: Mapping[str, Any], service: Service) -> Draft:
    """The service with its containers at hand."""
    side = (
        Place((field, number), each, container)
        for field, built in (("sidecars", service.sidecars), ("initContainers", service.init_containers))
        for number, (each, container) in enumerate(zip(data.get(field, ()), built, strict=True))
    )
    containers = (Place((), data, service.main), *(side if service.sidecars or service.init_containers else ()))
    return Draft(index=index, raw=raw, data=data, service=service, containers=containers)


def port_list(ports: Sequence[Port]) -> str:
    """The ports for a hint: `http (80), grpc (9090)`."""
    return ", ".join(f"{port.name} ({port.port})" for port in ports)
