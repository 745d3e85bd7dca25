"""The README of each chart: what it runs, who calls it, and what an operator may set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chartgen.emit.markdown import VALUE_TABLE_HEAD, code, plain, sentence
from chartgen.engines.engine import Way
from chartgen.registry.model import Datastore, Edge, Registry, Service, Version

MANY = 100
"""From so many services on, helm may give up before it has seen that all are ready; with 300 it did."""

ADVICE = (
    "With `--wait`, add `--qps 50 --burst-limit 300 --timeout 15m`: helm sends five requests a second by default,",
    "and this many services may take longer than the five minutes that it waits, though all of them are ready.",
    "",
)


def service_readme(
    service: Service, registry: Registry, callers: Sequence[tuple[Service | Datastore, Edge]], table: str
) -> str:
    """A subchart's README.md; its table is values.yaml."""
    head = _lines(
        f"# {service.name}",
        "",
        sentence(service.description) or f"{service.name} of the {registry.metadata.name} platform.",
        "",
        *_facts(service, callers),
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
    """How to make the Secret that the pods of the way builtin, or callers of another, read."""
    name = secret_of(store)
    if name:
        yield f"It reads the Secret {code(name)}, which is yours to make, once, before the release:"
        yield ""
        yield f"    {secret_command(store, name)}"
        yield ""


def secret_of(store: Datastore) -> str:
    """The Secret that a person makes for the way builtin; empty for none."""
    given = store.offer(Way.BUILTIN)
    return next((place.secret for place in given.secrets.values()), "") if given else ""


def secret_command(store: Datastore, name: str) -> str:
    """A command that makes the Secret; the password is drawn by the shell and stands in no argument."""
    user = store.stores[Way.BUILTIN].user
    return (
        f"kubectl create secret generic {name} --from-literal=username={user} "
        "--from-file=password=<(openssl rand -hex 24 | tr -d '\\n')"
    )


def umbrella_readme(registry: Registry, start_order: Sequence[str], table: str) -> str:
    """The umbrella's README.md: the whole is light, since Helm stores it in every release."""
    meta = registry.metadata
    example = start_order[-1]
    return _lines(
        f"# {meta.name}",
        "",
        sentence(meta.description),
        "",
        f"    helm install {meta.name} charts/{meta.name} --namespace {meta.name} --create-namespace \\",
        "      --values values/ENVIRONMENT/values.yaml --values values/ENVIRONMENT/release.yaml",
        "",
        *(ADVICE if len(registry.charts()) >= MANY else ()),
        "## Values",
        "",
        VALUE_TABLE_HEAD + table.rstrip("\n"),
        "",
        f"What else a service takes stands in its own README, as in [charts/{example}](charts/{example}/README.md).",
        "",
        "## Services, in start order" if not registry.datastores else "## Services and datastores, in start order",
        "",
        " · ".join(f"[{name}](charts/{name}/README.md)" for name in start_order),
    )


def _facts(service: Service, callers: Sequence[tuple[Service | Datastore, Edge]]) -> Iterator[str]:
    yield f"- Kind: {service.kind}" + (f", at `{service.schedule}`" if service.schedule else "")
    if service.owner:
        yield f"- Owner: {plain(service.owner)}"
    if service.versions:
        yield "- Versions: " + ", ".join(_version(version) for version in service.versions)
    if service.exposed_ports:
        yield "- Ports: " + ", ".join(f"{p.port} ({p.protocol})" for p in service.exposed_ports)
    if service.edges:
        yield "- Depends on: " + ", ".join(_edge(edge) for edge in service.edges)
    if callers:
        yield "- Called by: " + ", ".join(caller.name for caller, _ in callers)
    for front in service.fronts[1:]:
        yield f"- Also called `{front.name}`: {', '.join(str(port.port) for port in front.ports)}"
    if service.metrics:
        yield f"- Metrics: port {service.metrics.port.target_port} of the pods, {service.metrics.path}"
    if service.open_ports:
        yield "- Exposed: reachable from outside the platform" + _through(service)


def _edge(edge: Edge) -> str:
    notes = [note for note, holds in (("optional", edge.optional), ("not awaited", not edge.startup)) if holds]
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
