"""What a way takes: as many pods as its topology can have; and names that leave room for an operator's own endings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chartgen.engines.engine import Count, Topology, Way
from chartgen.registry.checks.subject import Draft, Finding, Platform

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chartgen.engines.engine import Operator, Store


def pods(draft: Draft, platform: Platform) -> Iterator[Finding]:
    """Pods in a number that the way does not take for that topology."""
    assert draft.store is not None
    raw: Mapping[str, Any] = platform.data["datastores"][draft.home[1]]
    for way, (title, counts) in _counts(draft).items():
        store = draft.store.stores[way]
        count = counts.get(store.topology, Count())
        if _takes(count, store.instances):
            continue
        provision = raw.get("provision")
        own = isinstance(provision, dict) and "instances" in (provision.get(way) or {})
        yield Finding(
            code="CG225",
            path=(*draft.home, *(("provision", way) if own else ()), "instances"),
            message=f"{draft.title} cannot have {store.instances} pods: {title} gives {_offered(count)} "
            f"for {store.topology}",
            hint=f"set instances: {_nearest(count, store.instances)}",
        )


def _counts(draft: Draft) -> dict[Way, tuple[str, Mapping[Topology, Count]]]:
    """Of each way that is carried: who makes the pods, and how many there can be."""
    assert draft.store is not None
    engine = draft.store.engine
    found: dict[Way, tuple[str, Mapping[Topology, Count]]] = {}
    if Way.BUILTIN in draft.store.ways and engine.builtin and engine.name != "custom":
        counts = {topology: _of_its_own(topology, pods) for topology, pods in engine.builtin.topologies.items()}
        found[Way.BUILTIN] = ("builtin", counts)
    if Way.OPERATOR in draft.store.ways and engine.operator:
        found[Way.OPERATOR] = (engine.operator.title, engine.operator.counts)
    return found


def _of_its_own(topology: Topology, pods: int) -> Count:
    """Several servers that do not know each other would be several stores; fewer than a cluster begins with, none."""
    return Count(least=pods, most=pods if topology is Topology.SINGLE else 0)


def name(draft: Draft, _platform: Platform) -> Iterator[Finding]:
    """A name after which the operator could not name all that it makes."""
    operator, store = _operated(draft)
    if operator and len(store.name) > operator.max_name:
        yield Finding(
            code="CG213",
            path=(*draft.home, "name"),
            message=f"{operator.title} takes names of at most {operator.max_name} characters, "
            f"this one has {len(store.name)}",
            hint="it appends to it for its own objects, whose names must fit into Kubernetes' limits",
        )


def _operated(draft: Draft) -> tuple[Operator | None, Store]:
    assert draft.store is not None
    carried = Way.OPERATOR in draft.store.ways
    return draft.store.engine.operator if carried else None, draft.store.stores[Way.OPERATOR]


def _takes(count: Count, pods: int) -> bool:
    fits = pods >= count.least and (not count.most or pods <= count.most)
    return fits and (pods - count.least) % count.step == 0


def _offered(count: Count) -> str:
    if count.least == count.most:
        return str(count.least)
    first = [count.least + step * count.step for step in range(3)]
    shown = [str(number) for number in first if not count.most or number <= count.most]
    more = not count.most or first[-1] < count.most
    return ", ".join([*shown, "…"] if more else shown)


def _nearest(count: Count, pods: int) -> int:
    """The next number above that it takes, else the highest."""
    steps = max(0, -(-(pods - count.least) // count.step))
    number = count.least + steps * count.step
    return min(number, count.most) if count.most else number
