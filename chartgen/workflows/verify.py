"""Do the charts say what the registry says? Rendered with the real helm, read, and judged property by property."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from chartgen.audit.collection import Collection
from chartgen.audit.helm_words import rendering_failed
from chartgen.codes import diagnose
from chartgen.diagnostics import Diagnostic, Severity, Span
from chartgen.errors import UsageError
from chartgen.mesh import audited
from chartgen.mesh.assumed import world_of
from chartgen.mesh.audited import Unrefused
from chartgen.mesh.expected import Expected
from chartgen.mesh.matrix import Row, rows, united
from chartgen.mesh.premises import Premises, premises_of, with_door
from chartgen.mesh.properties import differences, judged
from chartgen.mesh.properties.traffic import tried_again
from chartgen.mesh.subject import Finding, Subject
from chartgen.registry.mesh import Mode
from chartgen.registry.umbrellas import POLICY
from chartgen.tools import tree
from chartgen.tools.helm import Helm, find_helm
from chartgen.workflows import load, other_names
from chartgen.workflows.documents import Documents
from chartgen.workflows.given import notes, tried
from chartgen.workflows.progress import Progress, silent
from chartgen.workflows.releases import Release, policy_is_apart, releases
from chartgen.workflows.value_set import ValueSet
from chartgen.workflows.value_sets import places, value_sets

if TYPE_CHECKING:
    from chartgen.registry.model import Registry
    from chartgen.registry.sources import Sources
    from chartgen.tools.process import Completed

WORKERS = 2
"""How many helms run at once: each of them uses more than one core by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was found, and what was proven: `rows` is the matrix of calls, `unrefused` what passes
    beside them while policies are dry runs, `notes` what it stands on. `registry` None:
    the manifests were judged by themselves, or the registry does not compile."""

    folder: str
    diagnostics: tuple[Diagnostic, ...]
    registry: Registry | None = None
    value_sets: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    unrefused: tuple[Unrefused, ...] = ()
    notes: tuple[str, ...] = ()
    objects: int = 0
    workloads: int = 0
    meshed: bool = False

    def count(self, severity: Severity) -> int:
        """How many findings weigh that much."""
        return sum(d.severity is severity for d in self.diagnostics)


def run(
    root: Path,
    registry: str = "registry.yaml",
    *,
    helm: str = "",
    environments: Sequence[str] = (),
    progress: Progress = silent,
) -> Verified:
    """Every property that does not hold, for the defaults and each environment. UsageError when there are no charts,
    ToolError when helm cannot be run."""
    loaded = load.run(root, registry)
    if loaded.registry is None or loaded.sources is None:
        return Verified(folder="", diagnostics=loaded.diagnostics)
    with tree.reading(str(root)), tempfile.TemporaryDirectory(prefix="chartgen-verify-") as space:
        sets = value_sets(root, loaded.registry, environments)
        job = _Job(
            root=root,
            registry=loaded.registry,
            sources=loaded.sources,
            sets=sets,
            helm=find_helm(helm or None),
            space=Path(space),
            found=Collection(value_sets=tuple(values.name for values in sets)),
        )
        return job.run(progress)


@dataclass(frozen=True, slots=True, kw_only=True)
class Render:
    """One set of values to render: whose charts, in what namespace; `code` of a variant (P14, P15), which is judged by
    what it admits alone."""

    values: ValueSet
    registry: Registry
    root: Path
    premises: Premises
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is found of one render, and what is told of it."""

    findings: tuple[Finding, ...]
    rows: tuple[Row, ...]
    unrefused: tuple[Unrefused, ...]
    tried: frozenset[str]
    objects: int
    workloads: int


@dataclass(slots=True, kw_only=True)
class _Job:
    """What one run is asked to do, and what it has found."""

    root: Path
    registry: Registry
    sources: Sources
    sets: tuple[ValueSet, ...]
    helm: Helm
    space: Path
    found: Collection
    documents: Documents = field(default_factory=Documents)
    rows: list[tuple[str, Iterable[Row]]] = field(default_factory=list)
    unrefused: list[tuple[str, Iterable[Unrefused]]] = field(default_factory=list)
    judgements: dict[tuple[object, ...], Judgement] = field(default_factory=dict)
    tried: set[str] = field(default_factory=set)
    objects: int = 0
    workloads: int = 0

    def run(self, progress: Progress) -> Verified:
        for values in self.sets:
            self.found.add(values.unreadable, values.name)
        renders = [*self._renders(), *self._variants()]
        with ThreadPoolExecutor(WORKERS) as pool:
            started = [(render, self._start(pool, render)) for render in renders]
            for done, (render, parts) in enumerate(started, 1):
                self._judge(render, [(release, part.result()) for release, part in parts])
                progress(done, len(started))
        return Verified(
            folder="charts",
            diagnostics=self.found.told(),
            registry=self.registry,
            value_sets=self.found.value_sets,
            rows=united(self.rows),
            unrefused=audited.united(self.unrefused),
            notes=(*notes(self.registry), *tried(self.tried), *self._apart(), *self._open_networks()),
            objects=self.objects,
            workloads=self.workloads,
            meshed=self.registry.mesh is not None,
        )

    def _apart(self) -> Iterator[str]:
        """The sets of values that leave the policy to a release which they do not name."""
        names = [values.name for values in self.sets if policy_is_apart(self.registry, values)]
        if names:
            yield f"{POLICY}.enabled is false with {', '.join(names)}: it is a release of its own, with the same values"

    def _open_networks(self) -> Iterator[str]:
        """The sets of values that make no NetworkPolicies: a choice, but one to know of."""
        sets = ((values.name, premises_of(self.registry, values.given)) for values in self.sets)
        names = [name for name, premises in sets if not premises.isolated]
        if names:
            yield f"global.networkPolicy.enabled is false with {', '.join(names)}: no network refuses anything there"

    def _renders(self) -> Iterator[Render]:
        for values in self.sets:
            if not values.unreadable:
                premises = premises_of(self.registry, values.given)
                yield Render(values=values, registry=self.registry, root=self.root, premises=premises)

    def _variants(self) -> Iterator[Render]:
        """P14 and P15: the defaults again, for the other mode and with other names."""
        if not self.registry.mesh:
            return
        defaults = self.sets[0]
        other = replace(self.registry, mesh=replace(self.registry.mesh, mode=_other(self.registry.mesh.mode)))
        folder = other_names.written(other, self.space / "mode")
        premises = premises_of(other, defaults.given)
        yield Render(values=defaults, registry=other, root=folder, premises=premises, code="CG764")
        renamed = other_names.value_set(defaults, self.registry)
        premises = premises_of(self.registry, renamed.given)
        yield Render(values=renamed, registry=self.registry, root=self.root, premises=premises, code="CG765")

    def _start(self, pool: ThreadPoolExecutor, render: Render) -> list[tuple[Release, Future[Completed]]]:
        found = []
        for release in releases(render.registry, render.values):
            chart = render.root / release.folder
            if not (chart / "Chart.yaml").is_file():
                raise UsageError(f"{release.folder} is not there: run `chartgen generate` first")
            files = [self.root / file for file in render.values.texts]
            start = pool.submit(
                self.helm.template,
                chart,
                release=release.name,
                values=files,
                namespace=render.premises.namespace,
                extra=render.values.arguments,
            )
            found.append((release, start))
        return found

    def _judge(self, render: Render, parts: Sequence[tuple[Release, Completed]]) -> None:
        for release, done in parts:
            if done.code:
                self._note_failure(render, release, done)
                return
        if render.code:
            self._compare(render, self._subject(render, parts)[0])
            return
        found, name = self._judgement(render, parts), render.values.name
        self.found.add((self._told(finding) for finding in found.findings), name)
        self.rows.append((name, found.rows))
        self.unrefused.append((name, found.unrefused))
        self.tried.update(found.tried)
        self.objects = max(self.objects, found.objects)
        self.workloads = max(self.workloads, found.workloads)

    def _judgement(self, render: Render, parts: Sequence[tuple[Release, Completed]]) -> Judgement:
        """Worked out once for all sets of values that render alike, as an environment does that sets nothing."""
        texts = (done.stdout.encode() for _, done in parts)
        key = (*(sha256(text).digest() for text in texts), repr(render.premises))
        if key not in self.judgements:
            subject, objects = self._subject(render, parts)
            self.judgements[key] = Judgement(
                findings=tuple(judged(subject)),
                rows=tuple(rows(subject.expected)) if subject.expected else (),
                unrefused=tuple(audited.unrefused(subject)),
                tried=frozenset(tried_again(subject)),
                objects=objects,
                workloads=len(subject.world.workloads),
            )
        return self.judgements[key]

    def _subject(self, render: Render, parts: Sequence[tuple[Release, Completed]]) -> tuple[Subject, int]:
        """What is proven, and how many objects speak of it."""
        manifests = self.documents.read((done.stdout, release.file) for release, done in parts)
        world = world_of(manifests, render.registry, render.premises)
        expected = Expected(render.registry, with_door(render.premises, render.registry, world))
        return Subject(world=world, expected=expected), len(manifests.objects)

    def _compare(self, render: Render, subject: Subject) -> None:
        """A variant: what it admits is what the registry says too, or it differs from the defaults."""
        how = _MODES[render.registry.mesh.mode] if render.registry.mesh and render.code == "CG764" else _RENAMED
        self.found.add(self._told(finding) for finding in differences(subject, render.code, how))

    def _told(self, finding: Finding) -> Diagnostic:
        return told(finding, self.sources)

    def _note_failure(self, render: Render, release: Release, done: Completed) -> None:
        where = places(render.values, release.umbrella, release.chart)
        failed = list(rendering_failed(done.stderr, where, where.file("Chart.yaml")))
        if not failed or "Error:" not in done.stderr:
            raise done.error()
        self.found.add(failed, *_named(render))


_MODES: Mapping[Mode, str] = {Mode.AMBIENT: "rendered for ambient", Mode.SIDECAR: "rendered for sidecars"}
_RENAMED = "with another namespace, trust domain and other accounts"


def _named(render: Render) -> tuple[str, ...]:
    return () if render.code else (render.values.name,)


def _other(mode: Mode) -> Mode:
    return Mode.SIDECAR if mode is Mode.AMBIENT else Mode.AMBIENT


def told(finding: Finding, sources: Sources | None, file: str = "charts") -> Diagnostic:
    """A finding as a diagnostic, at the registry's line where it has one, else at the object's file, else at `file`."""
    if finding.path is not None and sources:
        span = sources.span(finding.path)
    elif finding.ref:
        span = Span(finding.ref.file or file, finding.ref.line, 1 if finding.ref.line else 0)
    else:
        span = Span(file)
    return diagnose(finding.code, span, finding.words, finding.hint)
