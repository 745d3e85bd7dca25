"""The routes of doors among manifests, as ways in: where a route leads and what the callee's rules take of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from chartgen.mesh.changes import Access, Subject, span_of
from chartgen.mesh.grants import Who, Why
from chartgen.mesh.model import Ref, Workload
from chartgen.mesh.properties.rules import includes
from chartgen.mesh.refused import ANYONE_MESHED, who_of
from chartgen.mesh.terms import Term
from chartgen.mesh.traffic import RouteMatch
from chartgen.mesh.waypoints import deployed

if TYPE_CHECKING:
    from chartgen.mesh.subject import Subject as Proven
    from chartgen.mesh.traffic import Destination, Gateway, TrafficRule

INGRESS = "ingress"


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where calls from outside come in. `pods`: its own, or what stands for them; `accounts`: as rules name them, None
    where nobody knows; `hosts`: those that it takes."""

    pods: Workload
    accounts: tuple[Who, ...] | None
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Led:
    """Calls that a route of a door leads to one port of a node."""

    ref: Ref
    door: Door
    node: str
    port: int
    terms: tuple[Term, ...]


def routes(subject: Proven) -> list[Led]:
    """What every route of a door leads to, as far as that is among the manifests."""
    found = []
    for ref, door, hosts, rule in _rules(subject):
        terms = tuple(_terms(hosts or door.hosts, rule))
        for to in rule.destinations:
            found += [Led(ref=ref, door=door, node=n, port=p, terms=terms) for n, p in _places(subject, ref, to)]
    return found


def _rules(subject: Proven) -> Iterator[tuple[Ref, Door, tuple[str, ...], TrafficRule]]:
    world = subject.world
    for route in world.found.routes:
        for parent in route.parents:
            gateway = world.gateway(parent.namespace or route.ref.namespace, parent.name)
            if parent.kind == "Gateway" and not (gateway and gateway.is_waypoint):
                door = _door(subject, gateway, route.ref)
                yield from ((route.ref, door, route.hosts, rule) for rule in route.rules)
    by_name = {(each.ref.namespace, each.ref.name): each for each in world.found.gateways if not each.class_name}
    for service in world.found.virtual_services:
        for name in service.gateways:
            home, _, own = name.rpartition("/")
            if name != "mesh":
                door = _door(subject, by_name.get((home or service.ref.namespace, own)), service.ref)
                hosts = tuple(host for host in service.hosts if host != "*")
                yield from ((service.ref, door, hosts, rule) for rule in service.rules)


def _door(subject: Proven, gateway: Gateway | None, ref: Ref) -> Door:
    """The pods behind a Gateway: those that Istio makes, those that it selects, or nobody knows which."""
    listed = (host.rpartition("/")[2] for each in (gateway.listeners if gateway else ()) for host in each.hosts)
    hosts = tuple(dict.fromkeys(host for host in listed if host != "*"))
    if gateway and gateway.class_name:
        pods = deployed(gateway)
        return Door(pods=pods, accounts=(Who(namespace=pods.namespace, account=pods.account),), hosts=hosts)
    selector = gateway.selector if gateway else {}
    for workload in subject.world.workloads if selector else ():
        if selector.items() <= workload.labels.items():
            own = Who(namespace=workload.namespace, account=workload.account)
            return Door(pods=workload, accounts=(own,), hosts=hosts)
    home = gateway.ref.namespace if gateway else ref.namespace
    stand_in = Workload(ref=Ref(kind="Pods", namespace=home, name=INGRESS), account="", labels=selector, door=True)
    return Door(pods=stand_in, accounts=None, hosts=hosts)


def _terms(hosts: Sequence[str], rule: TrafficRule) -> Iterator[Term]:
    for match, host in product(rule.matches or (RouteMatch(),), hosts or ("",)):
        asked = (f"its {', '.join(match.others)} match",) if match.others else ()
        for method, path in product(match.methods or (match.method,), _paths(match)):
            yield Term(method=method, path=path, host=host, where=asked)


def _paths(match: RouteMatch) -> tuple[str, ...]:
    """As terms write them; a prefix of the Gateway API takes whole segments."""
    match match.path_type:
        case "PathPrefix":
            prefix = match.path.rstrip("/")
            return (prefix, f"{prefix}/*") if prefix else ("",)
        case "Prefix":
            return ("" if match.path == "/" else f"{match.path}*",)
        case "RegularExpression":
            return (f"~{match.path}",)
    return (match.path,)


def _places(subject: Proven, ref: Ref, to: Destination) -> Iterator[tuple[str, int]]:
    """(node, the pods' port) of a route's end."""
    service = subject.world.service(*subject.place_of(to.namespace or ref.namespace, to.host))
    for workload in subject.world.pods_of(service) if service and to.kind == "Service" else ():
        for port in service.ports if service else ():
            if to.port in (0, port.number):
                numbers = subject.world.target_ports(workload, port)
                yield from ((f"{workload.namespace}/{workload.name}", number) for number in numbers)


def is_from(access: Access, led: Led) -> bool:
    """Whether those who are let in may be the door."""
    who = who_of(access.caller)
    if who is None or who == ANYONE_MESHED or led.door.accounts is None:
        return True
    return any(includes(who, each) for each in led.door.accounts)


def ways_in(subject: Proven, led: Led, accesses: Sequence[Access], gate: Sequence[Access]) -> Iterator[Access]:
    """The route as calls that both its door (`gate`) and the callee (`accesses`) let through: those with a token, and
    the others."""
    mine = [term for each in accesses if each.port in (0, led.port) and is_from(each, led) for term in each.terms]
    passing = [term for each in gate for term in each.terms]
    halves = [half for led_there, own in product(led.terms, passing) if (half := led_there.meet(own))]
    terms = {whole: None for half, admitted in product(halves, mine) if (whole := half.meet(admitted))}
    kept = [term for term in terms if not any(other != term and other.covers(term) for other in terms)]
    for why, listed in (
        (Why.ROUTE, tuple(term for term in kept if term.token)),
        (Why.PUBLIC, tuple(term for term in kept if not term.token)),
    ):
        if listed:
            yield Access(
                subject=Subject.ROUTE,
                why=str(why),
                callee=led.node,
                caller=INGRESS,
                port=led.port,
                http=led.port in subject.nodes[led.node].http,
                terms=listed,
                place=span_of(led.ref),
            )


def is_by(access: Access, found: Sequence[Led]) -> bool:
    """Whether a route's door is who calls: its account, or one of which nobody knows whose it is."""
    return any(access.callee == led.node and access.port in (0, led.port) and is_from(access, led) for led in found)
