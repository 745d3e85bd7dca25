"""Declared calls, each with the accounts and the pods of its callers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from chartgen.engines.engine import Operated, Way
from chartgen.registry.model import Datastore, Registry
from chartgen.registry.service import Edge, Service

Labels: TypeAlias = tuple[tuple[str, str], ...]
"""Labels that find pods."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Caller:
    """A node of the registry (or one version of it: `web v2`), and an account that its pods have."""

    name: str
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An edge, and all that may use it: a version of a service has its own edges, a datastore several accounts.
    `pods`: labels, each set of which finds pods of the caller."""

    caller: str
    callers: tuple[Caller, ...]
    pods: tuple[Labels, ...]
    edge: Edge


def calls_to(registry: Registry) -> Mapping[str, tuple[Call, ...]]:
    """Node name → the calls that are declared to it."""
    return {
        name: tuple(call for node, edge in pairs for call in _calls(node, edge, registry))
        for name, pairs in registry.callers().items()
    }


def _calls(node: Service | Datastore, edge: Edge, registry: Registry) -> Iterator[Call]:
    name = node.name
    if isinstance(node, Datastore):
        callers = tuple(Caller(name=name, account=account) for account in accounts_of(node))
        operated = (tuple(node.operated.pods.items()),) if node.operated else ()
        own = (own_pods(name, registry),) if Way.BUILTIN in node.ways else ()
        yield Call(caller=name, callers=callers, pods=(*own, *operated), edge=edge)
    elif not node.versions:
        caller = Caller(name=name, account=node.account.name)
        yield Call(caller=name, callers=(caller,), pods=(own_pods(name, registry),), edge=edge)
    else:
        yield from _of_versions(node, edge.target, registry)


def _of_versions(service: Service, target: str, registry: Registry) -> Iterator[Call]:
    for version in service.versions:
        own = Caller(name=f"{service.name} {version.name}", account=version.workload.account.name)
        pods = own_pods(service.name, registry, version.name)
        for edge in version.workload.edges:
            if edge.target == target:
                yield Call(caller=f"{service.name}.{version.name}", callers=(own,), pods=(pods,), edge=edge)


def own_pods(app: str, registry: Registry, version: str = "") -> Labels:
    """Labels that find the pods of a service, whichever release they are of."""
    return _labels(app, registry.metadata.name, version)


@lru_cache(maxsize=1 << 14)  # they come again in every call
def _labels(app: str, platform: str, version: str) -> Labels:
    labels = (("app.kubernetes.io/name", app), ("app.kubernetes.io/part-of", platform))
    return (*labels, ("version", version)) if version else labels


def accounts_of(store: Datastore) -> tuple[str, ...]:
    """Every account that pods of a datastore can have, in any of its ways."""
    own = (store.workload.account.name,) if Way.BUILTIN in store.ways else ()
    return tuple(sorted({*own, *(operated_accounts(store.operated) if store.operated else ())}))


def operated_accounts(operated: Operated) -> tuple[str, ...]:
    """The accounts of an operator's pods: those of all their parts."""
    made = {name for kind, name in operated.makes if kind == "ServiceAccount"}
    return tuple(sorted(made | {operated.account}))
