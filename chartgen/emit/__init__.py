"""Registry → files: umbrellas, a subchart for each service and datastore, the policy chart, each environment's first
values. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from chartgen.emit.datastore import datastore
from chartgen.emit.policy import policy
from chartgen.emit.service import platform_of, service
from chartgen.emit.tree import FileTree, under
from chartgen.emit.umbrella import order_of, umbrella
from chartgen.emit.yaml import Writable, dump_block
from chartgen.registry.model import Datastore, Environment, Registry
from chartgen.registry.service import Service
from chartgen.registry.umbrellas import umbrellas

__all__ = ["FileTree", "order_of", "platform", "values"]

Charts: TypeAlias = Sequence[Service | Datastore]
Share: TypeAlias = Callable[[Callable[[Charts], FileTree], Charts], FileTree]


def platform(registry: Registry, share: Share = lambda work, services: work(services)) -> FileTree:
    """Everything below charts/ that the registry implies: path from the repository's root → text.

    `share` may give parts of the services to several workers and join what they make."""
    context = platform_of(registry)

    def subcharts(charts: Charts) -> FileTree:
        files: FileTree = {}
        for node in charts:
            chart = service(node, context) if isinstance(node, Service) else datastore(node, context)
            files |= under(f"charts/{context.homes[node.name]}/charts/{node.name}", chart)
            files |= under(guard.home.folder, guard.of(node)) if guard else {}
        return files

    order, found = order_of(registry), umbrellas(registry)
    guard = policy(registry)
    tops = under(guard.home.folder, guard.whole()) if guard else {}
    for each in found:
        tops |= under(each.folder, umbrella(registry, found, each, order)) if not each.is_policy else {}
    return tops | share(subcharts, registry.charts())


def values(environment: Environment, registry: Registry) -> FileTree:
    """An environment's first values files; chartgen writes them once and leaves them to people. Where the environment
    does not take a datastore as it is provided by default, they choose the first way that it takes."""
    folder = f"values/{environment.name}"
    return {
        f"{folder}/values.yaml": f"""\
# What is true of {environment.name} alone: sizes, hosts, names of secrets. Yours to edit: chartgen made this file once.
# Keys are those of the chart's values.yaml, under the service's name, and `global`.
{dump_block(_ways(environment, registry))}""",
        f"{folder}/release.yaml": f"""\
# What {environment.name} runs: <service>.image.tag and .digest, <service>.settings. Nothing else belongs here.
{{}}
""",
    }


def _ways(environment: Environment, registry: Registry) -> Writable:
    chosen: dict[str, Writable] = {}
    for store in registry.datastores:
        fit = [way for way in store.ways if way in environment.ways]
        if fit and store.default not in environment.ways:
            chosen[store.name] = {"provision": str(fit[0])}
    return {"global": {"datastores": chosen}} if chosen else {}
