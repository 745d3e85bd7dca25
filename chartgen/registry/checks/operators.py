"""What a way takes: as many pods as its topology can have; and names that leave room for an operator's own endings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chartgen.engines.engine import Way
from chartgen.registry.checks.subject import Draft, Finding, Platform

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chartgen.engines.engine import Count, Operator, Store


def pods(draft: Draft, platform: Platform) -> Iterator[Finding]:
    """Pods in a number that the way does not take for that topology."""
    assert draft.store is not None
    raw: Mapping[str, Any] = platform.data["datastores"][draft.home[1]]
    for way, (title, count) in _counts(draft).items():
        store = draft.store.stores[way]
        if count.takes(store.instances):
            continue
        provision = raw.get("provision")
        own = isinstance(provision, dict) and "instances" in (provision.get(way) or {})
        yield Finding(
            code="CG225",
            path=(*draft.home, *(("provision", way) if own else ()), "instances"),
            message=f"{draft.title} cannot have {store.instances} pods: {title} gives {count} for {store.topology}",
            hint=f"set instances: {count.nearest(store.instances)}",
        )


def _counts(draft: Draft) -> dict[Way, tuple[str, Count]]:
    """Of each way that is carried: who makes the pods, and how many there can be."""
    assert draft.store is not None
    engine, stores = draft.store.engine, draft.store.stores
    found: dict[Way, tuple[str, Count]] = {}
    if Way.BUILTIN in draft.store.ways and engine.builtin:
        found[Way.BUILTIN] = ("builtin", engine.builtin.count(stores[Way.BUILTIN].topology))
    if Way.OPERATOR in draft.store.ways and engine.operator:
        found[Way.OPERATOR] = (engine.operator.title, engine.operator.count(stores[Way.OPERATOR].topology))
    return found


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
