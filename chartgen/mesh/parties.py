"""Who is meant by a name: callers and callees, among what is rendered and what the registry says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from chartgen.errors import UsageError
from chartgen.mesh.grants import NAME, VERSION, Callee, Why
from chartgen.mesh.model import Caller, Dataplane, Identity, KubeService, PodPort, Ref, ServicePort, Workload
from chartgen.mesh.waypoints import deployed
from chartgen.mesh.world import World
from chartgen.registry import names
from chartgen.registry.kubernetes import GATEWAY_NAME
from chartgen.registry.mesh import GatewayApi, Mode
from chartgen.registry.model import Datastore, External, Registry
from chartgen.registry.pod import HTTP_PROTOCOLS
from chartgen.registry.service import Service
from chartgen.registry.suggest import did_you_mean
from chartgen.registry.umbrellas import homes

if TYPE_CHECKING:
    from chartgen.mesh.expected import Expected

STRANGER = "chartgen-stranger"
"""An account that no platform would have."""

AROUND = {
    "ingress": "the door of the mesh",
    "scraper": "the monitoring",
    "helm-test": "the pods of helm test",
    "operator": "the operator that runs the callee, a datastore",
    "istiod": "the control plane",
    "stranger": "a pod of the mesh in the same namespace with an account of its own",
    "outside": "something without an identity, outside the cluster",
}
"""Callers that are no service, by the names under which they can be asked for."""


_BARE = (
    "the monitoring calls pods by their addresses, where no sidecar proves who it is: this is with a certificate of "
    "the mesh that it shows itself. Without one, it reads what sidecars show on port 15020"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A caller. `node`: the service or datastore that it is, empty for none; `notes`: what is particular about it;
    `by_address`: it looks for pods by itself, and calls them by their addresses; `pods`: its own,
    where they are known."""

    name: str
    caller: Caller
    node: str = ""
    host_network: bool = False
    notes: tuple[str, ...] = ()
    by_address: bool = False
    pods: Workload | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A callee whose pods are called. `ports`: pods' port → its name; `http`: those that speak HTTP; `callee`: what the
    registry says of it (None: it does not know it)."""

    name: str
    workload: Workload
    services: tuple[KubeService, ...]
    ports: Mapping[int, str]
    http: frozenset[int]
    callee: Callee | None = None
    notes: tuple[str, ...] = ()

    def service_to(self, world: World, port: int) -> KubeService | None:
        """The Service by which that port of the pods is called: its own first."""
        own = self.name.rpartition("/")[2]
        found = sorted(world.services_at(self.workload, port), key=lambda each: (each.ref.name != own, each.ref))
        return next(iter(found), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """All that can be named, with a registry."""

    world: World
    expected: Expected
    _by_name: dict[str, list[Workload]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for workload in self.world.workloads:
            if NAME in workload.labels and workload.namespace == self.home:
                self._by_name.setdefault(workload.labels[NAME], []).append(workload)

    @property
    def home(self) -> str:
        """The application's namespace."""
        return self.expected.premises.namespace

    @property
    def registry(self) -> Registry:
        """The registry."""
        return self.expected.registry

    def parties(self, text: str, callee: str) -> list[Party]:
        """The callers of that name: each version of a service that has some; UsageError when there is none."""
        node = self.registry.by_name().get(text)
        versions = node.versions if isinstance(node, Service) else ()
        return [self._party(each, callee) for each in [f"{text}@{v.name}" for v in versions] or [text]]

    def _party(self, text: str, callee: str) -> Party:
        name, _, version = text.partition("@")
        node = self.registry.by_name().get(name)
        if isinstance(node, Service | Datastore):
            return self._node(node, version)
        if isinstance(node, External):
            raise UsageError(f'"{text}" is an external: it is called, and calls nobody')
        if text in AROUND:
            return self._operator(callee) if text == "operator" else self._around(text, callee)
        if "/" in text:
            return self._account(text)
        known = [*self.registry.by_name(), *AROUND]
        raise UsageError(f'no caller "{text}"{_hint(text, known)}')

    def is_elsewhere(self, text: str) -> bool:
        """Whether the callee of that name runs outside the platform."""
        return isinstance(self.registry.by_name().get(text), External) or text in self.expected.premises.hosts

    def target(self, text: str) -> Target:
        """The callee of that name; UsageError when there is none."""
        name, _, version = text.partition("@")
        callee = self.expected.callees.get(name)
        if callee is None:
            known = [*self.expected.callees, *(each.name for each in self.registry.externals)]
            raise UsageError(f'no service or datastore "{name}"{_hint(name, known)}')
        workload, notes = self._pods(callee, version)
        services = self.world.services_of(workload)
        return Target(
            name=text,
            workload=workload,
            services=services,
            ports=callee.ports,
            http=callee.http,
            callee=callee,
            notes=notes,
        )

    def _node(self, node: Service | Datastore, version: str) -> Party:
        callee = self.expected.callees.get(node.name)
        if callee is None:
            raise UsageError(f'"{node.name}" is provided by others with these values: it calls nobody here')
        workload, notes = self._pods(callee, version)
        return Party(
            name=f"{node.name}@{version}" if version else node.name,
            caller=Caller(identity=workload.identity, namespace=workload.namespace, labels=workload.labels),
            node=node.name,
            host_network=workload.host_network,
            notes=notes,
            pods=workload if self.registry.mesh else None,
        )

    def _pods(self, callee: Callee, version: str) -> tuple[Workload, tuple[str, ...]]:
        """The pods of a node, those that stand for an operator's, or for what is switched off."""
        made = self._by_name.get(callee.name, [])
        if version:
            node = self.registry.by_name()[callee.name]
            known = [each.name for each in node.versions] if isinstance(node, Service) else []
            if version not in known:
                raise UsageError(f'{callee.name} has no version "{version}"{_hint(version, known)}')
            made = [each for each in made if each.labels.get(VERSION) == version]
        if made and callee.pods_are_made:
            return made[0], ()
        notes = () if not callee.pods_are_made else (f"{callee.name} is switched off with these values",)
        return self._stand_in(callee, version), notes

    def _stand_in(self, callee: Callee, version: str) -> Workload:
        planes = [each.dataplane for each in self.world.workloads if each.namespace == self.home]
        labels = {**callee.labels, "app.kubernetes.io/part-of": self.registry.metadata.name}
        return Workload(
            ref=Ref(kind="Pods", namespace=self.home, name=callee.name),
            account=callee.accounts[0] if callee.accounts else callee.name,
            labels={**labels, VERSION: version} if version else labels,
            ports=tuple(PodPort(number=number) for number in sorted(callee.ports)),
            dataplane=planes[0] if planes else Dataplane.SIDECAR,
        )

    def _around(self, name: str, callee: str) -> Party:
        premises = self.expected.premises
        match name:
            case "ingress":
                return self._door()
            case "scraper":
                return self._scraper(name)
            case "helm-test":
                account = names.helm_test(homes(self.registry).get(callee.partition("@")[0], self._platform))
                return self._known(name, Identity(namespace=self.home, account=account))
            case "istiod":
                return Party(name=name, caller=Caller(identity=None, namespace=premises.control_plane))
            case "stranger":
                return _party(name, Identity(namespace=self.home, account=STRANGER))
        return Party(name=name, caller=Caller(identity=None))

    def _operator(self, callee: str) -> Party:
        grants = self.expected.grants.get(callee, ())
        who = next((grant.who for grant in grants if grant.why is Why.OPERATOR), None)
        if who is None:
            raise UsageError(f'no operator runs "{callee}" with these values')
        known = self._known("operator", Identity(namespace=who.namespace, account=who.account or STRANGER))
        return replace(known, by_address=True)

    def _scraper(self, name: str) -> Party:
        mesh, identity = self.registry.mesh, self.expected.premises.scraper
        in_sidecars = mesh is not None and mesh.mode is Mode.SIDECAR
        return replace(_party(name, identity), by_address=True, notes=(_BARE,) if in_sidecars else ())

    @property
    def _platform(self) -> str:
        return self.registry.metadata.name

    def _door(self) -> Party:
        gateway = self.registry.gateway
        labels: Mapping[str, str] = {"istio": "ingressgateway"}
        if gateway and gateway.api is GatewayApi.GATEWAY:
            made = self.world.gateway(self.home, gateway.name)
            labels = deployed(made).labels if made else {GATEWAY_NAME: gateway.name}
        return _party("ingress", self.expected.premises.ingress, labels)

    def _account(self, text: str) -> Party:
        namespace, _, account = text.partition("/")
        if not namespace or not account or "/" in account:
            raise UsageError(f'"{text}" is no NAMESPACE/ACCOUNT')
        identity = Identity(namespace=namespace, account=account)
        return self._scraper(text) if identity == self.expected.premises.scraper else self._known(text, identity)

    def _known(self, name: str, identity: Identity) -> Party:
        """The first pods that have that identity; without such, the identity alone."""
        workload = next((each for each in self.world.workloads if each.identity == identity), None)
        return _party(name, identity, workload.labels if workload else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strangers:
    """All that can be named where there are manifests alone: `[NAMESPACE/]NAME` of a workload or of a Service."""

    world: World

    def party(self, text: str, callee: str) -> Party:
        """The caller of that name; UsageError when there is none."""
        workload = self._find(text)
        if workload:
            caller = Caller(identity=workload.identity, namespace=workload.namespace, labels=workload.labels)
            return Party(
                name=text, caller=caller, node=workload.name, host_network=workload.host_network, pods=workload
            )
        if text == "outside":
            return Party(name=text, caller=Caller(identity=None))
        if text == "stranger":
            return _party(text, Identity(namespace=self.target(callee).workload.namespace, account=STRANGER))
        if text.count("/") == 1 and not text.startswith("/") and not text.endswith("/"):
            namespace, _, account = text.partition("/")
            return _party(text, Identity(namespace=namespace, account=account))
        raise UsageError(f'no workload "{text}" in the manifests{_hint(text, [*self._names(), "outside", "stranger"])}')

    def target(self, text: str) -> Target:
        """The callee of that name; UsageError when there is none."""
        workload = self._find(text)
        if workload is None:
            raise UsageError(f'no workload or Service "{text}" in the manifests{_hint(text, self._names())}')
        services = self.world.services_of(workload)
        shown = {number for service in services for number in _targets(self.world, workload, service)}
        shown.update(self.world.spoken(workload))
        ports = {each.number: each.name for each in workload.ports if each.transport == "TCP"}
        ports = {**dict.fromkeys(sorted(shown), ""), **ports}
        http = frozenset(number for number in ports if self.world.protocols(workload, number) & HTTP_PROTOCOLS)
        return Target(name=text, workload=workload, services=services, ports=ports, http=http)

    def _find(self, text: str) -> Workload | None:
        namespace, slash, name = text.rpartition("/")
        found = [each for each in self.world.workloads if each.name == name and namespace in ("", each.namespace)]
        if not found:
            services = (each for each in self.world.services if each.ref.name == name)
            fitting = (each for each in services if not slash or each.ref.namespace == namespace)
            found = [workload for service in fitting for workload in self.world.pods_of(service)]
        places = dict.fromkeys(f"{each.namespace}/{each.name}" for each in found)
        if len({each.namespace for each in found}) > 1:
            raise UsageError(f'"{text}" is several: {", ".join(places)}')
        return found[0] if found else None

    def _names(self) -> list[str]:
        return [*(each.name for each in self.world.workloads), *(each.ref.name for each in self.world.services)]


def ports_of(world: World, target: Target, text: str) -> list[int]:
    """The pods' ports that a name or a number means: a Service's port first, then the pods' own. A number that nothing
    declares can be asked for too. UsageError for a name that there is not."""
    if text.isdigit():
        number = int(text)
        if not 0 < number < 65_536:
            raise UsageError(f"{text} is no port")
        fronts = [port for port in _shown(target) if port.number == number]
        return sorted({n for port in fronts for n in world.target_ports(target.workload, port)}) or [number]
    named = {number for number, name in target.ports.items() if name == text}
    named |= {each.number for each in target.workload.ports if each.name == text}
    named |= {n for port in _shown(target) if port.name == text for n in world.target_ports(target.workload, port)}
    if not named:
        known = [name for name in target.ports.values() if name]
        there = f"; it has {', '.join(known)}" if known else ""
        raise UsageError(f'{target.name} has no port "{text}"{_hint(text, known) or there}')
    return sorted(named)


def _shown(target: Target) -> Iterator[ServicePort]:
    return (port for service in target.services for port in service.ports)


def _targets(world: World, workload: Workload, service: KubeService) -> Sequence[int]:
    return [number for port in service.ports for number in world.target_ports(workload, port)]


def _party(name: str, identity: Identity, labels: Mapping[str, str] | None = None) -> Party:
    return Party(name=name, caller=Caller(identity=identity, namespace=identity.namespace, labels=labels or {}))


def _hint(text: str, known: Sequence[str]) -> str:
    hint = did_you_mean(text, known)
    return f" ({hint})" if hint else ""
