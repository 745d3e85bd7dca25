"""Manifests that are rendered already, by whatever: judged by themselves, or by the registry if there is one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chartgen.diagnostics import Diagnostic, in_file_order
from chartgen.mesh import audited, matrix
from chartgen.mesh.assumed import world_of
from chartgen.mesh.expected import Expected
from chartgen.mesh.home import main_namespace
from chartgen.mesh.manifests import Manifests
from chartgen.mesh.matrix import rows_of_networks, rows_of_rules, united
from chartgen.mesh.premises import premises_of, with_door
from chartgen.mesh.properties import PROPERTIES, judged, rules, shapes
from chartgen.mesh.properties.traffic import tried_again
from chartgen.mesh.subject import Finding, Subject
from chartgen.workflows import load
from chartgen.workflows.given import notes, tried
from chartgen.workflows.other_values import explained
from chartgen.workflows.strange import read_manifests, strange_world
from chartgen.workflows.value_sets import value_set
from chartgen.workflows.verify import Verified, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chartgen.mesh.model import Ref
    from chartgen.registry.model import Registry
    from chartgen.registry.sources import Sources

_NOTES = (
    "the cluster's network enforces NetworkPolicies",
    "the mesh's trust domain is cluster.local, its root namespace istio-system, its path normalisation the default",
    "every namespace without labels is in the mesh, where there is a policy of one",
)


def run(
    root: Path,
    path: str,
    registry: str = "registry.yaml",
    *,
    environment: str = "",
    namespace: str = "",
    alone: bool = False,
) -> Verified:
    """What is wrong with the manifests at that path (a file, a folder, `-` for stdin), and who may call whom by them.
    `namespace`: of objects that name none (empty: that which most objects name). UsageError when they cannot be
    read."""
    manifests = read_manifests(root, path)
    if namespace:
        manifests = replace(manifests, objects=[(tree, _placed(ref, namespace)) for tree, ref in manifests.objects])
    if alone or not (root / registry).is_file():
        return _alone(path, manifests)
    loaded = load.run(root, registry)
    if loaded.registry is None or loaded.sources is None:
        return Verified(folder="", diagnostics=loaded.diagnostics)
    return _compared(root, path, manifests, loaded.registry, loaded.sources, environment)


def _alone(path: str, manifests: Manifests) -> Verified:
    world = strange_world(manifests)
    subject = Subject(world=world)
    found = _as_told(path, _findings(manifests, subject), None)
    rows_read = rows_of_rules(subject) if subject.meshed else rows_of_networks(subject)
    return Verified(
        folder=path,
        diagnostics=found,
        rows=united([(path, rows_read)]),
        unrefused=audited.united([(path, audited.unrefused(subject))]),
        value_sets=(path,),
        notes=(*_NOTES, *tried(set(tried_again(subject)))),
        objects=len(manifests.objects),
        workloads=len(world.workloads),
        meshed=subject.meshed,
    )


def _compared(
    root: Path, path: str, manifests: Manifests, registry: Registry, sources: Sources, environment: str
) -> Verified:
    values = value_set(root, registry, environment)
    home = main_namespace(manifests)

    def judge(given: Mapping[str, Any]) -> tuple[Subject, list[Finding]]:
        premises = premises_of(registry, given, home)
        world = world_of(manifests, registry, premises)
        subject = Subject(world=world, expected=Expected(registry, with_door(premises, registry, world)))
        return subject, _findings(manifests, subject)

    subject, found = judge(values.given)
    if len(found) > 1:
        subject, found = explained(root, registry, values, environment, subject, judge, len(found)) or (subject, found)
    assert subject.expected
    return Verified(
        folder=path,
        diagnostics=_as_told(path, found, sources),
        registry=registry,
        value_sets=(values.name,),
        rows=united([(values.name, matrix.rows(subject.expected))]),
        unrefused=audited.united([(values.name, audited.unrefused(subject))]),
        notes=(*notes(registry), *tried(set(tried_again(subject)))),
        objects=len(manifests.objects),
        workloads=len(subject.world.workloads),
        meshed=subject.meshed,
    )


def _placed(ref: Ref, namespace: str) -> Ref:
    return ref if ref.namespace or ref.kind == "Namespace" else replace(ref, namespace=namespace)


def _findings(manifests: Manifests, subject: Subject) -> list[Finding]:
    elsewhere = rules.elsewhere(subject)
    if elsewhere:
        return [elsewhere]
    properties = PROPERTIES if manifests.objects else (shapes.unknowns,)  # what is lacking is clear without the others
    return judged(subject, properties)


def _as_told(path: str, found: Iterable[Finding], sources: Sources | None) -> tuple[Diagnostic, ...]:
    return tuple(in_file_order([told(finding, sources, path) for finding in found]))
