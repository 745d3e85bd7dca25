"""What a set of values says that changes who may call whom: names of the mesh's own accounts, ways of datastores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from chartgen.engines.engine import Way
from chartgen.mesh.model import Identity, Tree
from chartgen.mesh.trees import below, labels_of, mapping, mappings
from chartgen.registry.kubernetes import GATEWAY_NAME
from chartgen.registry.mesh import DOOR_LABELS, GatewayApi
from chartgen.registry.model import Datastore, Node

if TYPE_CHECKING:
    from chartgen.mesh.world import World
    from chartgen.registry.model import Registry

_MONITORING: list[Tree] = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """One set of values, as the proof needs it. `ways`: datastore → how it is provided; `hosts`: external datastore →
    where; `off`: what is switched off; `tested`: `helm test` is let in; `scraped`: the monitoring is, by `monitors`
    where that is said. `from_outside`
    and `from_monitoring`: NetworkPolicy peers, none for anyone; `isolated`: there are NetworkPolicies.
    `door_labels`: of the pods that Istio's own Gateway is for; `ingress_is_given`: the door's account is one that the
    values name, not the one that is made for its Gateway."""

    namespace: str = "default"
    trust_domain: str = "cluster.local"
    control_plane: str = "istio-system"
    ingress: Identity
    ingress_is_given: bool = False
    door_labels: Mapping[str, str] = field(default_factory=dict)
    scraper: Identity
    ways: Mapping[str, Way] = field(default_factory=dict)
    hosts: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    operators: Mapping[str, str] = field(default_factory=dict)
    off: frozenset[str] = frozenset()
    off_versions: frozenset[tuple[str, str]] = frozenset()
    tested: bool = False
    scraped: bool = True
    monitors: bool = False
    isolated: bool = True
    from_outside: Sequence[Tree] = ()
    from_monitoring: Sequence[Tree] = ()


def premises_of(registry: Registry, given: Tree, namespace: str = "default") -> Premises:
    """The premises that a set of values: what it gives, else the chart's defaults."""
    shared = mapping(given.get("global"))
    mesh = mapping(shared.get("mesh"))
    home = str(mesh.get("namespace") or namespace)
    return Premises(
        namespace=home,
        trust_domain=_text(mesh, "trustDomain", registry.mesh.trust_domain if registry.mesh else "cluster.local"),
        control_plane=_text(mapping(mesh.get("controlPlane")), "namespace", "istio-system"),
        ingress=_ingress(registry, mapping(mesh.get("ingress")), _class_of(shared), home),
        ingress_is_given=bool(below(mesh, "ingress", "serviceAccount")),
        door_labels={**DOOR_LABELS, **labels_of(below(shared, "gateway", "selector"))},
        scraper=_identity(mapping(mesh.get("scraper")), "monitoring", "prometheus"),
        ways={store.name: _way(store, shared) for store in registry.datastores},
        hosts={store.name: host for store in registry.datastores if (host := _host(store, shared))},
        operators=_operators(registry, shared),
        off=frozenset(_off(registry, given)),
        off_versions=frozenset(_off_versions(registry, given)),
        tested=below(shared, "helmTest", "enabled") is True,
        scraped=below(shared, "monitoring", "scrape") != "none",
        monitors=below(shared, "monitoring", "scrape") == "podMonitor",
        isolated=below(shared, "networkPolicy", "enabled") is not False,
        from_outside=_outside(registry, shared),
        from_monitoring=_peers(shared, "monitoring", _MONITORING),
    )


def _ingress(registry: Registry, given: Tree, class_name: str, home: str) -> Identity:
    """The door's own pods: Istio makes those of a Gateway beside it, and names their account after it."""
    gateway = registry.gateway
    if gateway and gateway.api is GatewayApi.GATEWAY:
        return _identity(given, home, f"{gateway.name}-{class_name or gateway.class_name}")
    return _identity(given, "istio-ingress", "istio-ingress")


def _class_of(shared: Tree) -> str:
    return str(below(shared, "gateway", "className") or "")


def with_door(premises: Premises, registry: Registry, world: World) -> Premises:
    """The same, with the account that the rendered Gateway's pods get, where the values name no other: policies have to
    name that one, whatever made it differ from what they were written for."""
    gateway = registry.gateway
    if gateway is None or premises.ingress_is_given:
        return premises
    made = world.gateway(premises.ingress.namespace, gateway.name)
    account = made.account if made else ""
    return replace(premises, ingress=replace(premises.ingress, account=account)) if account else premises


def _identity(given: Tree, namespace: str, account: str) -> Identity:
    return Identity(
        namespace=_text(given, "namespace", namespace),
        account=_text(given, "serviceAccount", account),
    )


def _text(given: Tree, key: str, default: str) -> str:
    return str(given.get(key) or default)


def _way(store: Datastore, shared: Tree) -> Way:
    given = below(shared, "datastores", store.name, "provision")
    return Way(given) if given in set(Way) else store.default


def _host(store: Datastore, shared: Tree) -> tuple[str, int] | None:
    offer = store.offer(Way.EXTERNAL)
    if not offer or _way(store, shared) is not Way.EXTERNAL:
        return None
    given = mapping(below(shared, "datastores", store.name))
    first = offer.ports[store.ports[0].name]
    port = given.get("port")
    return _text(given, "host", offer.host), port if isinstance(port, int) and port else first


def _operators(registry: Registry, shared: Tree) -> dict[str, str]:
    """Datastore → where its operator runs."""
    found = {}
    for store in registry.datastores:
        operator = store.engine.operator
        if store.operated and operator:
            given = below(shared, "operators", operator.name, "namespace")
            found[store.name] = str(given or operator.namespace)
    return found


def _off(registry: Registry, given: Tree) -> list[str]:
    return [node.name for node in registry.charts() if not _enabled(node, mapping(given.get(node.name)))]


def _enabled(node: Node, own: Tree) -> bool:
    value = own.get("enabled")
    return value if isinstance(value, bool) else node.enabled


def _off_versions(registry: Registry, given: Tree) -> list[tuple[str, str]]:
    found = []
    for service in registry.services:
        for version in service.versions:
            value = below(given, service.name, "versions", version.name, "enabled")
            if not (value if isinstance(value, bool) else version.workload.enabled):
                found.append((service.name, version.name))
    return found


def _outside(registry: Registry, shared: Tree) -> list[Tree]:
    """Who may reach exposed services: by default the door's pods where there is one, else anyone."""
    gateway, default = registry.gateway, list[Tree]()
    if gateway and gateway.api is GatewayApi.GATEWAY:
        default = [{"podSelector": {"matchLabels": {GATEWAY_NAME: gateway.name}}}]
    elif gateway:
        default = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "istio-ingress"}}}]
    return _peers(shared, "ingress", default)


def _peers(shared: Tree, key: str, default: list[Tree]) -> list[Tree]:
    given: Any = mapping(shared.get(key)).get("from")
    return default if given is None else mappings(given)
