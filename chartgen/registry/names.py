"""The names of emitted objects. The collision checks and `emit/` both take them from here."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from chartgen.engines.engine import Way
from chartgen.registry.kinds import autoscales, traits
from chartgen.registry.limits import LABEL
from chartgen.registry.model import Datastore
from chartgen.registry.pod import Claim
from chartgen.registry.service import Service
from chartgen.registry.umbrellas import POLICY

if TYPE_CHECKING:
    from collections.abc import Iterator

RESERVED = frozenset({"global", POLICY, "chartgen-release"})
"""Names that no service may have: Helm's own key, and the charts and values that chartgen keeps for itself."""

TMP_VOLUME = "tmp"
TMP_PATH = "/tmp"  # noqa: S108  the path in the container
"""The emptyDir that every pod gets, since its root file system is read-only; a volume of the registry at that
path takes its place."""

FILES_VOLUME = "files"
"""The volume of a service's config files."""


def headless(service: str) -> str:
    """The headless Service of a StatefulSet."""
    return f"{service}-headless"


def files_config_map(service: str) -> str:
    """The ConfigMap of a service's `files`."""
    return f"{service}-files"


def claim(service: str, volume: str) -> str:
    """The PersistentVolumeClaim of a `claim` volume (not of a StatefulSet: those are made from a template)."""
    return f"{service}-{volume}"


def test_pod(service: str) -> str:
    """The `helm test` pod of a service. A pod's name becomes its host name, so it may be no longer than one."""
    name = f"{service}-test"
    if len(name) <= LABEL:
        return name
    return f"{service[: LABEL - 14]}-{hashlib.sha256(service.encode()).hexdigest()[:8]}-test"


def of_builtin(store: str) -> str:
    """The account and budget of a datastore's own pods, where its operator may be told to run it as well: operators
    name their own after the datastore, and leave them behind."""
    return f"{store}-builtin"


def operator_policy(store: str) -> str:
    """The NetworkPolicy of the pods that an operator makes of a datastore; it stays as long as they do."""
    return f"{store}-operator"


def by_address(store: str) -> str:
    """The headless Service by which a mesh of sidecars knows what the pods of an operator call by their addresses."""
    return f"{store}-by-address"


def disruption_budget(service: Service) -> str:
    """The PodDisruptionBudget of a workload."""
    return of_builtin(service.name) if service.beside_operator else service.name


def helm_test(umbrella: str) -> str:
    """The account and NetworkPolicy that all test pods of a release share."""
    return f"{umbrella}-helm-test"


def emitted_by(node: Service | Datastore) -> Iterator[tuple[str, str]]:
    """(kind, name) of every object that the node's own chart may render, in whatever way it is provided."""
    if isinstance(node, Service):
        yield from emitted(node)
        return
    if Way.BUILTIN in node.ways:
        yield from emitted(node.workload)
    if node.operated and Way.OPERATOR in node.ways:
        yield from ((each.kind, each.name) for each in node.operated.objects)
        yield "NetworkPolicy", operator_policy(node.name)
    own = set(emitted(node.workload)) if Way.BUILTIN in node.ways else set()
    yield from sorted(_of_external(node) - own)


def _of_external(store: Datastore) -> set[tuple[str, str]]:
    return {(kind, store.name) for kind in ("Service", "EndpointSlice") if Way.EXTERNAL in store.ways}


def taken_by(node: Service | Datastore) -> Iterator[tuple[str, str]]:
    """(kind, name) of every object that there may be of the node, those that its operator makes among them."""
    yield from emitted_by(node)
    if isinstance(node, Datastore) and node.operated:
        yield from node.operated.makes
        if node.operated.addressed:
            yield "Service", by_address(node.name)


def in_the_way(store: Datastore) -> tuple[tuple[str, str], ...]:
    """(kind, name) of what its operator makes and another way would as well: that way needs it gone first."""
    own = set(emitted(store.workload)) if Way.BUILTIN in store.ways else set()
    made = store.operated.makes if store.operated else ()
    return tuple(sorted((own | _of_external(store)) & set(made)))


def emitted(service: Service) -> Iterator[tuple[str, str]]:
    """(kind, name) of every object that the service's own chart may render, whatever its values.

    A Job is listed under the service's name: the hash of its content comes at render time."""
    for workload in service.workloads:
        yield from _of_pods(workload)
    if service.metrics:
        yield "PodMonitor", service.name
    yield from (("Service", front.name) for front in service.fronts)
    yield from (("Service", version.workload.name) for version in service.versions if service.split)
    yield from (("ServiceAccount", name) for name in own_accounts(service))
    if any(port.transport == "TCP" for port in service.exposed_ports):
        yield "Pod", test_pod(service.name)


def own_accounts(service: Service) -> tuple[str, ...]:
    """The accounts that its chart makes, sorted: those of its workloads that no other service has."""
    return tuple(sorted({workload.account.name for workload in service.workloads if workload.account.own}))


def _of_pods(service: Service) -> Iterator[tuple[str, str]]:
    kind = traits(service.kind)
    own = {
        str(service.kind): True,
        "NetworkPolicy": True,
        "HorizontalPodAutoscaler": autoscales(service),
    }
    yield from ((name, service.name) for name, applies in own.items() if applies)
    if kind.has_disruption_budget:
        yield "PodDisruptionBudget", disruption_budget(service)
    if kind.has_headless_service:
        yield "Service", headless(service.name)
    if service.files:
        yield "ConfigMap", files_config_map(service.name)
    yield from _claims(service)


def _claims(service: Service) -> Iterator[tuple[str, str]]:
    if not traits(service.kind).claim_templates:
        for volume in service.volumes:
            if isinstance(volume.source, Claim):
                yield "PersistentVolumeClaim", claim(service.name, volume.name)
