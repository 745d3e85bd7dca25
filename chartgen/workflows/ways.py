"""The ways in which datastores are provided: those that an environment forbids, those that no set of values tries."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chartgen.audit.objects import mapping
from chartgen.codes import diagnose
from chartgen.diagnostics import Span
from chartgen.engines.engine import Way
from chartgen.workflows.value_set import DEFAULTS, ValueSet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chartgen.diagnostics import Diagnostic
    from chartgen.registry.model import Datastore, Registry

_SOMEWHERE = "external.invalid"
"""A host for a way that no values describe yet: the chart is judged, nobody is called."""


def judged(registry: Registry, values: ValueSet) -> Iterator[Diagnostic]:
    """What is wrong with the ways that an environment's values choose."""
    yield from forbidden(registry, values)
    yield from open_doors(registry, values)


def forbidden(registry: Registry, values: ValueSet) -> Iterator[Diagnostic]:
    """Datastores that an environment's values, or the defaults, provide in a way that the environment does not take."""
    allowed = {environment.name: environment.ways for environment in registry.environments}[values.name]
    for store in registry.datastores if allowed else ():
        way = chosen(store, values)
        if way in allowed or not store.enabled:
            continue
        path = ("global", "datastores", store.name, "provision")
        span = values.place(path) or Span(file=f"values/{values.name}/values.yaml")
        fit = next((each for each in store.ways if each in allowed), allowed[0])
        words = f'datastore "{store.name}" is provided as {way}, and environment "{values.name}" takes only '
        hint = f"set {'.'.join(path)} to {fit}"
        yield diagnose("CG563", span, words + " or ".join(allowed), hint)


def open_doors(registry: Registry, values: ValueSet) -> Iterator[Diagnostic]:
    """Datastores that production runs without a password, where a Secret would give them one."""
    for store in registry.datastores if values.production else ():
        way = Way(chosen(store, values))
        offer = store.offer(way)
        if not offer or offer.secrets or not store.enabled or not _takes_secret(store, way):
            continue
        words = f'datastore "{store.name}", provided as {way} in "{values.name}", asks nobody for a password'
        span = values.place(("global", "datastores", store.name, "provision"))
        hint = f"add secret: {store.name}-credentials to it in the registry, and its password to the env of its callers"
        yield diagnose("CG564", span or Span(file=f"values/{values.name}/values.yaml"), words, hint)


def _takes_secret(store: Datastore, way: Way) -> bool:
    """Whether a Secret of its own would be a lock; of somebody else's datastore or engine nothing is known."""
    engine = store.engine
    if way is Way.EXTERNAL or engine.is_custom or "secret" in engine.ignores:
        return False
    return way is Way.OPERATOR or bool(engine.builtin and engine.builtin.secrets)


def chosen(store: Datastore, values: ValueSet) -> str:
    """The way that the values choose, or the default."""
    given: Any = values.given
    for key in ("global", "datastores", store.name):
        given = mapping(mapping(given).get(key))
    return str(given.get("provision") or store.default)


def defaults(registry: Registry) -> ValueSet:
    """The chart's defaults; a datastore that is external by default, at a host that each environment names, is given
    some host."""
    nowhere = [store for store in registry.datastores if store.default is Way.EXTERNAL and _host(store, Way.EXTERNAL)]
    return replace(_set(Way.EXTERNAL, nowhere), name=DEFAULTS) if nowhere else ValueSet(name=DEFAULTS)


def untried(registry: Registry, sets: Sequence[ValueSet]) -> Iterator[ValueSet]:
    """One more set for each way that some datastore has and no set chooses: the chart must hold in every way."""
    for way in Way:
        stores = [
            store
            for store in registry.datastores
            if way in store.ways and all(chosen(store, values) != way for values in sets)
        ]
        if stores:
            yield _set(way, stores)


def _set(way: Way, stores: Sequence[Datastore]) -> ValueSet:
    given = {store.name: {"provision": str(way), **_host(store, way)} for store in stores}
    settings = (
        f"global.datastores.{name}.{key}={value}" for name, keys in given.items() for key, value in keys.items()
    )
    return ValueSet(
        name=f"datastores as {way}",
        given={"global": {"datastores": given}},
        arguments=tuple(word for setting in settings for word in ("--set", setting)),
    )


def _host(store: Datastore, way: Way) -> dict[str, str]:
    offer = store.offer(way)
    return {"host": _SOMEWHERE} if way is Way.EXTERNAL and offer and not offer.host else {}
