"""The umbrellas of a platform: one for each group, one for all that has none. Each is a chart, and a release. The
policy chart is one of the only umbrella's subcharts, or beside several a release of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chartgen.graph import Graph, start_order
from chartgen.registry.model import Datastore
from chartgen.registry.service import Service

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chartgen.registry.model import Registry

POLICY = "mesh-policy"
"""The policy chart's name among an umbrella's subcharts."""

POLICY_GROUP = "policy"
"""What stands for it where groups are named, and can be no group's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Umbrella:
    """One umbrella: its name, which is its chart's and its release's, its group (empty: all without one), what has
    subcharts in it, by name, and the umbrellas that these wait for, sorted. The policy chart, where it is a release of
    its own, has none."""

    name: str
    group: str
    charts: tuple[Service | Datastore, ...]
    waits_for: tuple[str, ...] = ()

    @property
    def services(self) -> tuple[Service, ...]:
        """Its services alone."""
        return tuple(node for node in self.charts if isinstance(node, Service))

    @property
    def datastores(self) -> tuple[Datastore, ...]:
        """Its datastores alone."""
        return tuple(node for node in self.charts if isinstance(node, Datastore))

    @property
    def is_policy(self) -> bool:
        """Whether it is the policy chart, which stands for no service."""
        return not self.charts

    @property
    def folder(self) -> str:
        """Its chart's folder, from the repository's root."""
        return f"charts/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyHome:
    """Where the policy chart is. `alone`: a release of its own, because the platform is several."""

    name: str
    folder: str
    alone: bool


def umbrella_name(platform: str, group: str) -> str:
    """The name of a group's umbrella; of what has no group, the platform's."""
    return f"{platform}-{group}" if group else platform


def policy_home(registry: Registry) -> PolicyHome | None:
    """Where the policy chart is; None for a platform that has neither mesh nor gateway."""
    platform = registry.metadata.name
    if not (registry.mesh or registry.gateway):
        return None
    if any(node.group for node in registry.charts()):
        name = umbrella_name(platform, POLICY_GROUP)
        return PolicyHome(name=name, folder=f"charts/{name}", alone=True)
    return PolicyHome(name=POLICY, folder=f"charts/{platform}/charts/{POLICY}", alone=False)


def umbrellas(registry: Registry) -> tuple[Umbrella, ...]:
    """The umbrellas in start order: each after all that its services wait for, and the policy chart before them all."""
    groups: dict[str, list[Service | Datastore]] = {}
    for node in registry.charts():
        groups.setdefault(node.group, []).append(node)
    names = {group: umbrella_name(registry.metadata.name, group) for group in groups}
    waits = Graph(names.values(), between(homes(registry), waiting(registry.charts())))
    of = {names[group]: group for group in groups}
    home = policy_home(registry)
    policy = (Umbrella(name=home.name, group=POLICY_GROUP, charts=()),) if home and home.alone else ()
    found = (
        Umbrella(name=name, group=of[name], charts=tuple(groups[of[name]]), waits_for=tuple(waits.targets(name)))
        for name in start_order(waits)
    )
    return (*policy, *found)


def homes(registry: Registry) -> dict[str, str]:
    """Service or datastore → the name of its umbrella."""
    return {node.name: umbrella_name(registry.metadata.name, node.group) for node in registry.charts()}


def waiting(charts: Iterable[Service | Datastore]) -> list[tuple[str, str]]:
    """(caller, target) of every edge whose caller waits."""
    return [(node.name, edge.target) for node in charts for edge in node.edges if edge.startup]


def between(home: Mapping[str, str], edges: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The homes of both ends, for the edges that lead from one to another; each pair as often as it is there."""
    pairs = ((home.get(caller), home.get(target)) for caller, target in edges)
    return [(one, other) for one, other in pairs if one is not None and other is not None and one != other]
