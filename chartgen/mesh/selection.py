"""Selectors, and look-ups by label: what selects a pod is found without looking at everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from chartgen.mesh.objects import Requirement, Selector

_T = TypeVar("_T")


def subset(wanted: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Whether the labels hold all the wanted ones."""
    return wanted.items() <= labels.items()


def selects(selector: Selector, labels: Mapping[str, str]) -> bool:
    """Whether a Kubernetes selector takes what has these labels."""
    return subset(selector.labels, labels) and all(_holds(each, labels) for each in selector.requirements)


def _holds(requirement: Requirement, labels: Mapping[str, str]) -> bool:
    value = labels.get(requirement.key)
    if requirement.operator == "In":
        return value in requirement.values
    if requirement.operator == "NotIn":
        return value not in requirement.values
    return (value is not None) is (requirement.operator == "Exists")


class Index(Generic[_T]):
    """Things that want labels, each under one (namespace, label) that it shares with few others."""

    __slots__ = ("_buckets", "_every")

    def __init__(self, things: Iterable[tuple[str, Mapping[str, str], _T]]) -> None:
        """`things`: (namespace, wanted labels, the thing)."""
        things = list(things)
        counts = Counter((namespace, item) for namespace, wanted, _ in things for item in wanted.items())
        self._every: dict[str, list[_T]] = {}
        self._buckets: dict[tuple[str, tuple[str, str]], list[tuple[Mapping[str, str], _T]]] = {}
        for namespace, wanted, thing in things:
            if wanted:
                rarest = min(((namespace, item) for item in wanted.items()), key=counts.__getitem__)
                self._buckets.setdefault(rarest, []).append((wanted, thing))
            else:
                self._every.setdefault(namespace, []).append(thing)

    def of(self, namespace: str, labels: Mapping[str, str]) -> Iterator[_T]:
        """What wants these labels, or none, in that namespace."""
        yield from self._every.get(namespace, ())
        buckets = self._buckets
        for item in labels.items() if buckets else ():
            for wanted, thing in buckets.get((namespace, item), ()):
                if len(wanted) == 1 or subset(wanted, labels):
                    yield thing
