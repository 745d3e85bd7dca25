"""One file for each node: all that is said of calls to it, and of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chartgen.emit.plane import Plane, plane_of
from chartgen.emit.policy import ambient, egress, sidecar
from chartgen.emit.policy.admissions import Callee, callees
from chartgen.emit.policy.calls import Call, calls_to
from chartgen.emit.render import Context, go_string, lit, render, with_more
from chartgen.engines.engine import Way
from chartgen.registry import names
from chartgen.registry.mesh import GatewayApi, Mesh
from chartgen.registry.model import Datastore, External, Node, Registry
from chartgen.registry.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Nodes:
    """The platform with its look-up tables."""

    registry: Registry
    mesh: Mesh
    by_name: Mapping[str, Node]
    callees: tuple[Callee, ...]
    by_callee: Mapping[str, Sequence[Callee]]
    calls: Mapping[str, Sequence[Call]]
    plane: Plane
    context: Context

    def file_of(self, node: Service | Datastore) -> Iterator[tuple[str, str]]:
        """(file below templates/, text) of a node of which there is something to say."""
        if isinstance(node, Service):
            yield from _file(f"services/{node.name}.yaml", self._service(node))
        else:
            yield from _file(f"datastores/{node.name}.yaml", self._store(node))

    def other_files(self) -> Iterator[tuple[str, str]]:
        """The same of what has no chart of its own."""
        for external in self.registry.externals:
            yield from _file(f"externals/{external.name}.yaml", self._external(external))
        if self.plane.behind:
            yield "waypoint/gateway.yaml", ambient.waypoint(self.plane, self.context)

    def _service(self, service: Service) -> Iterator[str]:
        [callee] = self.by_callee[service.name]
        yield from self._admitting(callee)
        calls = self.calls.get(service.name, ())
        if self.plane.ambient:
            context = with_more(self.context, abroad=False)
            yield from ambient.behaving(service, calls, self.mesh, context) if self.plane.leads_through(service) else ()
            return
        context = with_more(self.context, abroad=self._called_from_abroad(service))
        called = any(service.port(name).speaks_http for call in calls for name in call.edge.ports)
        for front in service.fronts:
            http = called and any(port.speaks_http for port in front.ports)
            yield from sidecar.behaving(service, front.name, lit(front.name), calls, context, http=http)
        yield from _headless(service, service, calls, self.context)
        for reach in egress.reaches(service, self.registry, self.by_name):
            yield sidecar.reaching(reach, service.name, self.context)

    def _admitting(self, callee: Callee) -> Iterator[str]:
        if self.plane.ambient:
            yield from ambient.admitting(callee, self.mesh, self.plane, self.context)
        else:
            yield from sidecar.admitting(callee, self.mesh, self.context)
        if callee.plaintext:
            yield render("policy/plaintext.yaml", with_more(self.context, callee=callee))

    def _called_from_abroad(self, service: Service) -> bool:
        """Whether a gateway in another namespace reads how its calls are shared among versions."""
        gateway = self.registry.gateway
        return bool(gateway and gateway.api is GatewayApi.ISTIO and gateway.routes_to(service.name))

    def _store(self, store: Datastore) -> Iterator[str]:
        for callee in self.by_callee.get(store.name, ()):
            assert callee.way  # it is a datastore's
            yield from _in_that_way(store, callee.way, self._pods_of(store, callee, callee.way))
        if Way.EXTERNAL in store.ways:
            yield from _in_that_way(store, Way.EXTERNAL, self._elsewhere(store))

    def _pods_of(self, store: Datastore, callee: Callee, way: Way) -> Iterator[str]:
        yield from self._admitting(callee)
        if self.plane.ambient:  # no waypoint reads what a datastore's callers say
            return
        offer = store.offer(way)
        if way is Way.OPERATOR and store.operated and store.operated.addressed:
            more = with_more(self.context, callee=callee, object_name=names.by_address(store.name))
            yield render("policy/by-address.yaml", with_more(more, addressed=store.operated.addressed))
        yield from self._behaving(store, lit(offer.host if offer else store.name))
        if way is Way.BUILTIN:
            yield from _headless(store, store.workload, self.calls.get(store.name, ()), self.context)
        reach = egress.reach_of_store(store, way, callee.pods, self.by_name)
        yield sidecar.reaching(reach, store.name, self.context)

    def _elsewhere(self, store: Datastore) -> Iterator[str]:
        offer = store.offer(Way.EXTERNAL)
        ports = tuple(port for port in store.ports if port.transport == "TCP")
        more = with_more(self.context, store=store, ports=ports, numbers=offer.ports if offer else {})
        yield render("policy/serviceentry-datastore.yaml", more)
        text = "" if self.plane.ambient else "".join(self._behaving(store, "{{ $host | quote }}"))
        if text:
            given = f"(index .Values.global.datastores {go_string(store.name)}).host"
            known = f'{{{{- $host := include "mesh-policy.outside" (list {go_string(store.name)} {given}) }}}}'
            yield f"{{{{- if {given} }}}}\n{known}\n{text}{{{{- end }}}}\n"

    def _behaving(self, store: Datastore, host: str) -> Iterator[str]:
        calls = self.calls.get(store.name, ())
        http = any(store.port(name).speaks_http for call in calls for name in call.edge.ports)
        return sidecar.behaving(store, store.name, host, calls, with_more(self.context, abroad=False), http=http)

    def _external(self, external: External) -> Iterator[str]:
        calls = self.calls.get(external.name, ())
        found = egress.outside(external)
        if found and calls:
            yield render("policy/serviceentry.yaml", with_more(self.context, external=external, outside=found))
        if self.plane.ambient:
            return  # no proxy is told
        context = with_more(self.context, abroad=False)
        http = any(external.port(name).speaks_http for call in calls for name in call.edge.ports)
        host = lit(egress.mesh_host(external))
        yield from sidecar.behaving(external, external.name, host, calls, context, http=http)


def nodes(registry: Registry, mesh: Mesh, context: Context) -> Nodes:
    """The registry's nodes, each with who calls it."""
    calls = calls_to(registry)
    every = callees(registry, calls)
    found: dict[str, list[Callee]] = {}
    for callee in every:
        found.setdefault(callee.name, []).append(callee)
    return Nodes(
        registry=registry,
        mesh=mesh,
        by_name=registry.by_name(),
        callees=every,
        by_callee=found,
        calls=calls,
        plane=plane_of(registry),
        context=with_more(context, targets=()),
    )


def _headless(node: Node, workload: Service, calls: Sequence[Call], context: Context) -> Iterator[str]:
    """How calls behave that name a pod: they are another host's, of which no other route speaks. An external may have
    the host's name, but none has a dot in it."""
    http = any(node.port(name).speaks_http for call in calls for name in call.edge.ports)
    for host in egress.headless_of(workload):
        within = with_more(context, abroad=False)
        yield from sidecar.behaving(node, f"{host}.pods", lit(host), calls, within, http=http, shared=False)


def _in_that_way(store: Datastore, way: Way, parts: Iterator[str]) -> Iterator[str]:
    """What is true only while values say that the datastore is provided so."""
    text = "".join(parts)
    if len(store.ways) == 1 or not text:
        yield text
        return
    chosen = f"(index .Values.global.datastores {go_string(store.name)}).provision"
    yield f'{{{{- if eq {chosen} "{way}" }}}}\n{text}{{{{- end }}}}\n'


_VARIABLES = (
    ("$by", "{{- $by := .Values.global.mesh.identity }}\n"),
    ("$own", '{{- $own := include "mesh-policy.own" . }}\n'),
    ("$dns", '{{- $dns := include "mesh-policy.dns" . }}\n'),
)


def _file(name: str, parts: Iterator[str]) -> Iterator[tuple[str, str]]:
    """The file, with the variables that it uses at its head."""
    text = "".join(parts)
    if text:
        yield name, "".join(line for variable, line in _VARIABLES if f"{variable} }}}}" in text) + text
