"""Compile the registry into charts/, and write only what differs."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chartgen.codes import diagnose
from chartgen.diagnostics import Diagnostic, Span, has_errors, in_file_order
from chartgen.tools import tree
from chartgen.tools.workers import on_both_cores
from chartgen.workflows import load, memory, overlays, refusals
from chartgen.workflows.memory import Inputs, Memory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from chartgen.registry.model import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """What a run did to the repository. `releases`: the umbrellas' names, in the order in which they start.
    `stale` (of a check): how many files are not as the registry implies.
    `refused`: nothing was written because of a warning (`strict`)."""

    file: str
    diagnostics: tuple[Diagnostic, ...] = ()
    releases: tuple[str, ...] = ()
    created: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0
    stale: int = 0
    remembered: bool = False
    refused: bool = False

    @property
    def changed(self) -> int:
        """How many files were created, updated or removed."""
        return len(self.created) + len(self.updated) + len(self.removed)

    @property
    def failed(self) -> bool:
        """Whether nothing was written because of what is wrong."""
        return self.refused or has_errors(list(self.diagnostics))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """What one run is asked to do."""

    root: Path
    file: str
    check: bool
    force: bool
    strict: bool
    progress: Callable[[str], None]


def run(
    root: Path,
    registry: str = "registry.yaml",
    *,
    check: bool = False,
    force: bool = False,
    strict: bool = False,
    progress: Callable[[str], None] = lambda _: None,
    notice: Callable[[str], None] = lambda _: None,
) -> Generated:
    """Brings charts/ below `root` to what the registry implies, and creates missing values/<env>/ files. With `check`
    nothing is written, and what is stale is reported. Diagnostics that are errors mean that nothing was written; with
    `strict`, so does a warning of what an installed release would refuse or lose.
    UsageError: the registry cannot be read. ToolError: the disk refused, and nothing was changed."""
    job = _Job(root=root, file=registry, check=check, force=force, strict=strict, progress=progress)
    with tree.writing(str(root), force=force, notice=notice):
        data = load.read_registry(root, registry)
        inputs = Inputs(root=root, file=registry, registry=data, overlays=overlays.read(root))
        known = memory.recall(inputs)
        if known is not None and tree.is_exactly(str(root), known.lock):
            return Generated(
                file=registry,
                diagnostics=(*known.diagnostics, *_strangers(root, known.environments)),
                releases=known.releases,
                unchanged=known.files,
                remembered=True,
            )
        return _compiled(job, inputs)


def _compiled(job: _Job, inputs: Inputs) -> Generated:
    from chartgen import emit
    from chartgen.registry.umbrellas import homes, umbrellas

    job.progress("compiling the registry")
    loaded = load.compiled(job.root, job.file, inputs.registry)
    registry = loaded.registry
    if registry is None:
        return Generated(file=job.file, diagnostics=loaded.diagnostics)
    job.progress("making the charts")
    files = emit.platform(registry, on_both_cores)
    more, mistakes = overlays.placed(inputs.overlays, homes(registry), files)
    diagnostics = (*loaded.diagnostics, *mistakes)
    if has_errors(mistakes):
        return Generated(file=job.file, diagnostics=diagnostics)
    environments = tuple(environment.name for environment in registry.environments)
    releases = tuple(umbrella.name for umbrella in umbrellas(registry))
    known = Memory(
        read=loaded.read,
        matched=loaded.matched,
        environments=environments,
        releases=releases,
        diagnostics=diagnostics,
        files=len(files) + len(more),
        lock="",
    )
    survey = tree.survey(str(job.root), files | more, force=job.force and not job.check)
    hazards = _hazards(survey, loaded, registry)
    if job.check:
        result = _checked(job, survey, hazards)
    else:
        result = _written(job, survey, hazards, _missing(job.root, registry))
    if not result.failed and not survey.plan.extra:
        memory.remember(inputs, replace(known, lock=survey.lock_digest))
    later = in_file_order([*mistakes, *_strangers(job.root, environments), *result.diagnostics])
    return replace(result, releases=releases, diagnostics=(*loaded.diagnostics, *later))


def _hazards(survey: tree.Survey, loaded: load.Loaded, registry: Registry) -> Sequence[Diagnostic]:
    """What an installed release would refuse: only a file that changes or goes can be of that kind."""
    if not (survey.plan.update or survey.plan.remove):
        return ()
    from chartgen.workflows import upgrades

    return upgrades.hazards(survey, loaded, registry)


def _checked(job: _Job, survey: tree.Survey, hazards: Sequence[Diagnostic]) -> Generated:
    found = refusals.stale(survey)
    return Generated(file=job.file, diagnostics=(*found, *hazards), unchanged=survey.plan.unchanged, stale=len(found))


def _written(job: _Job, survey: tree.Survey, hazards: Sequence[Diagnostic], missing: dict[str, str]) -> Generated:
    plan = survey.plan
    refused = refusals.refusals(survey, force=job.force)
    if refused:
        return Generated(file=job.file, diagnostics=tuple(refused))
    warnings = (*refusals.extras(survey), *hazards)
    if hazards and job.strict:
        return Generated(file=job.file, diagnostics=warnings, refused=True)
    if missing or not survey.is_current:
        job.progress("writing")
        tree.write(survey, missing)
    return Generated(
        file=job.file,
        diagnostics=warnings,
        created=(*sorted(plan.create), *missing),
        updated=tuple(sorted(plan.update)),
        removed=tuple(sorted(plan.remove)),
        unchanged=plan.unchanged,
    )


def _missing(root: Path, registry: Registry) -> dict[str, str]:
    """The environments' files that are not there yet."""
    from chartgen import emit

    files = {path: text for each in registry.environments for path, text in emit.values(each, registry).items()}
    return {path: text for path, text in files.items() if not os.path.lexists(root / path)}


def _strangers(root: Path, environments: Sequence[str]) -> list[Diagnostic]:
    """A warning for each folder of values/ that no declared environment has."""
    try:
        found = sorted(entry.name for entry in os.scandir(root / "values") if entry.is_dir())
    except OSError:
        return []
    hint = "declare it under `environments`, or delete the folder"
    return [
        diagnose("CG611", Span(f"values/{name}"), f'values of "{name}", which is no declared environment', hint)
        for name in found
        if name not in environments and not name.startswith(".")
    ]
