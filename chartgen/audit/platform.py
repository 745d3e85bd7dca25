"""All objects of one render, indexed: which pods a selector selects, without looking at every pod."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chartgen.audit.containers import port_numbers
from chartgen.audit.objects import Pod, Rendered, Tree, mapping, mappings, texts

if TYPE_CHECKING:
    from collections.abc import Sequence

Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Platform:
    """The render of one value set. `production`: these are the values that customers meet."""

    objects: tuple[Rendered, ...]
    workloads: tuple[Rendered, ...]
    by_label: dict[Key, list[Rendered]]
    by_name: dict[Key, Rendered]
    production: bool = False

    def of_kind(self, *kinds: str) -> list[Rendered]:
        """The objects of these kinds, in the order of the render."""
        return [thing for thing in self.objects if thing.kind in kinds]

    def selected(self, selector: Tree) -> list[Rendered]:
        """The workloads whose pods a label selector (matchLabels, matchExpressions) selects; all for an empty one."""
        labels = [(str(key), str(value)) for key, value in mapping(selector.get("matchLabels")).items()]
        candidates = min((self.by_label.get(pair, []) for pair in labels), key=len, default=self.workloads)
        expressions = mappings(selector.get("matchExpressions"))
        return [thing for thing in candidates if thing.pod and _matches(thing.pod, labels, expressions)]

    def services(self) -> list[tuple[Rendered, list[Rendered]]]:
        """Every Service that has a selector, with the workloads whose pods it selects."""
        return [
            (thing, self.selected({"matchLabels": thing.spec["selector"]}))
            for thing in self.of_kind("Service")
            if mapping(thing.spec.get("selector"))
        ]


def index(objects: Sequence[Rendered], *, production: bool = False) -> Platform:
    """The objects as a platform."""
    workloads = tuple(thing for thing in objects if thing.pod)
    by_label: dict[Key, list[Rendered]] = defaultdict(list)
    for thing in workloads:
        if thing.pod:
            for pair in thing.pod.labels.items():
                by_label[pair].append(thing)
    return Platform(
        objects=tuple(objects),
        workloads=workloads,
        by_label=by_label,
        by_name={(thing.kind, thing.name): thing for thing in objects},
        production=production,
    )


def ports_of(workloads: Sequence[Rendered]) -> dict[object, set[int]]:
    """Name or number of each port of these workloads' containers → the numbers it stands for."""
    found: dict[object, set[int]] = defaultdict(set)
    for thing in workloads:
        for container in thing.pod.containers if thing.pod else ():
            for key, number in port_numbers(container).items():
                found[key].add(number)
    return found


def _matches(pod: Pod, labels: list[Key], expressions: list[Tree]) -> bool:
    return all(pod.labels.get(key) == value for key, value in labels) and all(
        _expressed(pod, expression) for expression in expressions
    )


def _expressed(pod: Pod, expression: Tree) -> bool:
    key, values = str(expression.get("key")), texts(expression.get("values"))
    match expression.get("operator"):
        case "In":
            return pod.labels.get(key) in values
        case "NotIn":
            return pod.labels.get(key) not in values
        case "Exists":
            return key in pod.labels
        case _:
            return key not in pod.labels
