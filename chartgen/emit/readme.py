"""The README of each chart: what it runs, who calls it, and what an operator may set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chartgen.emit.markdown import VALUE_TABLE_HEAD, code, plain, sentence
from chartgen.engines.engine import Operator, Store, Way
from chartgen.registry.model import Datastore, Node, Registry
from chartgen.registry.service import Edge, Kind, Service, Version
from chartgen.registry.umbrellas import POLICY, POLICY_GROUP, Umbrella, policy_home, umbrella_name

MANY = 100
"""From so many services on, helm may give up before it has seen that all are ready; with 300 it did."""

ADVICE = (
    "With `--wait`, add `--qps 50 --burst-limit 300 --timeout 15m`: helm sends five requests a second by default,",
    "and this many services may take longer than the five minutes that it waits, though all of them are ready.",
    "",
)


def service_readme(
    service: Service,
    registry: Registry,
    callees: Mapping[str, Node],
    callers: Sequence[tuple[Service | Datastore, Edge]],
    table: str,
) -> str:
    """A subchart's README.md; its table is values.yaml. `callees`: name → what an edge of the service leads to."""
    head = _lines(
        f"# {service.name}",
        "",
        sentence(service.description) or f"{service.name} of the {registry.metadata.name} platform.",
        "",
        *_facts(service, callees, callers),
        *_group(service),
        "",
        "## Values",
        "",
        f"Set them under `{service.name}` in a values file of the umbrella.",
        "",
    )
    return head + VALUE_TABLE_HEAD + table


def datastore_readme(
    store: Datastore, registry: Registry, callers: Sequence[tuple[Service | Datastore, Edge]], table: str
) -> str:
    """The README.md of a datastore's subchart: the ways in which it can be provided, and what each of them needs."""
    head = _lines(
        f"# {store.name}",
        "",
        sentence(store.description) or f"{store.engine.title} of the {registry.metadata.name} platform.",
        "",
        f"- Engine: {store.engine.title}, as {store.role}",
        *([f"- Owner: {plain(store.owner)}"] if store.owner else []),
        "- Ports: " + ", ".join(f"{p.port} ({p.protocol})" for p in store.exposed_ports),
        *(["- Called by: " + ", ".join(caller.name for caller, _ in callers)] if callers else []),
        *_group(store),
        "",
        "## How it is provided",
        "",
        f"`global.datastores.{store.name}.provision` chooses:",
        "",
        *(f"- `{way}`{' (the default)' if way is store.default else ''}: {_way(store, way)}" for way in store.ways),
        "",
        *_secret(store),
        "## Values",
        "",
        f"Set them under `{store.name}` in a values file of the umbrella.",
        "",
    )
    return head + VALUE_TABLE_HEAD + table


def _way(store: Datastore, way: Way) -> str:
    if way is Way.BUILTIN:
        pods = store.workload.scaling.replicas
        count = f"{pods} pods" if pods > 1 else "one pod"
        return f"{count} of {code(store.workload.image.repository)}, for development"
    if way is Way.OPERATOR and store.operated and store.engine.operator:
        resources = ", ".join(f"{each.kind} {each.name}" for each in store.operated.objects)
        title, host = store.engine.operator.title, store.operated.host
        return f"{resources}, which {title} must be there to read; clients use {code(host)}"
    host = f"; by default {code(store.offers[-1].host)}" if store.offers[-1].host else ""
    return f"somebody else runs it at `global.datastores.{store.name}.host` and `.port`{host}"


def _secret(store: Datastore) -> Iterator[str]:
    """How to make the Secrets that the datastore reads in the ways in which the platform runs it."""
    made = secrets_of(store)
    for each in made:
        subject = f"Provided as {each.ways[0]}, it" if len(made) > 1 else "It"
        yield f"{subject} reads the Secret {code(each.name)}, which is yours to make, once, before the release:"
        yield ""
        yield f"    {each.command}"
        yield ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSecret:
    """A Secret that a person makes before the release, the ways that read it, and a command that makes it."""

    ways: tuple[Way, ...]
    name: str
    command: str


def secrets_of(store: Datastore) -> list[OwnSecret]:
    """The Secrets that a person makes; what one command makes for both ways is there once."""
    found: dict[tuple[str, str], tuple[Way, ...]] = {}
    for way in (Way.BUILTIN, Way.OPERATOR):
        wanted = store.stores[way]
        given = store.offer(way)
        if given and wanted.secret and any(place.secret == wanted.secret for place in given.secrets.values()):
            key = (wanted.secret, _secret_command(wanted, store.engine.operator if way is Way.OPERATOR else None))
            found[key] = (*found.get(key, ()), way)
    return [OwnSecret(ways=ways, name=name, command=command) for (name, command), ways in found.items()]


def _secret_command(store: Store, operator: Operator | None) -> str:
    """A command that makes the Secret; the password is drawn by the shell and stands in no argument."""
    wanted = f"--type={operator.login_type} " if operator and operator.login_type else ""
    create = (
        f"kubectl create secret generic {store.secret} {wanted}--from-literal=username={store.user} "
        "--from-file=password=<(openssl rand -hex 24 | tr -d '\\n')"
    )
    if not operator or not operator.login_labels:
        return create
    labels = " ".join(f"{key}={value}" for key, value in operator.login_labels.items())
    return f"{create} --dry-run=client -o yaml | kubectl label --local -f - {labels} -o yaml | kubectl create -f -"


def umbrella_readme(
    registry: Registry, every: Sequence[Umbrella], own: Umbrella, start_order: Sequence[str], table: str
) -> str:
    """An umbrella's README.md: the whole is light, since Helm stores it in every release. `every`: all umbrellas of
    the platform."""
    meta = registry.metadata
    example = start_order[-1]
    return _lines(
        f"# {own.name}",
        "",
        f"The group {own.group} of the {meta.name} platform." if own.group else sentence(meta.description),
        "",
        f"    helm install {own.name} {own.folder} --namespace {meta.name} --create-namespace \\",
        "      --values values/ENVIRONMENT/values.yaml --values values/ENVIRONMENT/release.yaml",
        "",
        *(_releases(every, own) if len(every) > 1 else ()),
        *(ADVICE if len(own.charts) >= MANY else ()),
        *_policy(registry),
        "## Values",
        "",
        VALUE_TABLE_HEAD + table.rstrip("\n"),
        "",
        f"What else a service takes stands in its own README, as in [charts/{example}](charts/{example}/README.md).",
        "",
        "## Services, in start order" if not own.datastores else "## Services and datastores, in start order",
        "",
        " · ".join(f"[{name}](charts/{name}/README.md)" for name in start_order),
    )


def _releases(every: Sequence[Umbrella], own: Umbrella) -> Iterator[str]:
    """How this release stands among the others."""
    links = [each.name if each == own else f"[{each.name}](../{each.name}/README.md)" for each in every]
    yield f"The platform is {len(every)} releases in one namespace, which start in this order: {', '.join(links)}."
    if own.waits_for:
        yield f"This one waits for {', '.join(own.waits_for)}."
    yield ""


def _policy(registry: Registry) -> Iterator[str]:
    """Where the policy is, and how it becomes a release of its own. With releases beside, their order says so."""
    home = policy_home(registry)
    if not home or home.alone:
        return
    name = umbrella_name(registry.metadata.name, POLICY_GROUP)
    what = "Who may call whom" if registry.mesh else "The door"
    yield f"{what} is a chart of its own, [charts/{POLICY}](charts/{POLICY}/README.md). To install it alone and first,"
    yield f"give it these values files as the release {name}, and this release `--set {POLICY}.enabled=false`:"
    yield "an object can belong to one release only."
    yield ""


def _group(node: Service | Datastore) -> list[str]:
    return [f"- Group: {node.group}"] if node.group else []


def _facts(
    service: Service, callees: Mapping[str, Node], callers: Sequence[tuple[Service | Datastore, Edge]]
) -> Iterator[str]:
    yield f"- Kind: {service.kind}" + (f", at `{service.schedule}`" if service.schedule else "")
    if service.owner:
        yield f"- Owner: {plain(service.owner)}"
    if service.versions:
        yield "- Versions: " + ", ".join(_version(version) for version in service.versions)
    if service.exposed_ports:
        yield "- Ports: " + ", ".join(f"{p.port} ({p.protocol})" for p in service.exposed_ports)
    if service.edges:
        yield "- Depends on: " + ", ".join(_edge(edge, callees[edge.target]) for edge in service.edges)
    if callers:
        yield "- Called by: " + ", ".join(caller.name for caller, _ in callers)
    for front in service.fronts[1:]:
        yield f"- Also called `{front.name}`: {', '.join(str(port.port) for port in front.ports)}"
    if service.metrics:
        yield f"- Metrics: port {service.metrics.port.target_port} of the pods, {service.metrics.path}"
    if service.open_ports:
        yield "- Exposed: reachable from outside the platform" + _through(service)


def _edge(edge: Edge, target: Node) -> str:
    ends = target.kind == Kind.JOB and edge.startup
    marks = (("a job that is to finish first", ends), ("optional", edge.optional), ("not awaited", not edge.startup))
    notes = [note for note, holds in marks if holds]
    return f"{edge.target} ({', '.join(notes)})" if notes else edge.target


def _version(version: Version) -> str:
    weight = [] if version.weight is None else [f"{version.weight} % of the calls"]
    calls = [edge.target for edge in version.workload.edges]
    notes = [*weight, *([f"calls {', '.join(calls)}"] if calls else []), *([] if version.workload.enabled else ["off"])]
    return f"{version.name} ({'; '.join(notes)})" if notes else version.name


def _through(service: Service) -> str:
    names = [f"`{front.name}` ({front.type})" for front in service.fronts if front.open]
    return f", through {' and '.join(names)}" if names else ""


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"
