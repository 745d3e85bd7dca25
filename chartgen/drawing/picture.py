"""What every drawing shows: nodes in start order and the lines between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from chartgen.engines.engine import Topology
from chartgen.graph import Graph, reach, waves
from chartgen.registry import model as registry_model
from chartgen.registry.model import Datastore, External, Registry
from chartgen.registry.pod import Port
from chartgen.registry.service import Edge, Kind, Service
from chartgen.registry.umbrellas import homes, umbrellas


class Grouping(StrEnum):
    """By what the nodes of a picture are put together."""

    NONE = "none"
    OWNER = "owner"
    TYPE = "type"
    GROUP = "group"


class Sort(StrEnum):
    """What sort of thing a node is."""

    SERVICE = "service"
    DATASTORE = "datastore"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One of several workloads of a service."""

    name: str
    weight: int | None
    enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node and its wave: 0 starts first, every other waits for one of the wave before. `kind`: of a service its
    workload's, of a datastore its engine; `note`: of a datastore its topology, of an external its host, of a
    service its versions."""

    name: str
    wave: int
    kind: str
    sort: Sort = Sort.SERVICE
    note: str = ""
    ports: tuple[Port, ...] = ()
    owner: str = ""
    type: str = ""
    description: str = ""
    release: str = ""
    exposed: bool = False
    enabled: bool = True
    aliases: tuple[str, ...] = ()
    versions: tuple[Version, ...] = ()

    @property
    def shape(self) -> str:
        """What gives it its shape: the workload's kind, or else the sort."""
        return self.kind if self.sort is Sort.SERVICE else str(self.sort)

    @property
    def facts(self) -> list[str]:
        """What is worth a word beside the name: a Deployment is what everybody expects."""
        words = [] if self.kind == "Deployment" else [self.kind]
        return words + ([self.note] if self.note else [])

    def group(self, grouping: Grouping) -> str:
        """The name of the node's group; empty where it has none."""
        return {Grouping.OWNER: self.owner, Grouping.TYPE: self.type, Grouping.GROUP: self.release}.get(grouping, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A declared call. `ports` are the names of those called; `narrowed`: the target shows others too; `finishes`: the
    target is a Job, for whose end the caller waits; `versions`: those of the caller that call, where not all do."""

    source: str
    target: str
    ports: tuple[str, ...]
    narrowed: bool = False
    startup: bool = True
    optional: bool = False
    finishes: bool = False
    versions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A platform's graph: nodes by wave, then name; lines by source, then target."""

    name: str
    version: str
    nodes: tuple[Node, ...]
    lines: tuple[Line, ...]
    releases: tuple[str, ...] = ()
    """The platform's releases in start order, where it has several."""

    def by_wave(self) -> list[list[Node]]:
        """The nodes of each wave, first to start first. An entry may be empty where the picture shows a part."""
        last = self.nodes[-1].wave if self.nodes else -1
        return [[node for node in self.nodes if node.wave == wave] for wave in range(last + 1)]

    def by_group(self, grouping: Grouping) -> list[tuple[str, list[Node]]]:
        """The nodes of each group, sorted by its name; those without one come first, under an empty name."""
        ordered = sorted(self.nodes, key=lambda node: (node.group(grouping), node.wave, node.name))
        return [(name, list(nodes)) for name, nodes in groupby(ordered, key=lambda node: node.group(grouping))]


def picture(registry: Registry, around: Iterable[str] = ()) -> Picture:
    """The registry's whole picture, or the part around the named services: they, all they need, all who need them."""
    services = registry.by_name()
    wave = waves(Graph(services, ((caller, edge.target) for caller, edge in registry.edges() if edge.startup)))
    shown = _neighbourhood(registry, around) or set(services)
    home = homes(registry)
    nodes = [_node(service, wave[name], home.get(name, "")) for name, service in services.items() if name in shown]
    releases = tuple(umbrella.name for umbrella in umbrellas(registry))
    lines = [
        _line(services[caller], edge, services[edge.target])
        for caller, edge in registry.edges()
        if caller in shown and edge.target in shown
    ]
    return Picture(
        name=registry.metadata.name,
        version=registry.metadata.version,
        nodes=tuple(sorted(nodes, key=lambda node: (node.wave, node.name))),
        lines=tuple(sorted(lines, key=lambda line: (line.source, line.target))),
        releases=releases if len(releases) > 1 else (),
    )


def _neighbourhood(registry: Registry, around: Iterable[str]) -> set[str]:
    calls = Graph(registry.by_name(), ((caller, edge.target) for caller, edge in registry.edges()))
    callers = calls.reversed()
    return {found for name in around for found in {name} | reach(calls, name) | reach(callers, name)}


def _node(node: registry_model.Node, wave: int, release: str) -> Node:
    return Node(
        name=node.name,
        wave=wave,
        sort=_sort(node),
        kind=str(node.kind),
        note=_note(node),
        ports=node.ports,
        owner=node.owner,
        type=node.type,
        description=node.description,
        release=release,
        exposed=bool(node.open_ports) if isinstance(node, Service) else node.exposed,
        enabled=node.enabled,
        aliases=tuple(front.name for front in node.fronts[1:]) if isinstance(node, Service) else (),
        versions=_versions(node),
    )


def _sort(node: registry_model.Node) -> Sort:
    if isinstance(node, Datastore):
        return Sort.DATASTORE
    return Sort.EXTERNAL if isinstance(node, External) else Sort.SERVICE


def _note(node: registry_model.Node) -> str:
    """What a reader wants to know beside the kind: a datastore's topology, an external's host, a service's versions."""
    if isinstance(node, External):
        return node.host
    if isinstance(node, Service):
        return " ".join(_said(version) for version in _versions(node))
    return str(node.topology) if node.topology is not Topology.SINGLE else ""


def _said(version: Version) -> str:
    """A version in a word; one that is off stands in parentheses."""
    weight = "" if version.weight is None else f"={version.weight}%"
    return f"{version.name}{weight}" if version.enabled else f"({version.name})"


def _versions(node: registry_model.Node) -> tuple[Version, ...]:
    found = node.versions if isinstance(node, Service) else ()
    return tuple(Version(name=each.name, weight=each.weight, enabled=each.workload.enabled) for each in found)


def _calling(caller: registry_model.Node, target: str) -> tuple[str, ...]:
    """The versions of the caller that call, where not all do."""
    versions = caller.versions if isinstance(caller, Service) else ()
    found = tuple(v.name for v in versions if target in {edge.target for edge in v.workload.edges})
    return found if len(found) < len(versions) else ()


def _line(caller: registry_model.Node, edge: Edge, target: registry_model.Node) -> Line:
    return Line(
        source=caller.name,
        target=edge.target,
        ports=edge.ports,
        narrowed=set(edge.ports) < {port.name for port in target.exposed_ports},
        startup=edge.startup,
        optional=edge.optional,
        finishes=edge.startup and isinstance(target, Service) and target.kind is Kind.JOB,
        versions=_calling(caller, edge.target),
    )
