"""What may be set on the policy chart: of all that several charts read, what this one reads."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from chartgen.emit.entries import Entry, Group, Written, root_written
from chartgen.emit.plane import Plane, plane_of
from chartgen.emit.policy.admissions import Callee, Who
from chartgen.emit.policy.isolation import entered, gateway_pods
from chartgen.emit.shared import shared_values
from chartgen.engines.engine import Way
from chartgen.registry.controllers import controllers
from chartgen.registry.model import Datastore, Registry
from chartgen.registry.umbrellas import POLICY


def policy_values(registry: Registry, callees: Sequence[Callee]) -> Written:
    """Its values.yaml, schema and table. It is installed in an umbrella, or alone and first with the umbrella's own
    values files, so it takes all that these may hold; by default it has what it reads itself."""
    every = shared_values(registry)
    own = Group("global", tuple(_of(every.entries, frozenset(_read(registry, callees, plane_of(registry))))))
    names = [POLICY, "chartgenRelease", *(node.name for node in registry.charts())]
    return root_written(own, every, names)


def _of(entries: Iterable[Entry], read: Collection[str], prefix: str = "") -> Iterator[Entry]:
    """The entries that are among these, or in one of them."""
    for entry in entries:
        key = prefix + entry.key
        if key in read:
            yield entry
        elif isinstance(entry, Group):
            inner = tuple(_of(entry.entries, read, f"{key}."))
            if inner:
                yield Group(entry.key, inner, entry.about)


def _read(registry: Registry, callees: Sequence[Callee], plane: Plane) -> Iterator[str]:
    yield "gateway"
    if not plane.mode:
        return
    yield from ("mesh.trustDomain", "mesh.namespace", "mesh.identity", "mesh.scraper", "monitoring.scrape")
    isolated = gateway_pods(registry, plane) or plane.behind
    if isolated:
        yield from ("networkPolicy", "monitoring.from")
    if isolated or plane.sidecars:
        yield "mesh.controlPlane"
    if entered(registry, plane):
        yield "ingress"
    if any(callee.admits(Who.INGRESS) for callee in callees):
        yield "mesh.ingress"
    if any(callee.admits(Who.HELM_TEST) for callee in callees):
        yield "helmTest.enabled"
    for store in registry.datastores:
        yield from _of_store(store)
    yield from (f"operators.{operator.name}" for operator in controllers(registry))


def _of_store(store: Datastore) -> Iterator[str]:
    """Where it can be in one way alone, nobody asks in which it is."""
    place = f"datastores.{store.name}"
    if len(store.ways) > 1:
        yield f"{place}.provision"
    if Way.EXTERNAL in store.ways:
        yield from (f"{place}.host", f"{place}.port")
