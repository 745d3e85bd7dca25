"""Who is admitted to whom, on what, and why: frozen values, from which the policies of both modes are written. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from chartgen.emit.policy.calls import Call, Caller, Labels, operated_accounts, own_pods
from chartgen.emit.service import tested
from chartgen.engines.engine import Operated, Way
from chartgen.registry import names
from chartgen.registry.mesh import Claim, Enforce, Fetcher, Jwt, Mesh, Mode, Route
from chartgen.registry.model import Datastore, Registry
from chartgen.registry.pod import Port
from chartgen.registry.service import Edge, Service
from chartgen.registry.umbrellas import homes


class Who(StrEnum):
    """Whose calls are meant. `accounts`: of the platform's own namespace; the others' names are values of the chart."""

    ACCOUNTS = "accounts"
    INGRESS = "ingress"
    SCRAPER = "scraper"
    HELM_TEST = "helm test"
    OPERATOR = "operator"
    ANYONE = "anyone"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmittedPort:
    """A port: the number that the pods listen on, which a sidecar and ztunnel see, and that of the Service, which a
    waypoint sees (0: no Service shows it). `name`: the registry's, empty for what it does not declare."""

    target: int
    service: int = 0
    http: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Calls that pass. `callers`: of the platform. `methods`, `paths` and `hosts` empty: all of them.
    `token`: what a token must say (empty: any token of the issuer); None: none is asked for. `preflight`: a browser's
    question before a call. With any of those, all ports speak HTTP. `why`: the reason, where nothing else says it."""

    who: Who
    ports: tuple[AdmittedPort, ...]
    callers: tuple[Caller, ...] = ()
    methods: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    token: tuple[Claim, ...] | None = None
    preflight: bool = False
    why: str = ""

    @property
    def accounts(self) -> tuple[str, ...]:
        """The callers' accounts, sorted."""
        return tuple(sorted({caller.account for caller in self.callers}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Callee:
    """Pods that are called, and all that they admit. `pods`: their labels; `way`: of a datastore, the one that this is
    about. `plaintext`: ports of the pods that take calls without mTLS, and why. `token_ports`: where tokens are
    checked, or headers that speak of one; `checks_tokens`: whether calls must have one. `operator`: whose controller
    calls, empty for none."""

    node: Service | Datastore
    pods: Labels
    admissions: tuple[Admission, ...]
    way: Way | None = None
    plaintext: tuple[tuple[int, str], ...] = ()
    token_ports: tuple[AdmittedPort, ...] = ()
    checks_tokens: bool = False
    operator: str = ""

    @property
    def name(self) -> str:
        """The node's name."""
        return self.node.name

    def admits(self, who: Who) -> bool:
        """Whether such callers pass."""
        return any(admission.who is who for admission in self.admissions)


def callees(registry: Registry, calls: Mapping[str, Sequence[Call]]) -> tuple[Callee, ...]:
    """Everything that runs in the platform, sorted by name; a datastore comes once for each way that it can run in.
    `calls`: to each node."""
    home = homes(registry)
    routes: dict[str, list[Route]] = {}
    for route in registry.gateway.routes if registry.gateway else ():
        routes.setdefault(route.service, []).append(route)
    found: list[Callee] = []
    for node in registry.charts():
        own = calls.get(node.name, ())
        if isinstance(node, Service):
            found.append(_service(node, registry, own, routes.get(node.name, ()), home[node.name]))
        else:
            found += _store(node, registry, own, home[node.name])
    return tuple(found)


def _service(
    service: Service, registry: Registry, calls: Sequence[Call], routes: Sequence[Route], umbrella: str
) -> Callee:
    jwt = registry.mesh.jwt if registry.mesh else None
    every_hop = jwt is not None and jwt.enforce is Enforce.EVERY_HOP
    ports = {port.name: _port(port) for port in service.ports if port.transport == "TCP"}
    admissions = (
        *_declared(calls, ports, jwt if every_hop else None),
        *_peers(service, ports),
        *_from_outside(service, routes, registry.mesh, ports),
        *_scraped(service),
        *_helm_tested(service, umbrella),
        *_in_plaintext(service, registry, ports),
    )
    checks = any(a.token is not None for a in admissions)
    guards = jwt is not None and bool(jwt.claim_headers) and any(_from_door(a) for a in admissions)
    return Callee(
        node=service,
        pods=own_pods(service.name, registry),
        admissions=admissions,
        plaintext=_exceptions(service, registry, ports),
        token_ports=tuple(port for port in ports.values() if port.http) if checks or guards else (),
        checks_tokens=checks,
    )


def _from_door(admission: Admission) -> bool:
    return admission.who is Who.INGRESS and any(port.http for port in admission.ports)


def _port(port: Port) -> AdmittedPort:
    return AdmittedPort(
        target=port.target_port, service=port.port if port.expose else 0, http=port.speaks_http, name=port.name
    )


def _declared(calls: Iterable[Call], ports: dict[str, AdmittedPort], asks: Jwt | None) -> Iterator[Admission]:
    """One admission for all callers whose edges say the same."""
    alike: dict[tuple[object, ...], list[Call]] = {}
    for call in calls:
        edge = call.edge
        alike.setdefault((edge.ports, edge.methods, edge.paths, edge.token), []).append(call)
    grouped: dict[Admission, list[Caller]] = {}
    for found in alike.values():
        callers = [caller for call in found for caller in call.callers]
        for admission in _of_edge(found[0].edge, ports, asks):
            grouped.setdefault(admission, []).extend(callers)
    for admission, callers in grouped.items():
        yield replace(admission, callers=tuple(dict.fromkeys(callers)))


def _of_edge(edge: Edge, ports: dict[str, AdmittedPort], asks: Jwt | None) -> Iterator[Admission]:
    """What narrows an edge holds for its HTTP ports; on others a proxy sees no requests."""
    opened = tuple(ports[name] for name in edge.ports if name in ports)
    token = asks.required_claims if asks and edge.token else None
    narrow = bool(edge.methods or edge.paths or token is not None)
    read = tuple(port for port in opened if port.http and narrow)
    rest = tuple(port for port in opened if port not in read)
    if read:
        yield Admission(who=Who.ACCOUNTS, ports=read, methods=edge.methods, paths=edge.paths, token=token)
    if rest:
        yield Admission(who=Who.ACCOUNTS, ports=rest)


def _peers(service: Service, ports: dict[str, AdmittedPort]) -> Iterator[Admission]:
    if service.peer_ports:
        caller = Caller(name=service.name, account=service.account.name)
        yield _peering(service.peer_ports, tuple(ports.values()), (caller,))


def _peering(numbers: Sequence[int], known: Sequence[AdmittedPort], callers: tuple[Caller, ...]) -> Admission:
    by_target = {port.target: port for port in known}
    ports = tuple(by_target.get(number, AdmittedPort(target=number)) for number in numbers)
    return Admission(who=Who.ACCOUNTS, ports=ports, callers=callers, why="its own pods")


def _from_outside(
    service: Service, routes: Sequence[Route], mesh: Mesh | None, ports: dict[str, AdmittedPort]
) -> Iterator[Admission]:
    """What the door lets through: what the routes say, and the ports that are open without one."""
    for route in routes:
        yield from _routed(route, ports[route.port], mesh)
    routed = {route.port for route in routes}
    opened = tuple(ports[port.name] for port in service.open_ports if port.name in {*ports} - routed)
    jwt = mesh.jwt if mesh else None
    read = tuple(port for port in opened if port.http and jwt)
    rest = tuple(port for port in opened if port not in read)
    if read and jwt:
        yield Admission(who=Who.INGRESS, ports=read, token=jwt.required_claims, why="exposed")
    if rest:
        yield Admission(who=Who.INGRESS, ports=rest, why="exposed")


def _routed(route: Route, port: AdmittedPort, mesh: Mesh | None) -> Iterator[Admission]:
    jwt = mesh.jwt if mesh else None
    token = (*jwt.required_claims, *route.claims) if jwt and not route.public else None
    yield Admission(
        who=Who.INGRESS,
        ports=(port,),
        methods=route.methods,
        paths=route.paths,
        hosts=route.hosts,
        token=token,
        why="a public route" if token is None else "",
    )
    if route.cors and (token is not None or (route.methods and "OPTIONS" not in route.methods)):
        yield Admission(
            who=Who.INGRESS,
            ports=(port,),
            methods=("OPTIONS",),
            paths=route.paths,
            hosts=route.hosts,
            preflight=True,
            why="CORS: a browser asks first, without a token",
        )


def _scraped(service: Service) -> Iterator[Admission]:
    if service.metrics:
        port = _port(service.metrics.port)
        yield _reading(Admission(who=Who.SCRAPER, ports=(port,)), service.metrics.path)


def _helm_tested(service: Service, umbrella: str) -> Iterator[Admission]:
    asked = tested(service)
    if asked:
        caller = Caller(name="helm test", account=names.helm_test(umbrella))
        whole = Admission(who=Who.HELM_TEST, ports=(_port(asked.port),), callers=(caller,))
        yield _reading(whole, asked.path)


def _reading(whole: Admission, path: str) -> Admission:
    """The same, where a proxy sees requests, for reading that path alone."""
    return replace(whole, methods=("GET",), paths=(path,)) if path and whole.ports[0].http else whole


def _in_plaintext(service: Service, registry: Registry, ports: dict[str, AdmittedPort]) -> Iterator[Admission]:
    declared = tuple(ports[port.name] for port in service.ports if port.plaintext and port.name in ports)
    if declared:
        why = "; ".join(dict.fromkeys(port.plaintext for port in service.ports if port.plaintext))
        yield Admission(who=Who.ANYONE, ports=declared, why=f"plaintext: {why}")
    keys = _keys_port(service, registry)
    if keys:
        port, path = keys
        yield Admission(who=Who.ANYONE, ports=(ports[port.name],), methods=("GET",), paths=(path,), why=_KEYS)


_KEYS = "istiod fetches the issuer's keys, and has no certificate of the mesh"


def _keys_port(service: Service, registry: Registry) -> tuple[Port, str] | None:
    """The port on which istiod fetches the keys of an issuer that is this service, and their path."""
    issuer = registry.mesh.jwt.issuer_service if registry.mesh and registry.mesh.jwt else None
    if not issuer or issuer.service != service.name or issuer.fetched_by is not Fetcher.ISTIOD:
        return None
    return service.port(issuer.port), issuer.path


def _exceptions(service: Service, registry: Registry, ports: dict[str, AdmittedPort]) -> tuple[tuple[int, str], ...]:
    found = {ports[p.name].target: p.plaintext for p in service.ports if p.plaintext and p.name in ports}
    keys = _keys_port(service, registry)
    if keys:
        found.setdefault(keys[0].target_port, _KEYS)
    return tuple(sorted(found.items()))


def _store(store: Datastore, registry: Registry, calls: Sequence[Call], umbrella: str) -> Iterator[Callee]:
    for way in store.ways:
        if way is Way.BUILTIN:
            yield _builtin(store, registry, calls, umbrella)
        elif way is Way.OPERATOR and store.operated:
            yield _operated(store, store.operated, calls, registry.mesh)


def _builtin(store: Datastore, registry: Registry, calls: Sequence[Call], umbrella: str) -> Callee:
    ports = _store_ports(store, Way.BUILTIN)
    admissions = (
        *_declared(calls, ports, None),
        *_peers(store.workload, ports),
        *_helm_tested(store.workload, umbrella),
    )
    return Callee(node=store, way=Way.BUILTIN, pods=own_pods(store.name, registry), admissions=admissions)


def _operated(store: Datastore, operated: Operated, calls: Sequence[Call], mesh: Mesh | None) -> Callee:
    ports = _store_ports(store, Way.OPERATOR)
    known = tuple(ports.values())
    own = tuple(Caller(name=store.name, account=name) for name in operated_accounts(operated))
    admissions = list(_declared(calls, ports, None))
    if operated.peer_ports:
        admissions.append(_peering(operated.peer_ports, known, own))
    if operated.controller_ports:
        of_operator = _peering(operated.controller_ports, known, ())
        admissions.append(Admission(who=Who.OPERATOR, ports=of_operator.ports))
    # a ztunnel knows who calls an address, a sidecar's caller goes past its own proxy, if it has one at all
    bare = operated.encrypted if mesh and mesh.mode is Mode.SIDECAR else ()
    if bare:
        admissions.append(Admission(who=Who.ANYONE, ports=_peering(bare, known, ()).ports, why=_BARE))
    return Callee(
        node=store,
        way=Way.OPERATOR,
        pods=tuple(operated.pods.items()),
        admissions=tuple(admissions),
        plaintext=tuple((port, _BARE) for port in bare),
        operator=store.engine.operator.name if store.engine.operator else "",
    )


_BARE = "the operator calls pods by their addresses, with TLS of its own that hides its identity from the mesh"


def _store_ports(store: Datastore, way: Way) -> dict[str, AdmittedPort]:
    offer = store.offer(way)
    assert offer  # the way is one of the store's
    return {
        port.name: AdmittedPort(
            target=offer.pod_ports[port.name],
            service=offer.ports[port.name],
            http=port.speaks_http,
            name=port.name,
        )
        for port in store.ports
        if port.transport == "TCP"
    }
