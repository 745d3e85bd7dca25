"""What an operator takes: as many pods as its topology can have, and names that leave room for its own endings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chartgen.engines.engine import Count, Way
from chartgen.registry.checks.subject import Draft, Finding, Platform

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chartgen.engines.engine import Operator, Store


def pods(draft: Draft, platform: Platform) -> Iterator[Finding]:
    """Pods in a number that the operator refuses for that topology."""
    operator, store = _operated(draft)
    count = operator.counts.get(store.topology, Count()) if operator else Count()
    if not operator or _takes(count, store.instances):
        return
    raw: Mapping[str, Any] = platform.data["datastores"][draft.home[1]]
    provision = raw.get("provision")
    own = isinstance(provision, dict) and "instances" in (provision.get(Way.OPERATOR) or {})
    yield Finding(
        code="CG225",
        path=(*draft.home, *(("provision", Way.OPERATOR) if own else ()), "instances"),
        message=f"{draft.title} cannot have {store.instances} pods: {operator.title} gives {_offered(count)} "
        f"for {store.topology}",
        hint=f"set instances: {_nearest(count, store.instances)}",
    )


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
