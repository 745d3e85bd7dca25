"""What each node admits beside its declared callers: the door, the monitoring, `helm test`, and declared exceptions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

from chartgen.engines.engine import Way
from chartgen.mesh.grants import ANYONE, NAME, Callee, Demand, Grant, Who, Why
from chartgen.registry import names
from chartgen.registry.mesh import Claim, Fetcher, Jwt, Mode, Route
from chartgen.registry.ports import container_port_name
from chartgen.registry.service import Service

if TYPE_CHECKING:
    from chartgen.mesh.premises import Premises
    from chartgen.registry.model import Datastore, Registry
    from chartgen.registry.pod import Port, Probe


PREFLIGHT_HEADER = "access-control-request-method"
"""What a browser sends that asks first whether it may ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """The grants that are no edges. `homes`: service → its umbrella."""

    registry: Registry
    premises: Premises
    callees: Mapping[str, Callee]
    homes: Mapping[str, str]

    def all(self) -> Iterator[Grant]:
        """All of them, in the order of services, then datastores."""
        for service in self.registry.services:
            yield from self._door(service)
            yield from self._metrics(service)
            yield from self._plaintext(service)
            yield from self._tests(service)
        for store in self.registry.datastores:
            yield from self._peers(store)
            yield from self._bare(store)
            if self.premises.ways.get(store.name, store.default) is Way.BUILTIN:
                yield from self._tests(store.workload)
        yield from self._keys()

    def _door(self, service: Service) -> Iterator[Grant]:
        routes = self.registry.gateway.routes_to(service.name) if self.registry.gateway else ()
        for route in routes:
            whole = self._route(service, route)
            yield whole
            if route.cors and (whole.demand or (route.methods and "OPTIONS" not in route.methods)):
                yield replace(whole, why=Why.PREFLIGHT, methods=("OPTIONS",), headers=(PREFLIGHT_HEADER,), demand=None)
        routed = {route.port for route in routes}
        for port in service.open_ports:
            if port.name not in routed:
                yield self._exposed(service, port)

    def _route(self, service: Service, route: Route) -> Grant:
        jwt = self.registry.mesh.jwt if self.registry.mesh else None
        wanted = demand(jwt, route.claims) if jwt and not route.public else None
        return replace(
            self._exposed(service, service.port(route.port)),
            why=Why.PUBLIC if route.public else Why.ROUTE,
            path=route.path,
            methods=route.methods,
            paths=route.paths,
            hosts=route.hosts,
            demand=wanted,
        )

    def _exposed(self, service: Service, port: Port) -> Grant:
        door = self.premises.ingress
        jwt = self.registry.mesh.jwt if self.registry.mesh else None
        return Grant(
            caller="ingress",
            who=Who(namespace=door.namespace, account=door.account),
            callee=service.name,
            port=port.target_port,
            transport=port.transport,
            http=port.speaks_http,
            why=Why.EXPOSED,
            path=service.path,
            demand=demand(jwt) if jwt and port.speaks_http else None,
        )

    def _metrics(self, service: Service) -> Iterator[Grant]:
        if service.metrics and self.premises.scraped:
            scraper, read = self.premises.scraper, self._is_read() and service.metrics.port.speaks_http
            yield Grant(
                caller="scraper",
                who=Who(namespace=scraper.namespace, account=scraper.account),
                callee=service.name,
                port=service.metrics.port.target_port,
                http=service.metrics.port.speaks_http,
                why=Why.SCRAPER,
                path=(*service.path, "metrics"),
                methods=("GET",) if read else (),
                paths=(service.metrics.path,) if read else (),
            )

    def _is_read(self) -> bool:
        """Whether somebody reads the requests of those who call pods by their addresses: no ztunnel does."""
        return self.registry.mesh is None or self.registry.mesh.mode is Mode.SIDECAR

    def _plaintext(self, service: Service) -> Iterator[Grant]:
        for port in service.ports:
            if port.plaintext:
                yield Grant(
                    caller="anyone",
                    who=ANYONE,
                    callee=service.name,
                    port=port.target_port,
                    transport=port.transport,
                    http=port.speaks_http,
                    why=Why.PLAINTEXT,
                    path=(*service.path, "ports"),
                    reason=port.plaintext,
                )

    def _tests(self, service: Service) -> Iterator[Grant]:
        """The pods of `helm test`: they ask for the readiness path, else they only connect."""
        shown = {port.target_port: port for port in service.exposed_ports if port.transport == "TCP"}
        if not shown or not self.premises.tested:
            return
        asked, number = _readiness(service, shown)
        port = shown[number]
        account = names.helm_test(self.homes[service.app])
        yield Grant(
            caller=account,
            who=Who(namespace=self.premises.namespace, account=account),
            callee=service.app,
            port=number,
            http=port.speaks_http,
            pods={NAME: account},
            why=Why.HELM_TEST,
            path=service.path,
            methods=("GET",) if asked and port.speaks_http else (),
            paths=(asked.path.partition("?")[0].partition("#")[0],) if asked and port.speaks_http else (),
        )

    def _peers(self, store: Datastore) -> Iterator[Grant]:
        callee = self.callees.get(store.name)
        if not callee:
            return
        operated = store.operated if not callee.pods_are_made else None
        among = operated.peer_ports if operated else store.workload.peer_ports
        for port, account in product(among, callee.accounts):
            yield Grant(
                caller=store.name,
                who=Who(namespace=self.premises.namespace, account=account),
                callee=store.name,
                port=port,
                pods=callee.labels,
                why=Why.PEERS,
                listed=not operated or port in operated.addressed,
                path=store.path,
            )
        for port in operated.controller_ports if operated else ():
            yield Grant(
                caller="operator",
                who=Who(namespace=self.premises.operators[store.name]),
                callee=store.name,
                port=port,
                why=Why.OPERATOR,
                path=store.path,
            )

    def _bare(self, store: Datastore) -> Iterator[Grant]:
        """The operator's calls to addresses, which no sidecar of its own could give an identity: nobody knows whether
        it has one. Their TLS is the datastore's."""
        callee, operated = self.callees.get(store.name), store.operated
        in_sidecars = self.registry.mesh is not None and self.registry.mesh.mode is Mode.SIDECAR
        for port in operated.encrypted if callee and operated and in_sidecars and not callee.pods_are_made else ():
            yield Grant(
                caller="anyone",
                who=ANYONE,
                callee=store.name,
                port=port,
                why=Why.PLAINTEXT,
                path=store.path,
                reason="its operator calls pods by their addresses, with TLS of its own",
            )

    def _keys(self) -> Iterator[Grant]:
        jwt = self.registry.mesh.jwt if self.registry.mesh else None
        keys = jwt.issuer_service if jwt else None
        service = self.registry.by_name().get(keys.service) if keys else None
        if jwt and keys and keys.fetched_by is Fetcher.ISTIOD and isinstance(service, Service):
            yield Grant(
                caller="istiod",
                who=ANYONE,
                callee=service.name,
                port=service.port(keys.port).target_port,
                http=True,
                why=Why.KEYS,
                path=(*jwt.path, "issuerService"),
                methods=("GET",) if self._is_read() else (),
                paths=(keys.path,) if self._is_read() else (),
            )


def demand(jwt: Jwt, claims: tuple[Claim, ...] = ()) -> Demand:
    """What a token must be where these claims are asked for, beside those that the mesh asks for everywhere."""
    carried = tuple(path for _, path in jwt.claim_headers)
    return Demand(issuer=jwt.issuer, audiences=jwt.audiences, claims=(*jwt.required_claims, *claims), carried=carried)


def _readiness(service: Service, shown: Mapping[int, Port]) -> tuple[Probe | None, int]:
    """What the test of a service asks, and the pods' port that it asks: the readiness probe's if that is shown."""
    probe = service.main.probes.readiness
    if probe and probe.handler == "http":
        for number, port in shown.items():
            if container_port_name(service.main.ports, port) == probe.port:
                return probe, number
    return None, next(iter(shown))
