"""All that manifests say of calls, and how it is found."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chartgen.mesh.model import Dataplane, KubeService, Problem, Ref, ServicePort, Workload
from chartgen.mesh.objects import (
    Addresses,
    AuthorizationPolicy,
    BlindSpot,
    Monitor,
    NetworkPolicy,
    PeerAuthentication,
    RequestAuthentication,
    Scope,
)
from chartgen.mesh.paths import Normalization
from chartgen.mesh.selection import Index
from chartgen.mesh.traffic import DestinationRule, Gateway, Route, ServiceEntry, Sidecar, VirtualService
from chartgen.registry.kubernetes import CLUSTER_DOMAIN, GATEWAY_NAME

_POD_RANGES = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What manifests do not say: settings of the mesh (MeshConfig), and of the cluster. `namespace`: of objects that
    name none; `dataplane`: of namespaces whose labels say nothing; `pods`: where pods' addresses are, for rules on
    addresses; `registry_only`: calls to unknown hosts are refused where no Sidecar says (outboundTrafficPolicy)."""

    trust_domain: str = "cluster.local"
    aliases: tuple[str, ...] = ()
    root_namespace: str = "istio-system"
    normalization: Normalization = Normalization.BASE
    dataplane: Dataplane = Dataplane.SIDECAR
    namespace: str = "default"
    cluster_domain: str = CLUSTER_DOMAIN
    registry_only: bool = False
    pods: tuple[str, ...] = _POD_RANGES

    @property
    def trusted(self) -> tuple[str, ...]:
        """The trust domains whose certificates are taken."""
        return (self.trust_domain, *self.aliases)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The objects that were read, each kind in the manifests' order."""

    workloads: list[Workload] = field(default_factory=list)
    services: list[KubeService] = field(default_factory=list)
    namespaces: dict[str, Mapping[str, str]] = field(default_factory=dict)
    accounts: set[tuple[str, str]] = field(default_factory=set)
    authorization: list[AuthorizationPolicy] = field(default_factory=list)
    peers: list[PeerAuthentication] = field(default_factory=list)
    requests: list[RequestAuthentication] = field(default_factory=list)
    networks: list[NetworkPolicy] = field(default_factory=list)
    sidecars: list[Sidecar] = field(default_factory=list)
    virtual_services: list[VirtualService] = field(default_factory=list)
    destination_rules: list[DestinationRule] = field(default_factory=list)
    service_entries: list[ServiceEntry] = field(default_factory=list)
    gateways: list[Gateway] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    monitors: list[Monitor] = field(default_factory=list)
    addresses: list[Addresses] = field(default_factory=list)
    blind_spots: list[BlindSpot] = field(default_factory=list)
    secrets: set[tuple[str, str]] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)


class World:
    """What was read, indexed. It is not changed once it is made, but for the answers that `memo` keeps. `closely`: a
    refusal names the rule that came nearest, which takes longer to find."""

    __slots__ = ("_by_name", "_indexes", "_of_service", "_services", "assumed", "closely", "found", "memo")

    def __init__(self, found: Found, assumed: Assumptions) -> None:
        self.found = found
        self.assumed = assumed
        self.closely = False
        self.memo: dict[Hashable, Any] = {}
        self._by_name: dict[tuple[str, str], list[Workload]] = {}
        for workload in found.workloads:
            self._by_name.setdefault((workload.namespace, workload.name), []).append(workload)
        self._services = {(each.ref.namespace, each.ref.name): each for each in found.services}
        selecting = ((each.ref.namespace, each.selector, each) for each in found.services if each.selector)
        self._of_service = Index(selecting)
        self._indexes: dict[str, Index[Any]] = {
            "authorization": Index(_scoped(found.authorization)),
            "peers": Index(_scoped(found.peers)),
            "requests": Index(_scoped(found.requests)),
            "networks": Index((each.ref.namespace, each.pods.labels, each) for each in found.networks),
            "blind": Index(_blind(found.blind_spots)),
            "entries": Index((e.ref.namespace, e.labels, e) for e in found.service_entries if e.labels is not None),
            "sidecars": Index((each.ref.namespace, each.labels or {}, each) for each in found.sidecars),
        }

    @property
    def workloads(self) -> tuple[Workload, ...]:
        """Everything that makes pods."""
        return tuple(self.found.workloads)

    @property
    def services(self) -> tuple[KubeService, ...]:
        """The Kubernetes Services."""
        return tuple(self.found.services)

    @property
    def has_policies(self) -> bool:
        """Whether anything asks for a mesh to enforce it."""
        return bool(self.found.authorization or self.found.peers or self.found.requests)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be read, or is hardly meant."""
        return tuple(self.found.problems)

    def workload(self, namespace: str, name: str, kind: str = "") -> Workload | None:
        """The workload of that name (and kind)."""
        found = self._by_name.get((namespace, name), [])
        return next((each for each in found if kind in ("", each.ref.kind)), None)

    def service(self, namespace: str, name: str) -> KubeService | None:
        """The Service of that name."""
        return self._services.get((namespace, name))

    def namespace_labels(self, name: str) -> Mapping[str, str] | None:
        """The labels of a namespace; None where the manifests do not have it."""
        return self.found.namespaces.get(name)

    def services_of(self, workload: Workload) -> tuple[KubeService, ...]:
        """The Services that lead to it."""
        return tuple(self._of_service.of(workload.namespace, workload.labels))

    def services_at(self, workload: Workload, port: int) -> list[KubeService]:
        """The Services that lead to that port of it."""
        found = self.services_of(workload)
        return [each for each in found if any(port in self.target_ports(workload, shown) for shown in each.ports)]

    def pods_of(self, service: KubeService) -> tuple[Workload, ...]:
        """The workloads that a Service leads to."""
        if "pods" not in self.memo:
            pods: dict[Ref, list[Workload]] = {}
            for workload in self.found.workloads:
                for each in self.services_of(workload):
                    pods.setdefault(each.ref, []).append(workload)
            self.memo["pods"] = pods
        return tuple(self.memo["pods"].get(service.ref, ()))

    def target_ports(self, workload: Workload, port: ServicePort) -> tuple[int, ...]:
        """The pod's ports that a Service's port leads to; none where it has no port of that name."""
        if isinstance(port.target, int):
            return (port.target,)
        return tuple(
            each.number for each in workload.ports if each.name == port.target and each.transport == port.transport
        )

    def protocols(self, workload: Workload, port: int) -> frozenset[str]:
        """What Istio takes a pod's port to speak: a word for each port of a Service, or of a ServiceEntry that selects
        the pod, that leads to it (empty: it looks at the traffic); none for a port of neither."""
        return self.spoken(workload).get(port, frozenset())

    def spoken(self, workload: Workload) -> Mapping[int, frozenset[str]]:
        """What Istio takes the pods' ports to speak, of those that Services and ServiceEntries lead to."""
        key = ("protocols", workload.ref)
        if key not in self.memo:
            spoken: dict[int, set[str]] = {}
            for service in self.services_of(workload):
                for each in service.ports:
                    for number in self.target_ports(workload, each) if each.transport == "TCP" else ():
                        spoken.setdefault(number, set()).add(each.protocol)
            for entry in self._indexes["entries"].of(workload.namespace, workload.labels):
                for number, protocol in entry.targets:
                    spoken.setdefault(number, set()).add(protocol)
            self.memo[key] = {number: frozenset(words) for number, words in spoken.items()}
        found: Mapping[int, frozenset[str]] = self.memo[key]
        return found

    def policies_of(self, workload: Workload) -> tuple[AuthorizationPolicy, ...]:
        """The AuthorizationPolicies that its own proxy enforces, dry runs among them."""
        return self.attached("authorization", workload)

    def peers_of(self, workload: Workload) -> tuple[PeerAuthentication, ...]:
        """The PeerAuthentications that speak of it."""
        return tuple(self._of("peers", workload))

    def requests_of(self, workload: Workload) -> tuple[RequestAuthentication, ...]:
        """The RequestAuthentications that its own proxy enforces."""
        return self.attached("requests", workload)

    def networks_of(self, namespace: str, labels: Mapping[str, str]) -> Iterable[NetworkPolicy]:
        """The NetworkPolicies that may select such pods: their matchExpressions are not looked at."""
        found: Iterable[NetworkPolicy] = self._indexes["networks"].of(namespace, labels)
        return found

    def sidecars_of(self, namespace: str, labels: Mapping[str, str]) -> tuple[Sidecar, ...]:
        """The Sidecars of that namespace that hold for such pods, or for all."""
        return tuple(self._indexes["sidecars"].of(namespace, labels))

    def blind_spots_of(self, workload: Workload) -> tuple[BlindSpot, ...]:
        """What changes its proxy, or its network, in ways that are not judged."""
        return (*self._of("blind", workload), *self._indexes["blind"].of("", {}))

    def attached(self, kind: str, workload: Workload) -> tuple[Any, ...]:
        """The policies of the kind (`authorization`, `requests`) that the workload's own proxy takes: those that
        select its labels, and for a gateway of the Gateway API those that name it."""
        gateway = workload.labels.get(GATEWAY_NAME)
        selected = [each for each in self._of(kind, workload) if not each.scope.targets]
        if gateway is None:
            return tuple(selected)
        named = self.targeting(kind, workload.namespace, "Gateway", gateway)
        return (*named, *(() if self._is_waypoint(workload.namespace, gateway) else selected))

    def targeting(self, kind: str, namespace: str, target: str, name: str) -> tuple[Any, ...]:
        """The policies of the kind in the namespace that name it."""
        key = ("targets", kind)
        if key not in self.memo:
            targets: dict[tuple[str, str, str], list[Any]] = {}
            for each in getattr(self.found, kind):
                for named in each.scope.targets:
                    targets.setdefault((each.ref.namespace, named.kind, named.name), []).append(each)
            self.memo[key] = targets
        return tuple(self.memo[key].get((namespace, target, name), ()))

    def gateway(self, namespace: str, name: str) -> Gateway | None:
        """The Gateway API's Gateway of that name."""
        if "gateways" not in self.memo:
            found = self.found.gateways
            self.memo["gateways"] = {(each.ref.namespace, each.ref.name): each for each in found if each.class_name}
        gateway: Gateway | None = self.memo["gateways"].get((namespace, name))
        return gateway

    def _is_waypoint(self, namespace: str, name: str) -> bool:
        gateway = self.gateway(namespace, name)
        return gateway is not None and gateway.is_waypoint

    def _of(self, kind: str, workload: Workload) -> list[Any]:
        index, root = self._indexes[kind], self.assumed.root_namespace
        found = list(index.of(workload.namespace, workload.labels))
        return found if workload.namespace == root else [*index.of(root, workload.labels), *found]


def _scoped(policies: Iterable[Any]) -> Iterable[tuple[str, Mapping[str, str], Any]]:
    return ((each.ref.namespace, _wanted(each.scope), each) for each in policies)


def _wanted(scope: Scope) -> Mapping[str, str]:
    return scope.labels or {}


def _blind(spots: Iterable[BlindSpot]) -> Iterable[tuple[str, Mapping[str, str], BlindSpot]]:
    return (("" if each.everywhere else each.ref.namespace, each.labels or {}, each) for each in spots)
