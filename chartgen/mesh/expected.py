"""The calls that ought to pass: from the registry and the premises of a set of values, never from what is emitted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from ipaddress import ip_address
from typing import TYPE_CHECKING

from chartgen.engines.engine import Way
from chartgen.mesh.admitted import Admitted, demand
from chartgen.mesh.grants import NAME, VERSION, Callee, Demand, Grant, Outward, Who, Why, mesh_host
from chartgen.registry import names
from chartgen.registry.mesh import Enforce
from chartgen.registry.model import Datastore, External, Registry
from chartgen.registry.service import Edge, Service
from chartgen.registry.umbrellas import homes
from chartgen.registry.waypoints import behind_waypoint, waypoint_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chartgen.engines.engine import Operated
    from chartgen.mesh.model import Tree
    from chartgen.mesh.premises import Premises
    from chartgen.registry.pod import Port


class Expected:
    """All of it, indexed by callee. What is switched off is there too: its rules stay."""

    def __init__(self, registry: Registry, premises: Premises) -> None:
        self.registry = registry
        self.premises = premises
        self.by_name = registry.by_name()
        self._homes = homes(registry)

    @cached_property
    def _around(self) -> Admitted:
        return Admitted(registry=self.registry, premises=self.premises, callees=self.callees, homes=self._homes)

    @cached_property
    def callees(self) -> Mapping[str, Callee]:
        """Name → callee, of every node that has pods, sorted."""
        found = (self._callee(node) for node in self.registry.charts())
        return {callee.name: callee for callee in found if callee}

    @cached_property
    def grants(self) -> Mapping[str, tuple[Grant, ...]]:
        """Callee → what ought to pass through the mesh."""
        found: dict[str, list[Grant]] = {name: [] for name in self.callees}
        for grant in (*self._edges(), *self._around.all()):
            if grant.callee in found:
                found[grant.callee].append(grant)
        return {name: tuple(grants) for name, grants in found.items()}

    @cached_property
    def behind_waypoint(self) -> frozenset[str]:
        """Callees that are called through the waypoint."""
        return behind_waypoint(self.registry)

    @cached_property
    def at_waypoint(self) -> Sequence[Grant]:
        """What passes the waypoint beside declared calls, once for each sort of callers: networks that let them reach
        it for one callee let them reach it for all."""
        grants = (grant for name in sorted(self.behind_waypoint) for grant in self.grants.get(name, ()))
        from_elsewhere = (grant for grant in grants if not grant.is_declared)
        return list({repr(self.peers(grant)): grant for grant in from_elsewhere if grant.is_tunnelled}.values())

    @cached_property
    def outward(self) -> Mapping[str, tuple[Outward, ...]]:
        """Caller → what it calls outside the platform."""
        found: dict[str, list[Outward]] = {}
        for each in self._outward():
            found.setdefault(each.caller, []).append(each)
        return {name: tuple(calls) for name, calls in found.items()}

    @cached_property
    def called(self) -> Mapping[str, tuple[Grant, ...]]:
        """Caller → the declared calls that it makes inside the platform."""
        found: dict[str, list[Grant]] = {}
        for grants in self.grants.values():
            for grant in grants:
                if grant.is_declared:
                    found.setdefault(grant.caller, []).append(grant)
        return {name: tuple(grants) for name, grants in found.items()}

    @cached_property
    def exceptions(self) -> tuple[Grant, ...]:
        """What passes beside the declared calls."""
        return tuple(grant for grants in self.grants.values() for grant in grants if not grant.is_declared)

    def peers(self, grant: Grant) -> Sequence[Tree] | None:
        """NetworkPolicy peers that stand for the callers of a grant; an empty list for anyone, None for nobody."""
        premises = self.premises
        match grant.why:
            case Why.ROUTE | Why.PUBLIC | Why.PREFLIGHT | Why.EXPOSED:
                return premises.from_outside
            case Why.SCRAPER:
                return premises.from_monitoring or None
            case Why.OPERATOR:
                return [_namespace(grant.who.namespace)]
            case Why.KEYS:
                return [_namespace(premises.control_plane)]
            case Why.PLAINTEXT:
                operator = premises.operators.get(grant.callee)
                return [_namespace(operator)] if operator else []
            case _:
                return [{"podSelector": {"matchLabels": dict(grant.pods)}}]

    @cached_property
    def accounts(self) -> frozenset[tuple[str, str]]:
        """(namespace, account) of all that can be a caller: workloads, and what the mesh has around them."""
        premises, home = self.premises, self.premises.namespace
        found = {(home, name) for callee in self.callees.values() for name in callee.accounts}
        found |= {(home, name) for store in self.registry.datastores for name in accounts_of(store)}
        found |= {(home, each.account.name) for service in self.registry.services for each in service.workloads}
        found |= {(home, names.helm_test(umbrella)) for umbrella in set(self._homes.values())}
        found.add((home, waypoint_name(self.registry.metadata.name)))
        return frozenset(found | {(who.namespace, who.account) for who in (premises.ingress, premises.scraper)})

    @cached_property
    def names(self) -> Mapping[tuple[str, str], str]:
        """(namespace, account) → what people call it."""
        found = {(grant.who.namespace, grant.who.account): grant.caller for grant in self.exceptions}
        for callee in self.callees.values():
            found.update({(self.premises.namespace, account): callee.name for account in callee.accounts})
        return {key: name for key, name in found.items() if all(key)}

    def _callee(self, node: Service | Datastore) -> Callee | None:
        if isinstance(node, Service):
            return _callee_of(node, tuple(dict.fromkeys(workload.account.name for workload in node.workloads)))
        way = self.premises.ways.get(node.name, node.default)
        if way is Way.EXTERNAL:
            return None
        if way is Way.BUILTIN:
            return _callee_of(node.workload, (node.workload.account.name,))
        offer = node.offer(way)
        if not offer or not node.operated:
            return None
        ports = {offer.pod_ports[port.name]: port.name for port in node.ports}
        return Callee(
            name=node.name,
            path=node.path,
            accounts=operated_accounts(node.operated),
            labels=offer.pods,
            pods_are_made=False,
            ports={**{number: str(number) for number in _around(node)}, **ports},
            http=frozenset(offer.pod_ports[port.name] for port in node.ports if port.speaks_http),
        )

    def _edges(self) -> Iterator[Grant]:
        for node in self.registry.charts():
            for caller in _pods_of(node):
                for edge in caller.edges:
                    yield from self._edge(node, caller, edge)

    def _edge(self, node: Service | Datastore, caller: Service, edge: Edge) -> Iterator[Grant]:
        target = self.by_name.get(edge.target)
        if not isinstance(target, Service | Datastore):
            return
        for name in edge.ports:
            port = target.port(name)
            number = self._number(target, port)
            for account in _accounts(node, caller) if number and not self._is_said(node, caller, edge) else ():
                yield Grant(
                    caller=node.name,
                    who=Who(namespace=self.premises.namespace, account=account),
                    callee=target.name,
                    port=number,
                    transport=port.transport,
                    http=port.speaks_http,
                    pods=self._own(node) if _is_of_all(node, edge) else self._pods(node, caller),
                    why=Why.EDGE,
                    path=edge.path,
                    methods=edge.methods if port.speaks_http else (),
                    paths=edge.paths if port.speaks_http else (),
                    demand=self._on_the_way(edge, port),
                    traffic=edge.traffic,
                )

    def _number(self, target: Service | Datastore, port: Port) -> int:
        """The number on which the pods listen; 0 where they are somebody else's."""
        if isinstance(target, Service):
            return port.target_port
        way = self.premises.ways.get(target.name, target.default)
        offer = target.offer(way)
        return offer.pod_ports[port.name] if offer and way is not Way.EXTERNAL else 0

    def _is_said(self, node: Service | Datastore, caller: Service, edge: Edge) -> bool:
        """Whether the first version says the same already, for all of them."""
        first = _pods_of(node)[0]
        return caller is not first and caller.account.name == first.account.name and _is_of_all(node, edge)

    def _pods(self, node: Service | Datastore, caller: Service) -> Mapping[str, str]:
        own = self._own(node)
        return {**own, VERSION: caller.version} if caller.version else own

    def _own(self, node: Service | Datastore) -> Mapping[str, str]:
        callee = self.callees.get(node.name)
        return callee.labels if callee else {NAME: node.name}

    def _on_the_way(self, edge: Edge, port: Port) -> Demand | None:
        """The token that a call between services must carry."""
        jwt = self.registry.mesh.jwt if self.registry.mesh else None
        wanted = jwt and jwt.enforce is Enforce.EVERY_HOP and edge.token and port.speaks_http
        return demand(jwt) if jwt and wanted else None

    @cached_property
    def outer_hosts(self) -> frozenset[str]:
        """The hosts outside that somebody may call, as proxies know them."""
        externals = {mesh_host(each.name, each.host, each.network) for each in self.registry.externals}
        given = ((name, host) for name, (host, _) in self.premises.hosts.items())
        return frozenset(externals | {mesh_host(name, host, cidr(host)) for name, host in given})

    @cached_property
    def fronts(self) -> Mapping[str, frozenset[str]]:
        """Callee → the names of the Kubernetes Services that may stand before its pods."""
        return {node.name: frozenset(_fronts(node)) for node in self.registry.charts()}

    def _outward(self) -> Iterator[Outward]:
        for node in self.registry.charts():
            for caller in _pods_of(node):
                for edge in caller.edges:
                    found = self._leaving(edge) if edge.ports else None
                    if found:
                        yield replace(found, caller=node.name, pods=self._pods(node, caller))

    def _leaving(self, edge: Edge) -> Outward | None:
        target = self.by_name.get(edge.target)
        if not isinstance(target, External | Datastore):
            return None
        called = [port for port in target.ports if port.name in edge.ports]
        found = Outward(
            caller="",
            pods={},
            target=edge.target,
            host="",
            ports=(),
            network="",
            path=edge.path,
            http=any(port.speaks_http for port in called),
        )
        if isinstance(target, External):
            ports = tuple((port.target_port, port.transport) for port in called)
            return replace(found, host=target.host, ports=ports, network=target.network)
        if target.name not in self.premises.hosts:
            return None
        host, first = self.premises.hosts[target.name]
        offer = target.offer(Way.EXTERNAL)
        numbers = {**(offer.pod_ports if offer else {}), target.ports[0].name: first}
        ports = tuple((numbers[port.name], port.transport) for port in called)
        return replace(found, host=host, ports=ports, network=cidr(host), fronts=(target.name,))


def _is_of_all(node: Service | Datastore, edge: Edge) -> bool:
    """Whether all versions of a service open the same ports of the target."""
    ports = [{each.ports for each in caller.edges if each.target == edge.target} for caller in _pods_of(node)]
    return all(found == {edge.ports} for found in ports)


def _fronts(node: Service | Datastore) -> Iterator[str]:
    workload = node if isinstance(node, Service) else node.workload
    yield from (front.name for front in workload.fronts)
    yield names.headless(workload.name)
    for version in workload.versions:
        yield from (version.workload.name, names.headless(version.workload.name))
    if isinstance(node, Datastore) and node.operated:
        yield node.operated.host
        yield from (name for kind, name in node.operated.makes if kind == "Service")
        if node.operated.addressed:
            yield names.by_address(node.name)


def cidr(host: str) -> str:
    """The network of a host that is an address, else empty."""
    try:
        address = ip_address(host)
    except ValueError:
        return ""
    return f"{host}/{address.max_prefixlen}"


def _callee_of(service: Service, accounts: tuple[str, ...]) -> Callee:
    declared = (*service.ports, *service.main.ports, *(p for sidecar in service.sidecars for p in sidecar.ports))
    ports = {port.target_port: port.name for port in reversed(declared) if port.transport == "TCP"}
    measured = [service.metrics.port] if service.metrics else []
    return Callee(
        name=service.name,
        path=service.path,
        accounts=accounts,
        labels={NAME: service.name},
        pods_are_made=True,
        ports={**{port.target_port: port.name for port in measured}, **ports},
        http=frozenset(port.target_port for port in (*declared, *measured) if port.speaks_http),
        plaintext=frozenset(port.target_port for port in service.ports if port.plaintext),
    )


def _pods_of(node: Service | Datastore) -> Sequence[Service]:
    return node.workloads if isinstance(node, Service) else (node.workload,)


def _around(store: Datastore) -> Iterator[int]:
    """The ports that the pods of a datastore and its operator use among themselves."""
    if store.operated:
        yield from (*store.operated.peer_ports, *store.operated.controller_ports)


def accounts_of(store: Datastore) -> tuple[str, ...]:
    """Every account that pods of a datastore can have, in any of its ways."""
    own = (store.workload.account.name,) if Way.BUILTIN in store.ways else ()
    return tuple(dict.fromkeys((*own, *(operated_accounts(store.operated) if store.operated else ()))))


def operated_accounts(operated: Operated) -> tuple[str, ...]:
    """The accounts of an operator's pods: that of most, then those of its other parts."""
    made = (name for kind, name in operated.makes if kind == "ServiceAccount")
    return tuple(dict.fromkeys((operated.account, *made)))


def _accounts(node: Service | Datastore, caller: Service) -> tuple[str, ...]:
    return accounts_of(node) if isinstance(node, Datastore) else (caller.account.name,)


def _namespace(name: str) -> Tree:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}
