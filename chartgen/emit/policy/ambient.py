"""What ambient is told of one node. ztunnel knows accounts and ports; what must be read as requests is the waypoint's,
which sees the Service's ports, and without which nobody reaches the pods then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from chartgen.emit.plane import Plane
from chartgen.emit.policy.admissions import Admission, AdmittedPort, Callee, Who
from chartgen.emit.policy.calls import Call, Caller
from chartgen.emit.policy.rules import only_if, rules
from chartgen.emit.policy.traffic import IDEMPOTENT, breaking, subsets
from chartgen.emit.render import Context, lit, render, with_more
from chartgen.registry.mesh import CircuitBreaker, Mesh, Retries, Traffic
from chartgen.registry.pod import Port
from chartgen.registry.service import KubeService, Service

_PAST_THE_WAYPOINT = (Who.SCRAPER, Who.ANYONE)
"""Those who call pods by their address, or without the mesh."""

_AT_THE_WAYPOINT = (Who.ACCOUNTS, Who.INGRESS, Who.HELM_TEST, Who.ANYONE)

_RETRY_SINCE = (1, 7)
"""The first Gateway API whose standard channel has retries."""


def admitting(callee: Callee, mesh: Mesh, plane: Plane, context: Context) -> Iterator[str]:
    """Who reaches its pods; and of a service behind the waypoint, who passes that."""
    behind = isinstance(callee.node, Service) and plane.leads_through(callee.node)
    direct = (*_past_the_waypoint(callee), *_waypoint(callee, plane)) if behind else callee.admissions
    yield from _policy(_at_ports(callee, direct), mesh, context, name=callee.name)
    if behind and isinstance(callee.node, Service):
        for target in _targets(callee.node):
            yield from _at_waypoint(callee, target, mesh, context)


def _at_ports(callee: Callee, admissions: Iterable[Admission]) -> Callee:
    """The callee as ztunnel can know it: no request is read there."""
    plain = (replace(each, methods=(), paths=(), hosts=(), token=None) for each in admissions if not each.preflight)
    return replace(callee, admissions=tuple(dict.fromkeys(plain)), token_ports=())


def _past_the_waypoint(callee: Callee) -> Iterator[Admission]:
    return (each for each in callee.admissions if each.who in _PAST_THE_WAYPOINT)


def _waypoint(callee: Callee, plane: Plane) -> Iterator[Admission]:
    """The waypoint, on the ports where it lets somebody pass; on some of them only while there are test pods."""
    caller = Caller(name="waypoint", account=plane.waypoint)
    asked = [each for each in callee.admissions if each.who in _AT_THE_WAYPOINT]
    always = _shown(each for each in asked if each.who is not Who.HELM_TEST)
    tested = [port for port in _shown(asked) if port not in always]
    for who, ports in ((Who.ACCOUNTS, always), (Who.HELM_TEST, tested)):
        if ports:
            yield Admission(who=who, ports=tuple(ports), callers=(caller,))


def _shown(admissions: Iterable[Admission]) -> list[AdmittedPort]:
    """The ports of these that a Service shows, by the pods' numbers."""
    found = {port.target: port for each in admissions for port in each.ports if port.service}
    return [found[number] for number in sorted(found)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """Services whose ports have the same numbers: port name → number. `end`: what tells their objects apart."""

    services: tuple[str, ...]
    numbers: Mapping[str, int]
    end: str


def _targets(service: Service) -> list[_Target]:
    """The Services that callers use; an alias may show other numbers. A headless one has no address of its own, so
    its callers cannot be led through a waypoint."""
    found: dict[tuple[tuple[str, int], ...], list[KubeService]] = {}
    for front in service.fronts:
        if not front.headless:
            found.setdefault(tuple((port.name, port.port) for port in front.ports), []).append(front)
    return [
        _Target(
            services=tuple(front.name for front in fronts),
            numbers=dict(numbers),
            end="waypoint" if fronts[0].name == service.name else f"waypoint.{fronts[0].name}",
        )
        for numbers, fronts in found.items()
    ]


def _at_waypoint(callee: Callee, target: _Target, mesh: Mesh, context: Context) -> Iterator[str]:
    """Its policies there. One without rules closes the Service: the deny-all of the namespace does not hold there."""

    def shown(ports: Iterable[AdmittedPort]) -> tuple[AdmittedPort, ...]:
        return tuple(replace(p, service=target.numbers[p.name]) for p in ports if p.name in target.numbers)

    admissions = tuple(
        replace(each, ports=ports)
        for each in callee.admissions
        if each.who in _AT_THE_WAYPOINT and (ports := shown(each.ports))
    )
    there = replace(callee, admissions=admissions, token_ports=shown(callee.token_ports))
    more = with_more(context, targets=target.services)
    yield from _policy(there, mesh, more, name=f"{callee.name}.{target.end}", at_waypoint=True)


def _policy(callee: Callee, mesh: Mesh, context: Context, *, name: str, at_waypoint: bool = False) -> Iterator[str]:
    found = rules(callee, mesh.jwt, _at_the_service if at_waypoint else _at_the_pods)
    condition = "" if at_waypoint else only_if(found)
    number = "service" if at_waypoint else "target"
    more = with_more(context, callee=callee, rules=found, only_if=condition, object_name=name, number=number)
    if found or at_waypoint:
        text = render("policy/authorizationpolicy.yaml", more)
        yield f"{{{{- if {condition} }}}}\n{text}{{{{- end }}}}\n" if condition else text
    if callee.token_ports:
        yield render("policy/tokens.yaml", more)


def _at_the_service(port: AdmittedPort) -> int:
    return port.service


def _at_the_pods(port: AdmittedPort) -> int:
    return port.target


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """A Service that takes a share of the calls; `weight` None: all of them."""

    name: str
    weight: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A rule of a route: for requests with these methods, or all that are left."""

    methods: tuple[str, ...] = ()
    retries: Retries | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        """The status codes after which a call is tried again; a broken connection always is one."""
        return tuple(word for word in (self.retries.on if self.retries else ()) if word.isdecimal())


def behaving(service: Service, calls: Sequence[Call], mesh: Mesh, context: Context) -> Iterator[str]:
    """How calls of its Services behave: a route for each port of which there is something to say, since a route cannot
    tell two ports of one Service apart; and the circuit breaker, which all callers share."""
    for front in service.fronts:
        for port in front.ports if not front.headless else ():
            if port.speaks_http:
                yield from _route(service, front.name, port, calls, mesh, context)
    breaker = next((each.breaker for each in breaking(calls)), None)
    for host in _hosts(service) if breaker else ():
        yield _breaking(service, host, breaker, context)


def _hosts(service: Service) -> list[str]:
    fronts = [front.name for front in service.fronts if not front.headless]
    return [*fronts, *(version.workload.name for version in service.versions if service.split)]


def _breaking(service: Service, host: str, breaker: CircuitBreaker | None, context: Context) -> str:
    more = with_more(context, owner=service.name, name=host, host=lit(host), pods=(), breaker=breaker, subsets=())
    return render("policy/destinationrule.yaml", more)


def _route(
    service: Service, front: str, port: Port, calls: Sequence[Call], mesh: Mesh, context: Context
) -> Iterator[str]:
    traffic = next((c.edge.traffic for c in calls if port.name in c.edge.ports and c.edge.traffic), Traffic())
    again = traffic.retries if mesh.gateway_api_version >= _RETRY_SINCE else None
    shares = subsets(service) if service.split else ()
    if not (traffic.timeout or again or shares):
        return
    grpc = port.protocol.startswith("grpc") and not (traffic.timeout or again)
    more = with_more(
        context,
        owner=service.name,
        name=f"{front}.{port.name}",
        kind="GRPCRoute" if grpc else "HTTPRoute",
        service=front,
        port=port.port,
        parts=_parts(again, calls, port),
        timeout=traffic.timeout,
        backends=_backends(service, front),
        own_port=service.port(port.name).port,
    )
    yield render("policy/route.yaml", more)


def _backends(service: Service, front: str) -> tuple[Backend, ...]:
    found = tuple(
        Backend(name=version.workload.name, weight=version.weight)
        for version in service.versions
        if service.split and version.weight is not None and version.workload.enabled
    )
    return found or (Backend(name=front),)


def _parts(again: Retries | None, calls: Sequence[Call], port: Port) -> tuple[Part, ...]:
    """What is tried again, and what is not: of some methods a second call does no more than the first."""
    if again is None:
        return (Part(),)
    edges = [call.edge for call in calls if port.name in call.edge.ports]
    used = {method for edge in edges for method in edge.methods or IDEMPOTENT}
    tried = tuple(method for method in IDEMPOTENT if method in used)
    return (Part(methods=tried, retries=again), Part()) if tried else (Part(),)


def waypoint(plane: Plane, context: Context) -> str:
    """The waypoint itself."""
    return render("policy/waypoint.yaml", with_more(context, waypoint=plane.waypoint))
