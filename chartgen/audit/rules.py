"""Every rule, and what they find: per object once for equal text, per render over all objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from chartgen.audit import (
    containers,
    known_keys,
    networks,
    placement,
    quantities,
    readers,
    relations,
    security,
    shape,
    sizes,
    syntax,
    workload,
)
from chartgen.audit.objects import Pod, Rendered, Tree, read
from chartgen.audit.platform import Platform
from chartgen.diagnostics import Diagnostic

PodRule = Callable[[Rendered, Pod], Iterator[Diagnostic]]
ObjectRule = Callable[[Rendered], Iterator[Diagnostic]]
PlatformRule = Callable[[Platform], Iterator[Diagnostic]]

POD_RULES: tuple[PodRule, ...] = (
    containers.container_names_differ,
    containers.env_names_differ,
    containers.ports_differ,
    containers.volumes_differ,
    containers.mounts_exist,
    containers.probe_ports_exist,
    containers.readiness_is_not_liveness,
    containers.env_is_defined_before_use,
    containers.pull_secrets_differ,
    workload.images_are_pinned,
    workload.resources_are_set,
    workload.pods_spread,
    workload.tags_are_pulled_again,
    security.restricted_pod,
    security.no_host_access,
    security.no_secret_value,
    security.no_remote_shell,
    security.token_is_not_mounted,
    syntax.pods_are_well_formed,
    quantities.quantities_fit,
    known_keys.annotations_make_sense,
    known_keys.jobs_keep_their_labels,
    known_keys.annotations_are_not_outdated,
    placement.affinity_agrees_with_itself,
    placement.terms_are_about_pods,
    placement.node_labels_are_not_outdated,
    sizes.bytes_are_whole,
)

OBJECT_RULES: tuple[ObjectRule, ...] = (
    containers.service_ports_differ,
    workload.budgets_let_nodes_drain,
    workload.no_namespace,
    workload.rollbacks_come_back,
    workload.jobs_have_deadlines,
    workload.api_is_served,
    workload.labels_are_recommended,
    workload.ingress_has_tls,
    security.no_secret_config,
    security.no_cluster_power,
    syntax.metadata_is_well_formed,
    quantities.claims_fit,
    sizes.host_names_are_short,
    sizes.claims_are_whole,
    sizes.objects_fit,
    networks.peers_are_networks,
    shape.fields_exist,
)

PLATFORM_RULES: tuple[PlatformRule, ...] = (
    relations.objects_differ,
    relations.served_pods_have_probes,
    relations.services_find_their_ports,
    relations.services_select_one_workload,
    relations.budgets_and_policies_select_pods,
    relations.policies_find_their_ports,
    relations.pods_are_isolated,
    relations.workloads_own_their_pods,
    relations.autoscalers_own_the_size,
    relations.production_survives_a_pod,
    relations.budgets_leave_room,
    relations.accounts_exist,
    relations.deployments_have_budgets,
    readers.objects_have_readers,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """One document of a render: its object (None when it is none) and what is wrong with it alone."""

    thing: Rendered | None
    findings: tuple[Diagnostic, ...]


def audit_document(text: str, file: str, needs: Tree | None = None) -> Audited:
    """The object in a document, and the findings of every rule that looks at one object. `needs`: what the engine of
    its datastore states as exceptions."""
    thing, problems = read(text, file, needs)
    if thing is None:
        return Audited(thing=None, findings=tuple(problems))
    return Audited(thing=thing, findings=(*problems, *_object_findings(thing)))


def audit_platform(platform: Platform, broken: Iterable[Diagnostic] = ()) -> Iterator[Diagnostic]:
    """The findings of every rule that looks at a whole render. Of a chart with a document that is no object (`broken`
    says which) nothing is told: what seems to be missing may be in there."""
    silent = {_chart(problem.span.file) for problem in broken}
    for rule in PLATFORM_RULES:
        for finding in rule(platform):
            if _chart(finding.span.file) not in silent:
                yield finding


def _chart(file: str) -> str:
    return file.partition("/templates/")[0]


def _object_findings(thing: Rendered) -> Iterator[Diagnostic]:
    for rule in OBJECT_RULES:
        yield from rule(thing)
    if thing.pod is not None:
        for pod_rule in POD_RULES:
            yield from pod_rule(thing, thing.pod)
