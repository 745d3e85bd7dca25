"""Kubernetes Services and the node's ports: what goes with which type, what two of them claim, names of aliases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chartgen.registry import names
from chartgen.registry.checks.subject import Draft, Finding, Platform, port_list, sort_of
from chartgen.registry.fronts import metrics_ports
from chartgen.registry.service import Kind, Service
from chartgen.registry.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chartgen.registry.pod import Port
    from chartgen.registry.service import KubeService, Path

_NEEDS = {
    "externalTrafficPolicy": ("NodePort", "LoadBalancer"),
    "sourceRanges": ("LoadBalancer",),
    "loadBalancerClass": ("LoadBalancer",),
}


def front_without_port(draft: Draft) -> Iterator[Finding]:
    """Services that would lead nowhere."""
    if draft.service.exposed_ports or not draft.traits.has_ports:
        return
    for field in ("service", "aliases"):
        if draft.data.get(field):
            yield Finding(
                code="CG308",
                path=(field,),
                message=f"{draft.title} shows no port, so no Kubernetes Service leads to it",
                hint=f"give it a port, or remove {field}",
            )


def unfit_front(draft: Draft) -> Iterator[Finding]:
    """Fields that do not go with the Service's type."""
    for path, data, front in fronts_of(draft):
        if front.headless and front.open:
            yield _unfit((*path, "headless"), f"is headless, which no {front.type} can be", "remove one of the two")
        for field, types in _NEEDS.items():
            if field in data and front.type not in types and not front.opened:
                yield _unfit((*path, field), f"is a {front.type}", f"set type: {' or '.join(types)}, or remove {field}")


def _unfit(path: Path, reason: str, hint: str) -> Finding:
    message = f"{path[-1]} does not fit: the Service {reason}"
    return Finding(code="CG337", path=path, message=message, hint=hint)


def node_port_of_cluster_ip(draft: Draft) -> Iterator[Finding]:
    """Node ports of a Service that has none."""
    for path, port, front in _node_ports(draft):
        if not front.open:
            yield Finding(
                code="CG337",
                path=path,
                message=f'nodePort {port.node_port} does not fit: the Service "{front.name}" is a {front.type}',
                hint="set type: NodePort or LoadBalancer, or remove nodePort",
            )


def repeated_node_port(platform: Platform) -> Iterator[Finding]:
    """Node ports that two Services claim; one Service may have one for TCP and UDP."""
    seen: dict[int, tuple[str, set[str]]] = {}
    for draft in platform.drafts:
        for path, port, front in _node_ports(draft):
            name, transports = seen.setdefault(port.node_port, (front.name, set()))
            if name != front.name or port.transport in transports:
                other = f'the Service "{name}"' if name != front.name else "another of its ports"
                yield Finding(
                    code="CG338",
                    path=(*draft.home, *path),
                    message=f'the Service "{front.name}" claims port {port.node_port} of the nodes, and so does '
                    + other,
                    hint="choose another number, or leave the choice to Kubernetes",
                )
            transports.add(port.transport)


def repeated_host_port(platform: Platform) -> Iterator[Finding]:
    """Ports of the node that two containers of a pod claim, or two pods that every node has."""
    on_every_node: dict[tuple[int, str], Draft] = {}
    for draft in platform.drafts:
        seen = on_every_node if draft.service.kind is Kind.DAEMON_SET else {}
        for path, port in draft.port_places:
            key = port.host_port, port.transport
            other = seen.setdefault(key, draft) if port.host_port else draft
            if port.host_port and (other is not draft or key in _before(draft, path)):
                yield Finding(
                    code="CG338",
                    path=(*draft.home, *path, "hostPort"),
                    message=f"{draft.title} claims port {port.host_port}/{port.transport} of its node, and so does "
                    + (other.title if other is not draft else "another of its ports"),
                    hint="choose another number",
                )


def _before(draft: Draft, path: Path) -> set[tuple[int, str]]:
    """The host ports that the service's containers claim before this place."""
    places = [place for place, _ in draft.port_places]
    earlier = list(draft.port_places)[: places.index(path)]
    return {(port.host_port, port.transport) for _, port in earlier}


def alias_ports(draft: Draft) -> Iterator[Finding]:
    """Ports of an alias that are not there, or that it would show twice."""
    shown = {port.name: port for port in draft.service.exposed_ports}
    for at, alias in enumerate(draft.data.get("aliases", ()) if shown else ()):
        seen: set[tuple[str | int, str]] = set()
        for index, each in enumerate(alias.get("ports", ())):
            path: Path = ("aliases", at, "ports", index)
            port = shown.get(each["name"])
            if port is None:
                yield _unknown_port(path, alias["name"], each["name"], draft)
                continue
            number = each.get("port", port.port)
            taken = [key for key in ((port.name, ""), (number, port.transport)) if key in seen]
            for what, _ in taken[:1]:
                yield Finding(
                    code="CG338",
                    path=path,
                    message=f'the Service "{alias["name"]}" shows port {what} twice',
                    hint="give each port a number of its own, once",
                )
            seen |= {(port.name, ""), (number, port.transport)}


def _unknown_port(path: Path, alias: str, name: str, draft: Draft) -> Finding:
    shown = draft.service.exposed_ports
    hidden = any(port.name == name for port in draft.service.ports)
    hint = did_you_mean(name, [port.name for port in shown]) or f"it shows {port_list(shown)}"
    return Finding(
        code="CG339",
        path=(*path, "name"),
        message=f'the Service "{alias}" shows port "{name}", which {draft.title} '
        + ("hides (expose: false)" if hidden else "does not have"),
        hint="let the service show it" if hidden else hint,
    )


def taken_alias(draft: Draft, platform: Platform) -> Iterator[Finding]:
    """Aliases of a name that leads elsewhere already; Services that collide are another rule's."""
    taken = {draft.service.name: "the service itself"}
    if draft.traits.has_headless_service:
        taken[names.headless(draft.service.name)] = "the service's headless Service"
    for index, alias in enumerate(draft.data.get("aliases", ())):
        name = alias["name"]
        other = platform.nodes.get(name)
        elsewhere = other and (not isinstance(other, Service) or not other.exposed_ports)
        meant = taken.get(name) or (f'{sort_of(other)} "{name}"' if other and elsewhere else "")
        if meant:
            yield Finding(
                code="CG340",
                path=("aliases", index, "name"),
                message=f'the alias "{name}" of {draft.title} has the name of {meant}',
                hint="choose another name",
            )
        taken[name] = "another alias"


def metrics_port(draft: Draft) -> Iterator[Finding]:
    """A port for the monitoring that is not there, or not clear."""
    service, data = draft.service, draft.data.get("metrics")
    if data is None or service.metrics is not None or not draft.traits.has_ports:
        return
    sidecars = [port for _, _, container in draft.side_containers for port in container.ports]
    known = [port for port in (*service.main.ports, *sidecars) if port.transport == "TCP"]
    wanted = data.get("port")
    several = len(metrics_ports(data, service.ports, service.sidecars)) > 1
    if wanted is None:
        message, hint = (
            "metrics names no port, and there is not one alone or named http",
            "name the port, or its number",
        )
    else:
        message = f"metrics asks port {wanted}, which matches {'several ports' if several else 'no TCP port'}"
        listed = f"the ports are {port_list(known)}" if known else "give the number that the container listens on"
        hint = did_you_mean(str(wanted), [port.name for port in known]) or listed
    yield Finding(code="CG342", path=("metrics", "port"), message=f"{draft.title}: {message}", hint=hint)


def fronts_of(draft: Draft) -> Iterator[tuple[Path, Mapping[str, Any], KubeService]]:
    """Each Service with its place and long form; of two of one name, the first."""
    by_name = {front.name: front for front in reversed(draft.service.fronts)}
    if draft.service.name in by_name:
        yield ("service",), draft.data.get("service", {}), by_name[draft.service.name]
        for index, alias in enumerate(draft.data.get("aliases", ())):
            yield ("aliases", index), alias, by_name[alias["name"]]


def _node_ports(draft: Draft) -> Iterator[tuple[Path, Port, KubeService]]:
    """Each node port that is asked for: its place, the port that it leads to, and the Service that claims it."""
    for path, data, front in fronts_of(draft):
        if path == ("service",):
            asked = [(place, port) for place, port in draft.port_places if port.expose]
        else:
            by_name = {port.name: port for port in front.ports}
            places = [((*path, "ports", at), each["name"]) for at, each in enumerate(data.get("ports", ()))]
            asked = [(place, by_name[name]) for place, name in places if name in by_name]
        yield from (((*place, "nodePort"), port, front) for place, port in asked if port.node_port)
