"""What a rule looks at, and what it says: rules are generators of findings, one function per rule."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from chartgen.registry.kinds import KindTraits, traits
from chartgen.registry.model import Datastore, External
from chartgen.registry.normal import merge_deep, version_forms
from chartgen.registry.service import Service

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chartgen.registry.mesh import Gateway, Mesh
    from chartgen.registry.model import Images, Node
    from chartgen.registry.pod import Container, Port
    from chartgen.registry.service import Path
    from chartgen.registry.stores import StoreForm
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
    `containers` begins with the service's own. A datastore's pods are checked as a service is: `raw` is then what the
    registry says of them, the rest is the engine's. Of a version, `raw` is what it and its service say, `own` what it
    says itself."""

    home: Path
    raw: Mapping[str, Any]
    data: Mapping[str, Any]
    service: Service
    containers: Sequence[Place]
    store: Datastore | None = None
    versions: Sequence[Draft] = ()
    own: Mapping[str, Any] = field(default_factory=dict)

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
        """The service or datastore in a message."""
        version = f'version "{self.service.version}" of ' if self.service.version else ""
        return f'{version}{self.sort} "{self.service.app}"'

    @property
    def sort(self) -> str:
        """What it is, in a word."""
        return "datastore" if self.store else "service"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Platform:
    """Everything under check: `drafts` are the services', `stores` the datastores'. `nodes` are all that an edge can
    lead to, by name; of two with one name it holds one."""

    data: Mapping[str, Any]
    images: Images
    drafts: Sequence[Draft]
    stores: Sequence[Draft]
    externals: Sequence[External]
    brokers: Sequence[str]
    nodes: Mapping[str, Node]
    read_file: ReadFile
    mesh: Mesh | None = None
    gateway: Gateway | None = None

    @property
    def name(self) -> str:
        """The platform's name."""
        return str(self.data["metadata"]["name"])

    @property
    def workloads(self) -> Sequence[Draft]:
        """Everything that the platform runs itself, as far as the registry tells."""
        return (*self.drafts, *self.stores)

    @property
    def pods(self) -> Sequence[Draft]:
        """Everything that makes pods: of a service with versions, those."""
        return [*(each for draft in self.drafts for each in (draft.versions or (draft,))), *self.stores]

    @property
    def defaults(self) -> Mapping[str, Any]:
        """The registry's `defaults`, as written."""
        found: Mapping[str, Any] = self.data.get("defaults", {})
        return found


def draft_of(path: Path, raw: Mapping[str, Any], data: Mapping[str, Any], service: Service) -> Draft:
    """The service with its containers at hand, and its versions."""
    by_place = {version.path: version.workload for version in service.versions}
    versions = tuple(
        _version_draft((*path, "versions", index), raw, each, form, by_place[(*path, "versions", index)])
        for index, (each, form) in enumerate(zip(raw.get("versions", ()), version_forms(data), strict=True))
    )
    containers = _containers(data, service)
    return Draft(home=path, raw=raw, data=data, service=service, containers=containers, versions=versions)


def _version_draft(
    home: Path, around: Mapping[str, Any], own: Mapping[str, Any], data: Mapping[str, Any], workload: Service
) -> Draft:
    raw = merge_deep({key: value for key, value in around.items() if key != "versions"}, own)
    containers = _containers(data, workload)
    return Draft(home=home, raw=raw, data=data, service=workload, containers=containers, own=own)


def store_draft_of(form: StoreForm, store: Datastore) -> Draft:
    """The datastore's pods, with what is written of them."""
    provision = form.raw.get("provision")
    written = provision.get("builtin", {}) if isinstance(provision, dict) else {}
    return Draft(
        home=store.path,
        raw=written,
        data=form.workload,
        service=store.workload,
        containers=_containers(form.workload, store.workload),
        store=store,
    )


def _containers(data: Mapping[str, Any], service: Service) -> Sequence[Place]:
    side = (
        Place((field, number), each, container)
        for field, built in (("sidecars", service.sidecars), ("initContainers", service.init_containers))
        for number, (each, container) in enumerate(zip(data.get(field, ()), built, strict=True))
    )
    return (Place((), data, service.main), *(side if service.sidecars or service.init_containers else ()))


def port_list(ports: Sequence[Port]) -> str:
    """The ports for a hint: `http (80), grpc (9090)`."""
    return ", ".join(f"{port.name} ({port.port})" for port in ports)


def sort_of(node: Node) -> str:
    """What a node is, in a word: the key under which a dependency on it is written in full."""
    return {Service: "service", Datastore: "datastore", External: "external"}[type(node)]
