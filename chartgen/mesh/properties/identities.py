"""P3 and P4, of pods: none goes past its proxy, and nobody but a service's own pods has its account: whoever has it
may call what the service may."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from chartgen.mesh.expected import accounts_of
from chartgen.mesh.grants import NAME
from chartgen.mesh.model import Dataplane
from chartgen.mesh.mtls import is_proxy
from chartgen.mesh.properties.pods import declared, is_of
from chartgen.mesh.readers.kube import REVISION, brings_mesh
from chartgen.mesh.selection import selects, subset
from chartgen.mesh.subject import Finding, Subject
from chartgen.registry.mesh import Mode
from chartgen.registry.past_proxies import NETWORKS

if TYPE_CHECKING:
    from chartgen.mesh.expected import Expected
    from chartgen.mesh.model import Workload
    from chartgen.registry.service import Service


def borrowed(subject: Subject) -> Iterator[Finding]:
    """Pods of the application's namespace that have the account of a service, and are none of its pods."""
    owners = _owners(subject.expected) if subject.expected and subject.meshed else {}
    for workload in subject.world.workloads if owners else ():
        names = owners.get(workload.account) if workload.namespace == subject.home else None
        if names and workload.labels.get(NAME) not in names:
            words = f"{workload.ref} has the account of {' and '.join(sorted(names))}, and may call whom that may"
            yield Finding(
                code="CG753",
                words=f"{words}: the registry does not declare it",
                hint="give it an account of its own, or declare it as a service",
                ref=workload.ref,
            )


def disguised(subject: Subject) -> Iterator[Finding]:
    """Pods of the application's namespace that have the labels of a service's, and none of the registry's makes them:
    networks take them for its own, and so do its callers."""
    if not subject.expected:
        return
    found = ((name, declared(subject.expected, name)) for name in subject.expected.callees)
    makers = {name: services for name, services in found if services}
    operated = [callee for callee in subject.expected.callees.values() if not callee.pods_are_made]
    stores = (store.operated for store in subject.expected.registry.datastores if store.operated)
    made = {(each.kind, each.name) for store in stores for each in store.objects}
    for workload in subject.by_namespace.get(subject.home, ()):
        name = workload.labels.get(NAME, "")
        names = [name] if name in makers else []
        names += [each.name for each in operated if subset(each.labels, workload.labels)]
        if names and workload.ref.kind != "Pods" and not _is_declared(subject, workload, makers.get(name, ()), made):
            yield Finding(
                code="CG753",
                words=f"{workload.ref} passes for pods of {' and '.join(names)}: the registry does not declare it",
                hint="give it labels of its own, or declare it as a service",
                ref=workload.ref,
            )


def _is_declared(
    subject: Subject, workload: Workload, declared: Iterable[Service], operated: Collection[tuple[str, str]]
) -> bool:
    """Whether it is made by one of these, or (in a cluster) by what is judged itself, or by an operator of the objects
    that the charts give it."""
    kind, name = workload.owner
    if kind and (subject.world.workload(workload.namespace, name, kind) or workload.owner in operated):
        return True
    return any(is_of(workload, each) for each in declared)


def evasive(subject: Subject) -> Iterator[Finding]:
    """Pods that have a sidecar, and calls that pass it by."""
    for workload in subject.world.workloads if subject.meshed else ():
        for words in workload.evasions:
            yield Finding(code="CG754", words=f"{workload.ref}: {words}", ref=workload.ref)


def unguarded(subject: Subject) -> Iterator[Finding]:
    """P12: pods with networks beside the cluster's: neither a NetworkPolicy nor a proxy sees what comes by those."""
    has_networks = bool(subject.world.found.networks)
    for workload in subject.world.workloads if subject.meshed or has_networks else ():
        if workload.networks:
            words = f"{workload.ref} has networks of its own ({', '.join(workload.networks)}): no policy holds on those"
            yield Finding(code="CG762", words=words, hint=f"take the annotation {NETWORKS} away", ref=workload.ref)


def bystanders(subject: Subject) -> Iterator[Finding]:
    """P13: pods of the application's namespace that nobody declares, and that no network keeps in."""
    expected = subject.expected
    if expected is None or not expected.premises.isolated:
        return
    declared_accounts = {name for callee in expected.callees.values() for name in callee.accounts}
    for workload in subject.world.workloads:
        named = workload.labels.get(NAME, "")
        known = named in expected.by_name or named in expected.callees or workload.account in declared_accounts
        made = is_proxy(workload) or any(workload.owner)  # a door's, a waypoint's, an operator's; who is told by itself
        if workload.namespace == subject.home and not known and not made and not _kept_in(subject, workload):
            yield Finding(
                code="CG763",
                words=f"{workload.ref} is in the platform's namespace, and the registry does not declare it: no "
                "NetworkPolicy says whom it may call",
                hint="declare it as a service, give it a NetworkPolicy with egress, or a namespace of its own",
                ref=workload.ref,
            )


def _kept_in(subject: Subject, workload: Workload) -> bool:
    policies = subject.world.networks_of(workload.namespace, workload.labels)
    return any(
        policy.flaw or (policy.egress is not None and selects(policy.pods, workload.labels)) for policy in policies
    )


def unlabelled(subject: Subject) -> Iterator[Finding]:
    """Namespaces, where the manifests have them: their labels bring the mesh to pods."""
    mesh = subject.expected and subject.expected.registry.mesh
    if not subject.expected and subject.meshed:
        yield from _left_out(subject)
    labels = subject.world.namespace_labels(subject.home)
    if labels is None or not mesh:
        return
    ambient = labels.get("istio.io/dataplane-mode") == "ambient"
    sidecar = labels.get("istio-injection") == "enabled" or (REVISION in labels and "istio-injection" not in labels)
    if not (ambient if mesh.mode is Mode.AMBIENT else sidecar):
        yield Finding(
            code="CG760",
            words=f"namespace {subject.home} has no label that brings the mesh ({mesh.mode}) to its pods",
            hint="`chartgen namespace` prints the labels",
            path=mesh.path,
        )


def _left_out(subject: Subject) -> Iterator[Finding]:
    """Namespaces of which no registry says that they are in the mesh, nor do their labels: proxies are taken for
    granted for their pods, which Istio gives to none of them by itself."""
    for name, workloads in subject.by_namespace.items():
        labels = subject.world.namespace_labels(name)
        if labels is None or brings_mesh(labels):
            continue
        bare = [each for each in workloads if each.dataplane is not Dataplane.NONE and not brings_mesh(each.labels)]
        if bare:
            also = f" and {len(bare) - 1} more" if len(bare) > 1 else ""
            yield Finding(
                code="CG760",
                words=f"namespace {name} has no label that brings a mesh, nor have pods in it: {bare[0].ref}{also}",
                hint="istio-injection: enabled, or istio.io/dataplane-mode: ambient",
                ref=bare[0].ref,
            )


def _owners(expected: Expected) -> Mapping[str, frozenset[str]]:
    """Account → the name labels that its pods may have."""
    found: dict[str, set[str]] = {}
    for callee in expected.callees.values():
        for account in callee.accounts:
            found.setdefault(account, set()).update({callee.name, callee.labels.get(NAME, callee.name)})
    for store in expected.registry.datastores:
        for account in accounts_of(store):
            found.setdefault(account, set()).add(store.name)
    return {account: frozenset(names) for account, names in found.items()}
