"""How a release that is too large could be cut: groups of services, none of which waits for a later one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count, pairwise
from typing import TYPE_CHECKING

from chartgen.audit.record import LIMIT
from chartgen.graph import Graph, components
from chartgen.registry.service import Service
from chartgen.registry.umbrellas import waiting

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from chartgen.audit.objects import Document
    from chartgen.audit.record import Record
    from chartgen.registry.model import Datastore
    from chartgen.registry.umbrellas import Umbrella

AIM = 0.40
"""The share of the limit that each part may take, so that it can grow."""

_FEW = 40
"""More names than this do not fit a hint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One release of a cut: its group, and its services, sorted."""

    group: str
    services: tuple[str, ...]


def cut(
    umbrella: Umbrella, documents: Iterable[Document], record: Record, taken: Collection[str] = ()
) -> tuple[Part, ...]:
    """The umbrella's services in parts of less than `AIM` of the limit each, as far as one service is; those of the
    last part stay where they are. Services that share an account stay together. `documents` is what the umbrella
    rendered, `record` its record, `taken` the groups that there are."""
    sizes = _sizes(umbrella, documents)
    room = AIM * LIMIT / record.size * sum(sizes.values())
    chunks = list(_chunks(_clusters(umbrella.charts), sizes, room))
    names = _free_names(f"{umbrella.group}-" if umbrella.group else "part-", taken)
    groups = [next(names) for _ in chunks[:-1]]
    return tuple(
        Part(group=group, services=tuple(sorted(chunk)))
        for group, chunk in zip([*groups, umbrella.group], chunks, strict=True)
    )


def words(parts: Sequence[Part]) -> str:
    """The cut as a hint: what to write on which services."""
    moved = parts[:-1]
    if not moved:
        return "no cut into groups makes it smaller: one service, or services that share an account, take it all"
    short = sum(len(part.services) for part in moved) <= _FEW
    told = "; ".join(f"group: {part.group} on {_names(part.services, short=short)}" for part in moved)
    whole = "" if short else "; `chartgen lint --format json` has all names"
    return f"cut the platform into releases, such as: {told}{whole}"


def _names(services: Sequence[str], *, short: bool) -> str:
    return ", ".join(services) if short else f"{len(services)} services ({services[0]} … {services[-1]})"


def _clusters(charts: Sequence[Service | Datastore]) -> list[list[list[str]]]:
    """Clusters of services that have to do with each other; in each the units that cannot be parted, every one after
    all that it waits for, and near to it."""
    users: dict[str, list[str]] = {}
    for node in charts:
        for workload in node.workloads if isinstance(node, Service) else (node.workload,):
            users.setdefault(workload.account.name, []).append(node.name)
    names = [node.name for node in charts]
    tied = [pair for found in users.values() for pair in pairwise([*found, found[0]]) if len(found) > 1]
    edges = [*waiting(charts), *tied]
    both_ways = Graph(names, [*edges, *((callee, caller) for caller, callee in edges)])
    cluster = {name: number for number, found in enumerate(components(both_ways)) for name in found}
    clusters: list[list[list[str]]] = [[] for _ in set(cluster.values())]
    for unit in components(Graph(names, edges)):
        clusters[cluster[unit[0]]].append(unit)
    return clusters


def _chunks(clusters: Iterable[list[list[str]]], sizes: Mapping[str, int], room: float) -> Iterator[list[str]]:
    """What fits into the room, in order; a cluster is parted only where it is larger than a whole room."""

    def size(units: Iterable[list[str]]) -> int:
        return sum(sizes[name] for unit in units for name in unit)

    chunk: list[str] = []
    left = room
    for cluster in clusters:
        for at, unit in enumerate(cluster):
            whole = size(cluster) if at == 0 and size(cluster) <= room else size([unit])
            if chunk and whole > left:
                yield chunk
                chunk, left = [], room
            chunk, left = chunk + unit, left - size([unit])
    yield chunk


def _sizes(umbrella: Umbrella, documents: Iterable[Document]) -> dict[str, int]:
    """How much text each service's chart renders."""
    sizes = dict.fromkeys((node.name for node in umbrella.charts), 0)
    for document in documents:
        _, charts, rest = document.source.partition("/charts/")
        name = rest.partition("/")[0]
        if charts and name in sizes:
            sizes[name] += len(document.text)
    return sizes


def _free_names(stem: str, taken: Collection[str]) -> Iterator[str]:
    return (name for number in count(1) if (name := f"{stem}{number}") not in taken)
