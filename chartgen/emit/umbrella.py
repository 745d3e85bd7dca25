"""An umbrella chart: light, because Helm stores its own files in every release."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from chartgen.emit import shapes
from chartgen.emit.chart import umbrella_chart_yaml
from chartgen.emit.entries import Value, root_schema, written
from chartgen.emit.plane import plane_of
from chartgen.emit.readme import secrets_of, umbrella_readme
from chartgen.emit.render import Context, chart_label, context_of, render
from chartgen.emit.service import connection_test
from chartgen.emit.shared import shared_values
from chartgen.emit.tree import FileTree
from chartgen.emit.yaml import Writable, dump, to_json
from chartgen.engines.engine import Way
from chartgen.graph import Graph, start_order
from chartgen.registry import names
from chartgen.registry.kinds import traits
from chartgen.registry.kubernetes import GATEWAY_NAME
from chartgen.registry.model import Datastore, Node, Registry
from chartgen.registry.service import Kind, Service
from chartgen.registry.umbrellas import POLICY, Umbrella, policy_home, waiting

_FIRST_FREE_PORT = 8000
"""Below 1024 a port takes root to listen on: NOTES move such ports up by this."""


def umbrella(registry: Registry, every: Sequence[Umbrella], own: Umbrella, whole_order: Sequence[str]) -> FileTree:
    """An umbrella's own files, relative to its folder. Its schema is light, but closed: a misspelt service is refused,
    and each subchart's schema judges its own part. Every umbrella reads the same values files, so each knows the names
    of all services."""
    members = {node.name: node for node in own.charts}
    order = [name for name in whole_order if name in members]
    shared = shared_values(registry)
    home = policy_home(registry)
    policy = [POLICY] if home and not home.alone else []
    switches = [*([_SWITCH] if policy else []), _example(members[order[-1]])]
    return {
        "Chart.yaml": umbrella_chart_yaml(registry, own, [*policy, *order]),
        "values.yaml": written([shared]).yaml + "\n" + dump(_switches(members, order, policy)),
        "values.schema.json": root_schema([shared], ["chartgenRelease", *policy, *whole_order]),
        "README.md": umbrella_readme(registry, every, own, order, written([shared, *switches]).table),
        **{f"templates/{file}": text for file, text in _templates(registry, own)},
    }


def order_of(registry: Registry) -> list[str]:
    """The subcharts in start order: each after all that it waits for."""
    return start_order(Graph((node.name for node in registry.charts()), waiting(registry.charts())))


def _switches(members: Mapping[str, Node], order: Sequence[str], policy: Sequence[str]) -> dict[str, Writable]:
    on: dict[str, Writable] = {name: {"enabled": True} for name in policy}
    return on | {name: {"enabled": members[name].enabled} for name in order}


_SWITCH = Value(f"{POLICY}.enabled", "true", shapes.FLAG, "Install the policy. False where it is a release of its own.")


def _example(service: Node) -> Value:
    enabled = to_json(service.enabled)
    return Value(f"{service.name}.enabled", enabled, shapes.FLAG, f"Install {service.name}. Each service has this.")


def _templates(registry: Registry, own: Umbrella) -> Iterator[tuple[str, str]]:
    platform = registry.metadata.name
    label, plane = chart_label(own.name, registry.metadata.version), plane_of(registry)
    tested = any(connection_test(service, own.name) for service in _own_pods(own))
    yield "NOTES.txt", render("umbrella/NOTES.txt", _notes(registry, own, tested=tested))
    members = {node.name for node in own.charts}
    others = {node.name for node in registry.charts()} - members
    whole = [node for node in own.charts if not (isinstance(node, Service) and node.versions)]
    context = context_of(
        needs=_needs(whole, members),
        versions=_needs_of_versions(own, members),
        elsewhere=_needs(own.charts, others),
        hosts=[store.name for store in registry.datastores if store.offer(Way.EXTERNAL)],
    )
    if any(context[key] for key in ("needs", "versions", "elsewhere", "hosts")):
        yield "checks.yaml", render("umbrella/checks.yaml", context)
    for kind in ("serviceaccount", "networkpolicy") if tested else ():
        text = render(
            f"umbrella/helm-test-{kind}.yaml",
            context_of(
                platform=platform,
                helm_test=names.helm_test(own.name),
                chart_label=label,
                plane=plane,
                waypoint=plane.waypoint if plane.behind else "",
                gateway_name=GATEWAY_NAME,
            ),
        )
        yield f"tests/{kind}.yaml", text
    yield from _shared_accounts(registry, own)


def _needs(charts: Iterable[Service | Datastore], targets: Collection[str]) -> list[tuple[str, list[str]]]:
    """Which of the targets each service requires; those that require none are left out."""
    return [(node.name, callees) for node in charts if (callees := _required(node, targets))]


def _needs_of_versions(own: Umbrella, targets: Collection[str]) -> list[tuple[str, str, list[str]]]:
    return [
        (service.name, version.name, callees)
        for service in own.services
        for version in service.versions
        if (callees := _required(version.workload, targets))
    ]


def _notes(registry: Registry, own: Umbrella, *, tested: bool) -> Context:
    doors = [
        (service.name, port.port, port.port if port.port >= _FIRST_FREE_PORT else _FIRST_FREE_PORT + port.port)
        for service in own.services
        for port in service.open_ports
        if port.transport == "TCP"
    ]
    scales = sorted({service.kind.lower() for service in own.services if traits(service.kind).scales})
    secrets = [
        (store.name, each.name, each.command, each.ways if len(store.ways) > len(each.ways) else ())
        for store in own.datastores
        for each in secrets_of(store)
    ]
    return context_of(
        platform=registry.metadata.name,
        group=own.group,
        waits_for=own.waits_for,
        doors=doors,
        tested=tested,
        scales="|".join(scales),
        secrets=secrets,
        in_the_way=[
            (store.name, operator.title, _and(taken), store.operated.objects[0].resource)
            for store in own.datastores
            if (taken := names.in_the_way(store)) and store.operated and (operator := store.engine.operator)
        ],
        jobs=_awaited_jobs(registry, own),
        mesh_label=registry.mesh.label if registry.mesh else (),
        mesh=registry.mesh,
        namespace_of=".Release.Namespace",
    )


def _and(objects: Sequence[tuple[str, str]]) -> str:
    *first, last = [f"the {kind} {name}" for kind, name in objects]
    return f"{', '.join(first)} and {last}" if first else last


def _awaited_jobs(registry: Registry, own: Umbrella) -> list[tuple[str, str]]:
    """(job, those that wait for its end) of every Job that somebody waits for."""
    callers = registry.callers()
    jobs = [service.name for service in own.services if service.kind is Kind.JOB]
    awaited = [(job, [caller.name for caller, edge in callers.get(job, ()) if edge.startup]) for job in jobs]
    return [(job, ", ".join(names)) for job, names in awaited if names]


def _own_pods(own: Umbrella) -> list[Service]:
    """Every workload whose pods the charts make themselves."""
    services = (workload for service in own.services for workload in service.workloads)
    return [*services, *(store.workload for store in own.datastores if Way.BUILTIN in store.ways)]


def _required(node: Service | Datastore, charts: Collection[str]) -> list[str]:
    return [edge.target for edge in node.edges if not edge.optional and edge.target in charts]


def _shared_accounts(registry: Registry, own: Umbrella) -> Iterator[tuple[str, str]]:
    """An account that several services share belongs to none of their charts, so the umbrella makes it."""
    users: dict[str, list[Service]] = {}
    for service in _own_pods(own):
        if not service.account.own:
            users.setdefault(service.account.name, []).append(service)
    for account, services in sorted(users.items()):
        context = context_of(
            platform=registry.metadata.name,
            account=account,
            chart_label=chart_label(own.name, registry.metadata.version),
            users=list(dict.fromkeys(s.app for s in services)),
            annotations={key: value for s in services for key, value in s.account.annotations},
        )
        yield f"serviceaccount-{account}.yaml", render("umbrella/serviceaccount.yaml", context)
