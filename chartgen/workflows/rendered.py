"""Manifests that are rendered already, by whatever: judged by themselves, or by the registry if there is one."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from chartgen.diagnostics import Diagnostic, in_file_order
from chartgen.errors import UsageError
from chartgen.mesh.expected import Expected
from chartgen.mesh.manifests import Manifests, read_text
from chartgen.mesh.matrix import rows, rows_of_networks, rows_of_rules, united
from chartgen.mesh.model import Dataplane
from chartgen.mesh.premises import premises_of
from chartgen.mesh.properties import judged
from chartgen.mesh.reading import read
from chartgen.mesh.subject import Subject
from chartgen.mesh.world import Assumptions
from chartgen.tools import files
from chartgen.workflows import load
from chartgen.workflows.value_sets import value_set
from chartgen.workflows.verify import Verified, assumptions, notes, told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chartgen.registry.model import Registry
    from chartgen.registry.sources import Sources

_NOTES = (
    "the cluster's network enforces NetworkPolicies",
    "the mesh's trust domain is cluster.local, its root namespace istio-system, its path normalisation the default",
    "every namespace without labels is in the mesh, where there is a policy of one",
)


def run(
    root: Path, path: str, registry: str = "registry.yaml", *, environment: str = "", alone: bool = False
) -> Verified:
    """What is wrong with the manifests at that path (a file, a folder, `-` for stdin), and who may call whom by them.
    UsageError when they cannot be read."""
    manifests = _read(root, path)
    if alone or not (root / registry).is_file():
        return _alone(path, manifests)
    loaded = load.run(root, registry)
    if loaded.registry is None or loaded.sources is None:
        return Verified(folder="", diagnostics=loaded.diagnostics)
    return _compared(root, path, manifests, loaded.registry, loaded.sources, environment)


def _read(root: Path, path: str) -> Manifests:
    if path == "-":
        return read_text(sys.stdin.read(), "stdin")
    found = Manifests()
    for file in _files(root / path):
        name = str(file.relative_to(root)) if file.is_relative_to(root) else str(file)
        try:
            one = read_text(files.read_input(str(file)).decode("utf-8", "replace"), name)
        except ValueError as error:
            raise UsageError(f"cannot read {name!r}: {error}") from error
        found.objects.extend(one.objects)
        found.problems.extend(one.problems)
    return found


def _files(path: Path) -> Sequence[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(each for each in path.rglob("*") if each.suffix in (".yaml", ".yml", ".json") and each.is_file())
    if not found:
        raise UsageError(f"{path} holds no manifests (*.yaml, *.yml, *.json)")
    return found


def _alone(path: str, manifests: Manifests) -> Verified:
    world = read(manifests.objects, Assumptions(namespace=_namespace(manifests)), manifests.problems)
    subject = Subject(world=world)
    if not subject.meshed:
        world = read(manifests.objects, replace(world.assumed, dataplane=Dataplane.NONE), manifests.problems)
        subject = Subject(world=world)
    found = _told(path, subject, None)
    rows_read = rows_of_rules(subject) if subject.meshed else rows_of_networks(subject)
    return Verified(
        folder=path,
        diagnostics=found,
        rows=united([(path, rows_read)]),
        value_sets=(path,),
        notes=_NOTES,
        objects=len(manifests.objects),
        workloads=len(world.workloads),
        meshed=subject.meshed,
    )


def _compared(
    root: Path, path: str, manifests: Manifests, registry: Registry, sources: Sources, environment: str
) -> Verified:
    values = value_set(root, registry, environment)
    premises = premises_of(registry, values.given, _namespace(manifests))
    world = read(manifests.objects, assumptions(registry, premises), manifests.problems)
    subject = Subject(world=world, expected=Expected(registry, premises))
    assert subject.expected
    return Verified(
        folder=path,
        diagnostics=_told(path, subject, sources),
        registry=registry,
        value_sets=(values.name,),
        rows=united([(values.name, rows(subject.expected))]),
        notes=tuple(notes(registry)),
        objects=len(manifests.objects),
        workloads=len(world.workloads),
        meshed=subject.meshed,
    )


def _told(path: str, subject: Subject, sources: Sources | None) -> tuple[Diagnostic, ...]:
    return tuple(in_file_order([told(finding, sources, path) for finding in judged(subject)]))


def _namespace(manifests: Manifests) -> str:
    """The namespace that most objects name; `default` where none does."""
    named = Counter(ref.namespace for _, ref in manifests.objects if ref.namespace)
    return named.most_common(1)[0][0] if named else "default"
