"""What of a platform is rendered and installed by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chartgen.audit.objects import mapping
from chartgen.registry.umbrellas import POLICY, POLICY_GROUP, policy_home, umbrella_name, umbrellas

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chartgen.registry.model import Registry
    from chartgen.workflows.value_set import ValueSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Its name, its chart's folder from the repository's root, and the umbrella that the chart is (or is a part of)."""

    name: str
    folder: str
    umbrella: str

    @property
    def chart(self) -> str:
        """The chart's name."""
        return self.folder.rpartition("/")[2]

    def file(self, source: str) -> str:
        """Where the template lies that Helm calls so (CHART/templates/…)."""
        return f"{self.folder.rpartition('/')[0]}/{source}"


def releases(registry: Registry, values: ValueSet) -> Sequence[Release]:
    """The releases that a set of values stands for, in start order: the umbrellas, before them the policy chart where
    the values switch it off in its umbrella."""
    whole = [Release(name=each.name, folder=each.folder, umbrella=each.name) for each in umbrellas(registry)]
    home = policy_home(registry)
    if not home or not policy_is_apart(registry, values):
        return whole
    platform = registry.metadata.name
    apart = Release(name=umbrella_name(platform, POLICY_GROUP), folder=home.folder, umbrella=platform)
    return [apart, *whole]


def policy_is_apart(registry: Registry, values: ValueSet) -> bool:
    """Whether the values leave the policy chart to a release of its own, which the umbrella else installs."""
    home = policy_home(registry)
    return home is not None and not home.alone and mapping(values.given.get(POLICY)).get("enabled") is False
