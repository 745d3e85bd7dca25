"""What is proven: the manifests of one set of values, and what the registry says of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from chartgen.mesh.decide import decide
from chartgen.mesh.grants import NAME, Callee, Grant, Who
from chartgen.mesh.model import (
    Call,
    Caller,
    Dataplane,
    Decision,
    Identity,
    KubeService,
    Layer,
    PodPort,
    Ref,
    Request,
    Step,
    Verdict,
    Workload,
)
from chartgen.mesh.waypoints import way_of, ways

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chartgen.mesh.expected import Expected
    from chartgen.mesh.world import World
    from chartgen.registry.service import Path

from chartgen.registry.pod import HTTP_PROTOCOLS

MESH = (Layer.MTLS, Layer.JWT, Layer.AUTHORIZATION)
"""The layers that the mesh is; the network is the other."""


POD = "10.254.254.254"
"""An address that a pod may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A property that does not hold: its code, the case in words, the way out. `path`: the place in the registry that
    it is about, else `ref`: the object."""

    code: str
    words: str
    hint: str = ""
    path: Path | None = None
    ref: Ref | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Node:
    """A callee as it is rendered. `callee` and `grants`: what the registry says of it (without one, none). `workloads`
    is empty where it is switched off. `http`: its ports that speak HTTP."""

    name: str
    workloads: tuple[Workload, ...]
    callee: Callee | None = None
    grants: tuple[Grant, ...] = ()
    http: frozenset[int] = frozenset()

    def to(self, port: int) -> list[Grant]:
        """What is granted on that port."""
        return [grant for grant in self.grants if grant.port == port]

    @property
    def path(self) -> Path | None:
        """Its place in the registry."""
        return self.callee.path if self.callee else None


@dataclass(frozen=True, kw_only=True, eq=False)
class Subject:
    """One world, and what is expected of it (None: nothing is known but the manifests)."""

    world: World
    expected: Expected | None = None

    @property
    def meshed(self) -> bool:
        """Whether a mesh is to be proven: the registry's, else one that the manifests speak of."""
        if self.expected:
            return self.expected.registry.mesh is not None
        return self.world.has_policies

    @property
    def audits(self) -> bool:
        """Whether policies are to be dry runs: then they are judged as if they were in force."""
        mesh = self.expected.registry.mesh if self.expected else None
        return mesh is not None and mesh.audit

    @property
    def home(self) -> str:
        """The application's namespace."""
        return self.expected.premises.namespace if self.expected else self.world.assumed.namespace

    @cached_property
    def nodes(self) -> Mapping[str, Node]:
        """Name → node: those of the registry; without one, a node for each workload."""
        if self.expected is None:
            named = ((f"{each.namespace}/{each.name}", each) for each in self.world.workloads)
            return {name: Node(name=name, workloads=(each,), http=self._http(each)) for name, each in named}
        return {
            name: Node(
                name=name,
                workloads=self._made(callee),
                callee=callee,
                grants=self.expected.grants.get(name, ()),
                http=callee.http,
            )
            for name, callee in self.expected.callees.items()
        }

    def _http(self, workload: Workload) -> frozenset[int]:
        """The ports on which its Services say that it speaks HTTP."""
        spoken = self.world.spoken(workload)
        return frozenset(number for number, protocols in spoken.items() if protocols & HTTP_PROTOCOLS)

    def _made(self, callee: Callee) -> tuple[Workload, ...]:
        """The workloads of a callee; for an operator's pods one that stands for them."""
        if callee.pods_are_made:
            return tuple(self.by_name.get(callee.labels[NAME], ()))
        if self.expected and callee.name in self.expected.premises.off:
            return ()
        others = [each.dataplane for each in self.world.workloads if each.namespace == self.home]
        made = Workload(
            ref=Ref(kind="Pods", namespace=self.home, name=callee.name),
            account=callee.account,
            labels=callee.labels,
            ports=tuple(PodPort(number=number) for number in sorted(callee.ports)),
            dataplane=others[0] if others else Dataplane.SIDECAR,
        )
        return (made,)

    @cached_property
    def by_name(self) -> Mapping[str, Sequence[Workload]]:
        """Value of the name label → workloads of the application's namespace."""
        found: dict[str, list[Workload]] = {}
        for workload in self.world.workloads:
            if workload.namespace == self.home and NAME in workload.labels:
                found.setdefault(workload.labels[NAME], []).append(workload)
        return found

    @cached_property
    def by_account(self) -> Mapping[tuple[str, str], Sequence[Workload]]:
        """(namespace, account) → workloads; those of operators too."""
        found: dict[tuple[str, str], list[Workload]] = {}
        for workload in (*self.world.workloads, *self._operated):
            found.setdefault((workload.namespace, workload.account), []).append(workload)
        return found

    def pods_of(self, grant: Grant) -> Iterator[Workload]:
        """The rendered workloads that a grant's caller is."""
        candidates = self.by_account.get((grant.who.namespace, grant.who.account), ())
        return (each for each in candidates if grant.pods.items() <= each.labels.items())

    def rendered(self, name: str) -> bool:
        """Whether a callee's pods are there."""
        node = self.nodes.get(name)
        return node is not None and bool(node.workloads)

    @property
    def is_all_off(self) -> bool:
        """Whether the registry and its values make no pods."""
        expected = self.expected
        made = (callee for callee in expected.callees.values() if callee.pods_are_made) if expected else ()
        return expected is not None and all(callee.name in expected.premises.off for callee in made)

    def is_off(self, name: str) -> bool:
        """Whether the registry has something of that name whose pods are not to be there: rules for it stay."""
        if self.expected is None or name not in self.expected.by_name:
            return False
        return name in self.expected.premises.off or name not in self.expected.callees

    def is_ambient(self, node: Node) -> bool:
        """Whether its node's ztunnel stands before its pods."""
        return any(workload.dataplane is Dataplane.AMBIENT for workload in node.workloads)

    def is_off_version(self, service: str, version: str) -> bool:
        """Whether that version of a service is switched off."""
        return self.expected is not None and (service, version) in self.expected.premises.off_versions

    def selectable(self, namespace: str, labels: Mapping[str, str]) -> Sequence[Workload]:
        """The workloads among which those with these labels are (in the root namespace, all)."""
        if namespace == self.world.assumed.root_namespace and namespace != self.home:
            return self.world.workloads
        if namespace == self.home and NAME in labels:
            return (*self.by_name.get(labels[NAME], ()), *self._operated)
        return self.by_namespace.get(namespace, ())

    @cached_property
    def _operated(self) -> Sequence[Workload]:
        """What stands for operators' pods."""
        return [each for node in self.nodes.values() for each in node.workloads if each.ref.kind == "Pods"]

    @cached_property
    def by_namespace(self) -> Mapping[str, Sequence[Workload]]:
        """Namespace → workloads; those of operators too."""
        found: dict[str, list[Workload]] = {}
        for workload in (*self.world.workloads, *self._operated):
            found.setdefault(workload.namespace, []).append(workload)
        return found

    def ports_of(self, node: Node, workload: Workload) -> frozenset[int]:
        """Every port that a workload's pods have: declared by containers, by the registry, or called by others."""
        own = {port.number for port in workload.ports} | set(node.callee.ports if node.callee else ())
        own |= {grant.port for grant in node.grants} | self.world.spoken(workload).keys()
        for service in self.world.services_of(workload):
            for port in service.ports:
                own.update(self.world.target_ports(workload, port))
        return frozenset(own)

    def place_of(self, namespace: str, host: str) -> tuple[str, str]:
        """(namespace, name) of the Service that a host of the mesh means."""
        name, _, rest = host.partition(".")
        return rest.partition(".")[0] or namespace, name

    @cached_property
    def subsets(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """(namespace, name) of a Service → the subsets that its DestinationRules form: of that for all callers, and of
        each for some, which takes its place."""
        found: dict[tuple[str, str], list[tuple[bool, set[str]]]] = {}
        for rule in self.world.found.destination_rules:
            own = found.setdefault(self.place_of(rule.ref.namespace, rule.host), [])
            own.append((rule.labels is None, {each.name for each in rule.subsets}))
        return {
            place: frozenset(set.intersection(*(names for _, names in rules)))
            for place, rules in found.items()
            if any(for_all for for_all, _ in rules)
        }

    def host_of(self, name: str, namespace: str) -> str:
        """The whole name of a Service."""
        return f"{name}.{namespace}.svc.{self.world.assumed.cluster_domain}"

    def called(self, host: str, namespace: str = "") -> list[KubeService]:
        """The Services that a host, with a wildcard too, stands for; a short one is of that namespace."""
        if host.startswith("*"):
            return [each for name, each in self._by_host.items() if name.endswith(host[1:])]
        home, name = self.place_of(namespace, host)
        whole = self.host_of(name, home)
        found = self._by_host.get(whole)
        return [found] if found and host in (name, f"{name}.{home}", f"{name}.{home}.svc", whole) else []

    @cached_property
    def _by_host(self) -> Mapping[str, KubeService]:
        return {self.host_of(each.ref.name, each.ref.namespace): each for each in self.world.services}

    @cached_property
    def hosts(self) -> frozenset[str]:
        """Every host that a Service or a ServiceEntry among the manifests has."""
        services = (self.host_of(each.ref.name, each.ref.namespace) for each in self.world.services)
        entries = (host for entry in self.world.found.service_entries for host in entry.hosts)
        return frozenset((*services, *entries))

    def service_to(self, workload: Workload, port: int) -> KubeService | None:
        """The Service by which a pod's port is called: of several its own; None where none leads there."""
        own = workload.labels.get(NAME)
        services = sorted(self.world.services_at(workload, port), key=lambda each: (each.ref.name != own, each.ref))
        return next(iter(services), None)

    def ask(
        self,
        caller: Caller,
        callee: Workload,
        port: int,
        request: Request | None = None,
        *,
        direct: bool = False,
        dry_run: bool | None = None,
    ) -> Decision:
        """What becomes of a call, made by the Service where one leads there; `direct`: by the pod's address. `dry_run`:
        as if dry runs were in force (None: where they are to be dry runs)."""
        service = None if direct else self.service_to(callee, port)
        call = Call(caller=caller, callee=callee, port=port, request=request, service=service)
        return decide(self.world, call, dry_run=self.audits if dry_run is None else dry_run)

    def ask_every_way(
        self, caller: Caller, callee: Workload, port: int, request: Request | None = None
    ) -> tuple[Decision, ...]:
        """What becomes of a call on each way that there is: what ought to be refused, ought to be on all of them."""
        found = ways(self.world, callee, port)
        call = Call(caller=caller, callee=callee, port=port, request=request)
        decisions = (decide(self.world, replace(call, service=each), dry_run=self.audits) for each in found)
        return tuple(
            replace(each, way=way_of(service)) if len(found) > 1 else each
            for each, service in zip(decisions, found, strict=True)
        )


def caller_of(who: Who, workload: Workload | None = None) -> Caller:
    """A caller as a grant means it; with the labels of a workload that it is."""
    labels = workload.labels if workload else {}
    identity = Identity(namespace=who.namespace, account=who.account or "any") if who.namespace else None
    return Caller(identity=identity, namespace=who.namespace, labels=labels, address=POD)


def at(decision: Decision, layers: Iterable[Layer] = MESH) -> Verdict:
    """What these layers say together."""
    verdicts = {step.verdict for step in decision.steps if step.layer in layers}
    return next((each for each in (Verdict.REFUSED, Verdict.UNKNOWN) if each in verdicts), Verdict.ALLOWED)


def most_open(decisions: Sequence[Decision], layers: Iterable[Layer] = MESH) -> Decision:
    """Of the same call on several ways, the answer that comes nearest to letting it through."""
    order = (Verdict.ALLOWED, Verdict.UNKNOWN, Verdict.REFUSED)
    return min(decisions, key=lambda each: order.index(at(each, layers)))


def deciding(decision: Decision, layers: Iterable[Layer] = MESH) -> Step | None:
    """The step that decided: the first that refuses or cannot tell, else the last."""
    steps = [step for step in decision.steps if step.layer in layers]
    stopping = [step for step in steps if step.verdict is not Verdict.ALLOWED]
    return next(iter([*stopping, *steps[-1:]]), None)


def reason(step: Step | None) -> str:
    """The rule that decided, in words."""
    if step is None:
        return "nothing speaks of it"
    where = f", {step.where}" if step.where else ""
    return f"{step.words} ({step.by}{where})" if step.by else step.words
