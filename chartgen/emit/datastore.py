"""One datastore's subchart: its own pods, its operator's resource or somebody else's name, as a value chooses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from chartgen.emit import network, shapes
from chartgen.emit.chart import chart_yaml
from chartgen.emit.entries import Entry, Group, Value, entry_with_default, written
from chartgen.emit.patches import ObjectTemplate, patched
from chartgen.emit.readme import datastore_readme
from chartgen.emit.render import Context, go_string, render, with_more
from chartgen.emit.service import Platform, objects_of, service_context
from chartgen.emit.tree import FileTree
from chartgen.emit.values import EXTRA, entries_of
from chartgen.emit.yaml import to_json
from chartgen.engines.engine import Count, Operated, OperatorObject, Store, Way
from chartgen.registry import names
from chartgen.registry.model import Datastore, Offer
from chartgen.registry.normal import BUILT_IN_RESOURCES
from chartgen.registry.pod import Port


def datastore(store: Datastore, platform: Platform) -> FileTree:
    """The subchart's files, relative to its folder."""
    values = written(tuple(_entries(store, platform)))
    callers = platform.callers.get(store.name, ())
    return {
        "Chart.yaml": chart_yaml(store.workload, platform.registry, makes_pods=Way.BUILTIN in store.ways),
        "values.yaml": values.yaml,
        "values.schema.json": values.schema,
        "README.md": datastore_readme(store, platform.registry, callers, values.table),
        **{f"templates/{name}": text for name, text in _templates(store, platform)},
    }


def _entries(store: Datastore, platform: Platform) -> Iterator[Entry]:
    own = entries_of(store.workload, platform.by_name) if Way.BUILTIN in store.ways else ()
    yield from (_with_its_numbers(entry, store) for entry in own if entry is not EXTRA)
    if store.operated:
        yield _operator_values(store, store.stores[Way.OPERATOR])
    yield EXTRA


def _with_its_numbers(entry: Entry, store: Datastore) -> Entry:
    """The pods know each other by their number, or nothing of each other: another one is the registry's to give."""
    engine, pods = store.engine.builtin, store.stores[Way.BUILTIN].instances
    if entry.key != "replicaCount" or not isinstance(entry, Value) or not engine or engine.any_number:
        return entry
    about = f"Number of pods: {pods}, or 0 while it is not to run. How many there can be is the registry's to say."
    return replace(entry, schema=shapes.all_or_none(pods), about=about)


def _operator_values(store: Datastore, wanted: Store) -> Group:
    """What an operator's resource takes from values."""
    storage = (
        Value("size", to_json(wanted.size), shapes.TEXT, "Size of each pod's claim."),
        Value("storageClass", to_json(wanted.storage_class), shapes.TEXT, "Empty: the cluster's default class."),
    )
    operator = store.engine.operator
    count = operator.count(wanted.topology) if operator else Count()
    resources = store.operator_resources or (operator.resources if operator else {}) or BUILT_IN_RESOURCES
    entries = (
        Value("instances", str(wanted.instances), shapes.pods(count), f"Pods of the operator's cluster: {count}."),
        entry_with_default("resources", resources, shapes.RESOURCES, "What each pod may use."),
        Group("storage", storage),
    )
    return Group("operator", entries, "Read where the datastore is provided by its operator.")


def _templates(store: Datastore, platform: Platform) -> Iterator[tuple[str, str]]:
    context = _context(store, platform)
    yield "_helpers.tpl", render("_helpers.tpl", context)
    if context["stores"]:
        yield "_datastores.tpl", render("_datastores.tpl", context)
    objects = [*_builtin(store, context), *_operator(store, context), *_external(store, context)]
    yield from patched(store.workload, objects) if store.patches else ((o.file, o.text) for o in objects)


def _context(store: Datastore, platform: Platform) -> Context:
    callers, operated = platform.callers.get(store.name, ()), store.operated
    return with_more(
        service_context(store.workload, platform),
        makes_pods=Way.BUILTIN in store.ways,
        ways=store.ways,
        default_way=str(store.default),
        datastore=store,
        operated=store.operated,
        operator=store.engine.operator,
        operator_policy=names.operator_policy(store.name),
        callers=network.ingress_numbers(store, callers, platform.plane) if store.operated else (),
        peer_ports=platform.plane.carried((port, "TCP") for port in operated.peer_ports) if operated else (),
        controller_ports=platform.plane.also((port, "TCP") for port in operated.controller_ports) if operated else (),
    )


def _builtin(store: Datastore, context: Context) -> Iterator[ObjectTemplate]:
    for each in objects_of(store.workload, context) if Way.BUILTIN in store.ways else ():
        yield _only(store, Way.BUILTIN, each)


def _operator(store: Datastore, context: Context) -> Iterator[ObjectTemplate]:
    """The operator's resources, and the policy of the pods that it makes of them."""
    if not store.operated:
        return
    for each in store.operated.objects:
        yield _only(store, Way.OPERATOR, _resource(store.operated, store.stores[Way.OPERATOR], each, context))
    text = render("operators/networkpolicy.yaml", context)
    policy = ObjectTemplate("NetworkPolicy", names.operator_policy(store.name), "networkpolicy-operator.yaml", text)
    yield _only(store, Way.OPERATOR, policy)


def _resource(operated: Operated, wanted: Store, each: OperatorObject, context: Context) -> ObjectTemplate:
    same = [other for other in operated.objects if other.kind == each.kind]
    file = each.file or (f"{each.kind}.yaml" if len(same) == 1 else f"{each.kind}-{each.name}.yaml").lower()
    more = with_more(context, store=wanted, object=each, facts=each.facts)
    return ObjectTemplate(each.kind, each.name, file, render(f"operators/{each.template}.yaml", more))


def _external(store: Datastore, context: Context) -> Iterator[ObjectTemplate]:
    offer = store.offer(Way.EXTERNAL)
    if offer:
        number = _number(offer, store)
        more = with_more(context, host=offer.host, ports=store.exposed_ports, port_number=number)
        for kind in ("Service", "EndpointSlice"):
            file = f"{kind.lower()}-external.yaml"
            yield _only(store, Way.EXTERNAL, ObjectTemplate(kind, store.name, file, render(file, more)))


def _number(offer: Offer, store: Datastore) -> Callable[[Port, bool], str]:
    """How a template says the number of a port: that of the first one is a value."""
    given = f'dig "datastores" {go_string(store.name)} "port" 0 (.Values.global | default dict)'

    def number(port: Port, first: bool) -> str:
        known = offer.ports[port.name]
        return f"{{{{ {given} | default {known} | int }}}}" if first else str(known)

    return number


def _only(store: Datastore, way: Way, each: ObjectTemplate) -> ObjectTemplate:
    """The object, rendered in that way alone; where the chart carries no other, there is nothing to choose."""
    if len(store.ways) == 1:
        return each
    text = f'{{{{- if eq (include "{store.name}.provision" .) "{way}" }}}}\n{each.text.rstrip()}\n{{{{- end }}}}\n'
    return ObjectTemplate(each.kind, each.name, each.file, text)
