"""Long form → model. Takes all that the schema accepts: what makes no sense is left out, and the checks report it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chartgen.registry.containers import main_container, pod_security, side_container
from chartgen.registry.fronts import build_fronts, build_metrics
from chartgen.registry.images import build_image
from chartgen.registry.kinds import traits
from chartgen.registry.model import (
    Edge,
    Environment,
    Images,
    Kind,
    Maintainer,
    Metadata,
    Patch,
    Path,
    Registry,
    Scaling,
    Service,
    ServiceAccount,
)
from chartgen.registry.normal import NONE
from chartgen.registry.pod import Port
from chartgen.registry.ports import build_port, find_ports
from chartgen.registry.references import callees
from chartgen.registry.volumes import ReadFile, build_files, build_volumes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DEFAULT_CPU_THRESHOLD = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class _Surroundings:
    """What one service needs to know of the rest."""

    images: Images
    ports: Mapping[str, tuple[Port, ...]]
    accounts: Mapping[str, int]
    read_file: ReadFile


def build_services(
    registry: Mapping[str, Any], services: Sequence[Mapping[str, Any]], read_file: ReadFile
) -> list[Service]:
    """The services of the model, in the order of the input."""
    around = _Surroundings(
        images=build_images(registry),
        ports={data["name"]: _ports(data) for data in services},
        accounts=Counter(_account_name(data) for data in services),
        read_file=read_file,
    )
    return [_service(data, ("services", index), around) for index, data in enumerate(services)]


def build_registry(registry: Mapping[str, Any], services: Sequence[Service]) -> Registry:
    """The whole platform, services sorted by name."""
    environments = registry.get("environments", ())
    return Registry(
        metadata=_metadata(registry["metadata"]),
        images=build_images(registry),
        services=tuple(sorted(services, key=lambda service: service.name)),
        environments=tuple(
            Environment(name=data["name"], path=("environments", index)) for index, data in enumerate(environments)
        ),
    )


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


def _service(data: Mapping[str, Any], path: Path, around: _Surroundings) -> Service:
    name = data["name"]
    kind = Kind(data["kind"])
    ports = around.ports[name]
    edges = _edges(data.get("dependencies", ()), path, around.ports)
    known = callees(edges, around.ports)
    fronts = build_fronts(data, ports)
    sidecars = tuple(side_container(c, known, around.images) for c in data.get("sidecars", ()))
    return Service(
        name=name,
        path=path,
        kind=kind,
        type=data.get("type", ""),
        owner=data.get("owner", ""),
        description=data.get("description", ""),
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
        exposed=data.get("exposed", False) or any(front.open for front in fronts if front.name == name),
        enabled=data.get("enabled", True),
        patches=_patches(data.get("patches", ()), path),
    )


def _sorted(mapping: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(mapping.items()))


def _edges(
    dependencies: Sequence[Mapping[str, Any]], path: Path, ports: Mapping[str, Sequence[Port]]
) -> tuple[Edge, ...]:
    """The edges sorted by target; the ports that the Service hides are nobody's to call."""
    edges = [
        Edge(
            target=data["service"],
            ports=_edge_ports(data["ports"], ports.get(data["service"], ())),
            startup=data["startup"],
            optional=data["optional"],
            path=(*path, "dependencies", index),
        )
        for index, data in enumerate(dependencies)
    ]
    return tuple(sorted(edges, key=lambda edge: edge.target))


def _edge_ports(wanted: str | Sequence[str | int], ports: Sequence[Port]) -> tuple[str, ...]:
    """Names of the target's ports, in its own order."""
    shown = [port for port in ports if port.expose]
    if isinstance(wanted, str):
        return tuple(port.name for port in shown)
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
