"""The policy chart: who may call whom, in the mesh's own words, and the door. A chart that can be installed alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chartgen.emit.chart import policy_chart_yaml
from chartgen.emit.policy.admissions import Who
from chartgen.emit.policy.door import door
from chartgen.emit.policy.egress import called_stores, operated_services, services_of
from chartgen.emit.policy.isolation import isolation
from chartgen.emit.policy.istio_door import istio_door
from chartgen.emit.policy.nodes import Nodes, nodes
from chartgen.emit.policy.readme import readme
from chartgen.emit.policy.values import policy_values
from chartgen.emit.render import Context, chart_label, context_of, render, with_more
from chartgen.emit.tree import FileTree
from chartgen.engines.engine import Way
from chartgen.registry.kubernetes import CLUSTER_DOMAIN, GATEWAY_NAME
from chartgen.registry.mesh import GatewayApi
from chartgen.registry.model import Datastore, Registry
from chartgen.registry.service import Service
from chartgen.registry.umbrellas import PolicyHome, policy_home


@dataclass(frozen=True, slots=True)
class Policy:
    """The chart of a platform that has a mesh or a gateway. Most of it is a file for each node, which several workers
    can make."""

    registry: Registry
    home: PolicyHome
    context: Context
    nodes: Nodes | None

    def of(self, node: Service | Datastore) -> FileTree:
        """What the chart says of a node, relative to the chart's folder."""
        return {f"templates/{file}": text for file, text in self.nodes.file_of(node)} if self.nodes else {}

    def whole(self) -> FileTree:
        """All the other files, relative to the chart's folder."""
        callees = self.nodes.callees if self.nodes else ()
        values = policy_values(self.registry, callees)
        return {
            "Chart.yaml": policy_chart_yaml(self.registry, self.home.name),
            "values.yaml": values.yaml,
            "values.schema.json": values.schema,
            "README.md": readme(self.registry, self.home, callees, values.table),
            **{f"templates/{file}": text for file, text in _templates(self.registry, self.nodes, self.context)},
        }


def policy(registry: Registry) -> Policy | None:
    """The policy chart; None for a platform that has neither mesh nor gateway."""
    home = policy_home(registry)
    if not home:
        return None
    context = _context(registry, home)
    return Policy(registry, home, context, nodes(registry, registry.mesh, context) if registry.mesh else None)


def _context(registry: Registry, home: PolicyHome) -> Context:
    mesh = registry.mesh
    return context_of(
        platform=registry.metadata.name,
        mesh=mesh,
        gateway=registry.gateway,
        jwt=mesh.jwt if mesh else None,
        keys_port=_keys_port(registry),
        measured=any(service.metrics for service in registry.services),
        chart_label=chart_label(home.name, registry.metadata.version),
        alone=home.alone,
        mesh_label=mesh.label if mesh else (),
        gateway_name=GATEWAY_NAME,
        cluster_domain=CLUSTER_DOMAIN,
        namespace_of='include "mesh-policy.namespace" .',
        control_plane=".Values.global.mesh.controlPlane.namespace",
    )


def _templates(registry: Registry, found: Nodes | None, context: Context) -> Iterator[tuple[str, str]]:
    yield "_helpers.tpl", render("policy/_helpers.tpl", _of_helpers(registry, found, context))
    yield "NOTES.txt", render("policy/NOTES.txt", context)
    if registry.gateway:
        opened = istio_door if registry.gateway.api is GatewayApi.ISTIO else door
        yield from opened(registry, registry.gateway, context)
    if not found:
        return
    stores = [_store(store) for store in called_stores(registry)]
    if stores and found.plane.sidecars:
        more = with_more(context, stores=stores, external=any(store.external for store in stores))
        yield "_datastores.tpl", render("policy/_datastores.tpl", more)
    yield "mtls.yaml", render("policy/mtls.yaml", context)
    yield "deny-all.yaml", render("policy/deny-all.yaml", context)
    yield from found.other_files()
    yield from isolation(registry, found.plane, context)


def _of_helpers(registry: Registry, found: Nodes | None, context: Context) -> Context:
    """What tells which helpers somebody includes."""
    callees = found.callees if found else ()
    checks = bool(registry.mesh and not registry.mesh.audit) and any(callee.checks_tokens for callee in callees)
    by_host = bool(found and found.plane.sidecars) or (checks and bool(context["keys_port"]))
    entered = any(callee.admits(Who.INGRESS) for callee in callees)
    return with_more(context, checks_tokens=checks, names_hosts=by_host, entered=entered)


def _keys_port(registry: Registry) -> int:
    """The number of the port on which an issuer of the platform itself shows its keys; 0 for none."""
    issuer = registry.mesh.jwt.issuer_service if registry.mesh and registry.mesh.jwt else None
    service = registry.by_name().get(issuer.service) if issuer else None
    return service.port(issuer.port).port if issuer and service else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Store:
    """A datastore that is called: the Services by which it is, in each way in which it runs in the platform."""

    name: str
    internal: tuple[tuple[str, tuple[str, ...]], ...]
    external: bool

    @property
    def several(self) -> bool:
        """Whether values choose the way."""
        return len(self.internal) + self.external > 1


def _store(store: Datastore) -> _Store:
    own = [(Way.BUILTIN, services_of(store.workload))] if Way.BUILTIN in store.ways else []
    operated = [(Way.OPERATOR, operated_services(store.operated))] if store.operated else []
    return _Store(
        name=store.name,
        internal=tuple((str(way), found) for way, found in (*own, *operated)),
        external=Way.EXTERNAL in store.ways,
    )
