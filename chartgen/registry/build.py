"""Long form → model. Takes all that the schema accepts: what makes no sense is left out, and the checks report it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from chartgen.engines.engine import Way
from chartgen.registry.containers import main_container, pod_security, side_container
from chartgen.registry.datastores import callee_of, datastore_of
from chartgen.registry.externals import build_external
from chartgen.registry.fronts import build_fronts, build_metrics
from chartgen.registry.images import build_image
from chartgen.registry.kinds import traits
from chartgen.registry.meshes import build_gateway, build_mesh, keys_ports, routed_ports, split_services
from chartgen.registry.model import Datastore, Environment, External, Images, Maintainer, Metadata, Node, Registry
from chartgen.registry.normal import NONE, version_forms
from chartgen.registry.pod import Port
from chartgen.registry.ports import build_port, find_ports
from chartgen.registry.references import Callee, callees
from chartgen.registry.service import Edge, Kind, Patch, Path, Scaling, Service, ServiceAccount
from chartgen.registry.stores import StoreForm, only_broker
from chartgen.registry.traffic import build_traffic
from chartgen.registry.versions import with_versions
from chartgen.registry.volumes import ReadFile, build_files, build_volumes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

DEFAULT_CPU_THRESHOLD = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What one service needs to know of the rest: `nodes` are all that an edge can lead to, as a caller sees them;
    `routed`: service → its ports that a route of the gateway leads to; `keys`: service → its port that istiod alone
    reads; `split`: services whose weights only Services of their own can give their versions."""

    images: Images
    nodes: Mapping[str, Callee]
    accounts: Mapping[str, int]
    read_file: ReadFile
    broker: str = ""
    routed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    split: frozenset[str] = frozenset()

    def ports_of(self, name: str) -> Sequence[Port]:
        """The ports of the node; none where there is no such node."""
        return self.nodes[name].ports if name in self.nodes else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Nodes:
    """The nodes of the graph, each sort in the order of the input."""

    services: Sequence[Service]
    datastores: Sequence[Datastore] = ()
    externals: Sequence[External] = ()

    def by_name(self) -> dict[str, Node]:
        """Name → node; of several with one name, one."""
        nodes: tuple[Node, ...] = (*self.externals, *self.datastores, *self.services)
        return {node.name: node for node in nodes}


def build_nodes(
    registry: Mapping[str, Any],
    services: Sequence[Mapping[str, Any]],
    stores: Sequence[StoreForm],
    read_file: ReadFile,
) -> Nodes:
    """Everything that the graph is made of."""
    externals = [build_external(data, ("externals", index)) for index, data in enumerate(registry.get("externals", ()))]
    ports = {data["name"]: _ports(data) for data in services}
    around = Surroundings(
        images=build_images(registry),
        nodes={
            **{external.name: Callee.of_external(external) for external in externals},
            **{form.name: callee_of(form) for form in stores},
            **{name: Callee(name, each) for name, each in ports.items()},
        },
        accounts=Counter(
            name for data in (*services, *(form.workload for form in stores)) for name in _account_names(data)
        ),
        read_file=read_file,
        broker=only_broker([form.raw for form in stores]),
        routed=routed_ports(registry, shown_by(ports)),
        keys=keys_ports(registry, shown_by(ports)),
        split=split_services(registry, ports),
    )
    return Nodes(
        services=[_whole_service(data, ("services", index), around) for index, data in enumerate(services)],
        datastores=[build_datastore(form, index, around) for index, form in enumerate(stores)],
        externals=externals,
    )


def _whole_service(data: Mapping[str, Any], path: Path, around: Surroundings) -> Service:
    service = build_service(data, path, around)
    forms = version_forms(data)
    if not forms:
        return service
    workloads = [build_service(form, (*path, "versions", index), around) for index, form in enumerate(forms)]
    whole = with_versions(service, data["versions"], workloads)
    shared = any(version.weight is not None for version in whole.versions)
    return replace(whole, split=shared and service.name in around.split)


def build_registry(registry: Mapping[str, Any], nodes: Nodes) -> Registry:
    """The whole platform, its nodes sorted by name."""
    environments = registry.get("environments", ())
    ports_of = shown_by({service.name: service.ports for service in nodes.services})
    return Registry(
        metadata=_metadata(registry["metadata"]),
        images=build_images(registry),
        services=tuple(sorted(nodes.services, key=lambda service: service.name)),
        datastores=tuple(sorted(nodes.datastores, key=lambda store: store.name)),
        externals=tuple(sorted(nodes.externals, key=lambda external: external.name)),
        environments=tuple(
            Environment(
                name=data["name"],
                ways=tuple(Way(way) for way in data.get("provision", ())),
                path=("environments", index),
            )
            for index, data in enumerate(environments)
        ),
        mesh=build_mesh(registry, ports_of),
        gateway=build_gateway(registry, ports_of),
    )


def shown_by(ports: Mapping[str, Sequence[Port]]) -> Callable[[str], Sequence[Port]]:
    """The ports that the Service of a name shows; none where there is no such service."""
    return lambda name: [port for port in ports.get(name, ()) if port.expose]


def build_datastore(form: StoreForm, index: int, around: Surroundings) -> Datastore:
    """The datastore of the model: its workload is compiled as any service's."""
    path: Path = ("datastores", index)
    workload = build_service(form.workload, path, around)
    listened = {port.target_port for port in workload.ports}
    peers = form.engine.builtin.peer_ports if form.engine.builtin else ()
    found_by_name = workload.kind is Kind.STATEFUL_SET  # no headless Service lists the pods of another kind
    own = tuple(port for port in peers if port in listened) if found_by_name else ()
    return datastore_of(form, path, replace(workload, store=True, peer_ports=own, beside_operator=form.beside_operator))


def build_images(registry: Mapping[str, Any]) -> Images:
    """Where images come from."""
    data = registry.get("images", {})
    return Images(prefix=data.get("prefix", ""), pull_secrets=tuple(data.get("pullSecrets", ())))


def _metadata(data: Mapping[str, Any]) -> Metadata:
    return Metadata(
        name=data["name"],
        version=data["version"],
        app_version=data.get("appVersion", data["version"]),
        description=data.get("description", f"The {data['name']} platform"),
        home=data.get("home", ""),
        sources=tuple(data.get("sources", ())),
        maintainers=tuple(Maintainer(**maintainer) for maintainer in data.get("maintainers", ())),
        icon=data.get("icon", ""),
    )


def _ports(data: Mapping[str, Any]) -> tuple[Port, ...]:
    """The service's own ports, then those of its sidecars that its Service shows."""
    own = [build_port(port) for port in data.get("ports", ())]
    sidecars = ((sidecar["name"], port) for sidecar in data.get("sidecars", ()) for port in sidecar.get("ports", ()))
    return (*own, *(build_port(port, container) for container, port in sidecars if port["expose"]))


def _account_name(data: Mapping[str, Any]) -> str:
    return str(data.get("serviceAccount", {}).get("name", data["name"]))


def _account_names(data: Mapping[str, Any]) -> set[str]:
    """The accounts of a service and its versions: one that they share is still the service's own."""
    return {_account_name(form) for form in version_forms(data) or (data,)}


def build_service(data: Mapping[str, Any], path: Path, around: Surroundings) -> Service:
    """A workload of the model, from its long form."""
    name = data["name"]
    kind = Kind(data["kind"])
    ports = _ports(data)
    edges = build_edges(data, path, around)
    known = callees(edges, around.nodes)
    fronts = build_fronts(data, ports)
    sidecars = tuple(side_container(c, known, around.images) for c in data.get("sidecars", ()))
    exposed = data.get("exposed", False) or any(front.open for front in fronts if front.name == name)
    routed = around.routed.get(name, frozenset())
    return Service(
        name=name,
        path=path,
        kind=kind,
        type=data.get("type", ""),
        owner=data.get("owner", ""),
        description=data.get("description", ""),
        group=data.get("group", ""),
        image=build_image(data.get("image", {}), name, around.images),
        schedule=data.get("schedule", ""),
        ports=ports,
        fronts=fronts,
        metrics=build_metrics(data.get("metrics"), ports, sidecars),
        edges=edges,
        main=main_container(data, tuple(port for port in ports if not port.container), known),
        sidecars=sidecars,
        init_containers=tuple(side_container(c, known, around.images) for c in data.get("initContainers", ())),
        scaling=_scaling(data.get("scaling", NONE)) if traits(kind).scales else Scaling(),
        settings=_sorted(data.get("settings", {})),
        files=build_files(data.get("files", {}), around.read_file),
        volumes=build_volumes(data.get("volumes", ())),
        pod_security=pod_security(data.get("securityContext", {})),
        account=_account(data, around.accounts),
        termination_grace_period=data.get("terminationGracePeriodSeconds", 30),
        node_selector=_sorted(data.get("nodeSelector", {})),
        tolerations=tuple(data.get("tolerations", ())),
        affinity=data.get("affinity", {}),
        priority_class=data.get("priorityClassName", ""),
        labels=_sorted(data.get("labels", {})),
        annotations=_sorted(data.get("annotations", {})),
        exposed=exposed or bool(routed),
        routed=() if exposed else tuple(port.name for port in ports if port.name in routed),
        enabled=data.get("enabled", True),
        patches=_patches(data.get("patches", ()), path),
    )


def _sorted(mapping: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(mapping.items()))


def build_edges(data: Mapping[str, Any], path: Path, around: Surroundings) -> tuple[Edge, ...]:
    """The edges sorted by target, those that events imply among them; the ports that a Service hides are nobody's
    to call."""
    edges = {
        edge["node"]: Edge(
            target=edge["node"],
            ports=_edge_ports(edge["ports"], around.ports_of(edge["node"]), around.keys.get(edge["node"], "")),
            startup=edge["startup"],
            optional=edge["optional"],
            methods=tuple(edge.get("methods", ())),
            paths=tuple(edge.get("paths", ())),
            traffic=build_traffic(edge),
            token=edge.get("token", True),
            path=(*path[:2], *edge.get("place", ("dependencies", index))),
        )
        for index, edge in reversed(list(enumerate(data.get("dependencies", ()))))
    }
    for broker, (publishes, subscribes) in _topics(data.get("events", {}), around.broker).items():
        implied = Edge(target=broker, ports=_edge_ports("all", around.ports_of(broker)), path=(*path[:2], "events"))
        known = edges.get(broker, implied)
        edges[broker] = replace(known, publishes=publishes, subscribes=subscribes)
    return tuple(edges[target] for target in sorted(edges))


def _topics(events: Mapping[str, Any], only: str) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Broker → the topics published and awaited there, sorted; those whose broker is not plain are left out."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    for side, topics in enumerate((events.get("publishes", ()), events.get("subscribes", ()))):
        for each in topics:
            if broker := each["broker"] or only:
                found.setdefault(broker, (set(), set()))[side].add(each["topic"])
    return {broker: (tuple(sorted(out)), tuple(sorted(into))) for broker, (out, into) in found.items()}


def _edge_ports(wanted: str | Sequence[str | int], ports: Sequence[Port], keys: str = "") -> tuple[str, ...]:
    """Names of the target's ports, in its own order; `all` are those that are for callers."""
    shown = [port for port in ports if port.expose]
    if isinstance(wanted, str):
        return tuple(port.name for port in shown if port.name != keys)
    found = {port.name for each in wanted for port in find_ports(shown, each)}
    return tuple(port.name for port in shown if port.name in found)


def _scaling(data: str | Mapping[str, Any]) -> Scaling:
    if isinstance(data, str):
        return Scaling()
    if "replicas" in data:
        return Scaling(replicas=data["replicas"])
    cpu, memory = data.get("cpuThreshold", 0), data.get("memoryThreshold", 0)
    least = data.get("minInstances", 1)
    return Scaling(
        autoscale=True,
        replicas=least,
        max_replicas=data.get("maxInstances", least),
        cpu_threshold=cpu or (0 if memory else DEFAULT_CPU_THRESHOLD),
        memory_threshold=memory,
    )


def _account(data: Mapping[str, Any], users: Mapping[str, int]) -> ServiceAccount:
    account = data.get("serviceAccount", {})
    name = _account_name(data)
    return ServiceAccount(
        name=name,
        own=users[name] == 1,
        annotations=_sorted(account.get("annotations", {})),
        automount=account.get("automount", False),
    )


def _patches(patches: Sequence[Mapping[str, Any]], path: Path) -> tuple[Patch, ...]:
    return tuple(
        Patch(
            kind=data["kind"],
            name=data["name"],
            merge=data.get("merge"),
            operations=tuple(data.get("json", ())),
            path=(*path, "patches", index),
        )
        for index, data in enumerate(patches)
    )
