"""The meaning of a registry, rule by rule. A new rule is a function in one of these modules and a line here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from chartgen.codes import diagnose
from chartgen.registry.checks import (
    advice,
    calls,
    containers,
    dependencies,
    doors,
    externals,
    fronts,
    groups,
    issuers,
    kinds,
    known_keys,
    mesh,
    mesh_pods,
    names,
    objects,
    operators,
    outside,
    patches,
    ports,
    probes,
    references,
    routes,
    scaling,
    stores,
    tokens,
    versions,
    volumes,
    waypoints,
)
from chartgen.registry.checks.placing import (
    in_defaults,
    is_versions_own,
    placed,
    placed_in_defaults,
    placed_in_store,
    placed_in_version,
    versioned_fields,
)
from chartgen.registry.checks.subject import Draft, Finding, Platform

if TYPE_CHECKING:
    from chartgen.diagnostics import Diagnostic
    from chartgen.registry.service import Path
    from chartgen.registry.sources import Sources

ServiceRule = Callable[[Draft], Iterator[Finding]]
RelatedRule = Callable[[Draft, Platform], Iterator[Finding]]
PlatformRule = Callable[[Platform], Iterator[Finding]]

PLATFORM_RULES: tuple[PlatformRule, ...] = (
    names.repeated_node,
    names.repeated_environment,
    names.unusable_app_version,
    names.version_beyond_helm,
    names.colliding_objects,
    names.name_of_the_gateway,
    names.colliding_claims,
    dependencies.start_cycles,
    groups.unusable_group,
    groups.group_cycles,
    groups.account_across_groups,
    objects.differing_annotations,
    fronts.repeated_node_port,
    fronts.repeated_host_port,
    advice.floating_version,
    stores.forbidden_ways,
    stores.unused_datastore,
    stores.unpublished_topic,
    externals.bad_host,
    externals.bad_host_of_a_datastore,
    externals.wildcard_protocol,
    externals.repeated_port,
    externals.unused_external,
    outside.own_service,
    outside.repeated_host,
    outside.indistinct_calls,
    outside.unheard_servers,
    mesh.unread_settings,
    mesh.unread_token,
    mesh.old_versions,
    mesh.jobs_beside_sidecars,
    mesh.waived_demands,
    tokens.unusable_keys,
    tokens.issuer_inside,
    tokens.issuer_behind_the_door,
    tokens.bad_claims,
    tokens.bad_headers,
    tokens.tokens_that_end,
    issuers.unknown_issuer,
    issuers.shared_port,
    issuers.out_of_reach,
    doors.bad_hosts,
    doors.foreign_hosts,
    doors.unread_class,
    doors.routes_to_nowhere,
    doors.misread_paths,
    doors.unchecked_callers,
    doors.tokens_in_the_clear,
    doors.cors,
    doors.cors_of_an_old_api,
    routes.competing_routes,
    routes.opened_routes,
    routes.tricked_prefixes,
    calls.unreadable_calls,
    calls.misread_paths,
    calls.tricked_prefixes,
    calls.retries,
    calls.retries_at_the_waypoint,
    calls.breakers,
    calls.timeouts,
    calls.callers_that_differ,
    calls.versions_that_differ,
    waypoints.headless_behind_waypoint,
    waypoints.metrics_past_the_waypoint,
)

SERVICE_RULES: tuple[ServiceRule, ...] = (
    names.reserved_name,
    names.name_too_long,
    dependencies.self_dependency,
    dependencies.repeated_dependency,
    kinds.unfit_fields,
    kinds.unfit_claims,
    kinds.missing_schedule,
    kinds.bad_schedule,
    ports.repeated_port,
    ports.repeated_port_name,
    ports.bad_port_name,
    ports.colliding_container_ports,
    ports.exposed_without_port,
    ports.both_transports,
    fronts.front_without_port,
    fronts.unfit_front,
    fronts.node_port_of_cluster_ip,
    fronts.alias_ports,
    fronts.metrics_port,
    probes.probe_handlers,
    probes.probe_ports,
    probes.hook_ports,
    probes.hook_pauses,
    scaling.scaling_bounds,
    scaling.requests_above_limits,
    scaling.unmeasured_threshold,
    scaling.bad_quantity,
    scaling.unmatched_extended_resource,
    scaling.lonely_pages,
    scaling.fractions_of_bytes,
    containers.repeated_container,
    containers.repeated_variable,
    containers.contradictory_security,
    volumes.repeated_volume,
    volumes.taken_volume_name,
    volumes.unknown_mount,
    volumes.unmounted_volume,
    volumes.repeated_mount_path,
    volumes.misplaced_file,
    volumes.files_too_large,
    volumes.colliding_file_keys,
    objects.reserved_label,
    known_keys.refused_annotations,
    known_keys.annotations_too_large,
    known_keys.outdated_keys,
    known_keys.terms_without_selector,
    known_keys.schedule_without_a_day,
    objects.default_account,
    objects.patch_targets,
    objects.patched_identity,
    versions.repeated_version,
    versions.versions_of_kind,
    versions.version_weights,
    versions.version_ports,
    patches.patch_into_nothing,
    patches.move_into_itself,
    advice.floating_tag,
    advice.shared_account,
    advice.weakened_security,
    advice.host_path,
    advice.host_ports,
    advice.mounted_token,
    advice.writable_root,
    advice.no_readiness,
    advice.equal_probes,
    advice.switched_off,
    advice.claim_on_one_node,
)

RELATED_RULES: tuple[RelatedRule, ...] = (
    dependencies.unknown_dependency,
    dependencies.dependency_ports,
    dependencies.switched_off_dependency,
    stores.unclear_broker,
    references.bad_references,
    references.undiscovered_dependency,
    containers.image_without_version,
    fronts.taken_alias,
    volumes.unreadable_file,
    mesh.plaintext_udp,
    mesh.exposed_for_nobody,
    mesh.udp_calls,
    mesh_pods.ports_of_the_proxy,
    mesh_pods.user_of_the_proxy,
    mesh_pods.out_of_the_mesh,
    mesh_pods.unprobed,
    mesh_pods.led_to_a_waypoint,
)
"""Rules on a service that look beyond it."""

STORE_RULES: tuple[RelatedRule, ...] = (
    stores.default_way,
    stores.offered_ways,
    stores.custom_engine,
    stores.shown_ports,
    stores.topics_without_broker,
    stores.scattered_topic,
    stores.useless_details,
    stores.floating_version,
    operators.pods,
    operators.name,
)
"""Rules on a datastore as such; its pods are judged as a service's are."""


def check(platform: Platform, sources: Sources) -> list[Diagnostic]:
    """Every mistake of the registry's meaning, and the warnings; in no particular order."""
    findings = [finding for rule in PLATFORM_RULES for finding in rule(platform)]
    inherited: dict[tuple[str, Path], list[tuple[Draft, Finding]]] = {}
    for draft in platform.drafts:
        own, of_versions = _of_service(draft, platform)
        findings += of_versions
        for finding in own:
            if default := in_defaults(finding, draft, platform.defaults):
                inherited.setdefault((finding.code, default), []).append((draft, finding))
            else:
                findings.append(placed(finding, draft))
    for draft in platform.stores:
        findings.extend(finding for rule in STORE_RULES for finding in rule(draft, platform))
        on_pods = (placed_in_store(finding, draft) for finding in _findings(draft, platform))
        findings.extend(finding for finding in on_pods if finding)
    for (_, default), found in inherited.items():
        findings.extend(placed_in_defaults(default, found, len(platform.drafts)))
    return [_diagnostic(finding, sources) for finding in findings]


def _of_service(draft: Draft, platform: Platform) -> tuple[list[Finding], list[Finding]]:
    """What is to be said of a service, and of its versions, each at its place. The service of versions is itself no
    workload: what they can say is told of it only where it is true of one of them, and then once."""
    own = list(_findings(draft, platform))
    if not draft.versions:
        return own, []
    found = [(version, list(_findings(version, platform))) for version in draft.versions]
    told = Counter(key for _, findings in found for key in {_key(finding) for finding in findings})
    own = [each for each in own if each.path[2:3] != ("dependencies",) or each.path[0] != "versions"]
    own = [each for each in own if each.path[0] not in versioned_fields() or told[_key(each)] >= _enough(each, draft)]
    known = {_key(finding) for finding in own}
    return own, [
        placed_in_version(finding, version, draft)
        for version, findings in found
        for finding in findings
        if _key(finding) not in known or is_versions_own(finding, version)
    ]


def _enough(finding: Finding, draft: Draft) -> int:
    """Of how many versions a finding must be true to be told of the service: what it lacks, a version may have."""
    return len(draft.versions) if finding.path == ("name",) else 1


def _key(finding: Finding) -> tuple[str, Path]:
    return finding.code, finding.path


def _findings(draft: Draft, platform: Platform) -> Iterator[Finding]:
    for rule in SERVICE_RULES:
        yield from rule(draft)
    for related in RELATED_RULES:
        yield from related(draft, platform)


def _diagnostic(finding: Finding, sources: Sources) -> Diagnostic:
    message = finding.message
    if finding.first:
        first = sources.span(finding.first)
        message += f" (first at {first.file}:{first.line})"
    return diagnose(finding.code, sources.span(finding.path, key=finding.key), message, finding.hint)
