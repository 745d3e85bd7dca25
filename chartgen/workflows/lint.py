"""Are the charts right? Helm's answer and chartgen's own, for the defaults and every environment, in one list."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chartgen.audit.collection import Collection
from chartgen.audit.cut import Part, cut, words
from chartgen.audit.helm_words import linted, rendering_failed
from chartgen.audit.objects import Document, Tree, mapping, split
from chartgen.audit.platform import index
from chartgen.audit.record import WARN_AT, Record, RootChart, estimate, judge
from chartgen.audit.rules import Audited, audit_document, audit_platform
from chartgen.audit.sources import template_is_steady
from chartgen.audit.values import coalesced, read_values
from chartgen.diagnostics import Diagnostic, Severity
from chartgen.errors import UsageError
from chartgen.registry.umbrellas import Umbrella, umbrellas
from chartgen.tools import tree
from chartgen.tools.charts import UmbrellaFiles, read_umbrella, stage
from chartgen.tools.helm import Helm, find_helm
from chartgen.workflows import load, overlays
from chartgen.workflows.progress import Progress, silent
from chartgen.workflows.value_set import ValueSet
from chartgen.workflows.value_sets import places, value_sets

if TYPE_CHECKING:
    from chartgen.registry.model import Datastore, Registry
    from chartgen.tools.process import Completed

WORKERS = 2
"""How many helms run at once: each of them uses more than one core by itself."""

_NOT_ASCII = re.compile("[^\\x00-\\x7e]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Linted:
    """What was found, and what was looked at. `records` holds the release record's estimate per value set (of several
    releases, per `<release>, <value set>`), `cuts` a way to cut each release that is too large."""

    folder: str
    diagnostics: tuple[Diagnostic, ...]
    value_sets: tuple[str, ...] = ()
    charts: int = 0
    objects: int = 0
    records: Mapping[str, Record] = field(default_factory=dict)
    cuts: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)

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
) -> Linted:
    """Everything that is wrong with the charts, or with the registry if it does not compile. UsageError when there
    are no charts, ToolError when helm cannot be run."""
    loaded = load.run(root, registry)
    if loaded.registry is None:
        return Linted(folder="", diagnostics=loaded.diagnostics)
    with tree.reading(str(root)):
        return lint_charts(root, loaded.registry, helm=helm, environments=environments, progress=progress)


def lint_charts(
    root: Path,
    registry: Registry,
    *,
    helm: str = "",
    environments: Sequence[str] = (),
    progress: Progress = silent,
) -> Linted:
    """The same for a registry that is compiled already."""
    sets = value_sets(root, registry, environments)
    found = Collection(value_sets=tuple(values.name for values in sets))
    charts = tuple(_chart(root, umbrella, found) for umbrella in umbrellas(registry))
    with tempfile.TemporaryDirectory(prefix="chartgen-lint-") as space:
        job = _Job(
            root=root,
            registry=registry,
            charts=charts,
            sets=sets,
            helm=find_helm(helm or None),
            space=Path(space),
            found=found,
            stores={store.name: store for store in registry.datastores},
        )
        return job.run(progress)


def _chart(root: Path, umbrella: Umbrella, found: Collection) -> _Chart:
    files = read_umbrella(root / umbrella.folder)
    if files is None:
        raise UsageError(f"{umbrella.folder} is not there: run `chartgen generate` first")
    chart, problems = root_chart(files, umbrella.folder)
    found.add(problems)
    return _Chart(umbrella=umbrella, folder=files.folder, root=chart)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chart:
    """An umbrella of the registry, with its chart as it lies on disk."""

    umbrella: Umbrella
    folder: Path
    root: RootChart

    @property
    def name(self) -> str:
        return self.umbrella.name

    def subchart(self, name: str) -> Path:
        return self.folder / "charts" / name


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copy:
    """A chart (an umbrella, or a subchart of it) with the values that some value sets give it."""

    umbrella: str
    chart: str
    path: Path
    sets: list[ValueSet]


Rendering = list[tuple["_Chart", "Future[Completed]"]]
"""What helm makes of each umbrella with one value set."""


@dataclass(slots=True, kw_only=True)
class _Job:
    """What one run is asked to do, and what it has found."""

    root: Path
    registry: Registry
    charts: tuple[_Chart, ...]
    sets: tuple[ValueSet, ...]
    helm: Helm
    space: Path
    found: Collection
    stores: Mapping[str, Datastore]
    seen: dict[Document, Audited] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    cuts: dict[str, tuple[Part, ...]] = field(default_factory=dict)

    def run(self, progress: Progress) -> Linted:
        for values in self.sets:
            self.found.add(values.findings, values.name)
        self.found.add(_overlays(self.root, self.registry))
        readable = [values for values in self.sets if not values.unreadable]
        with ThreadPoolExecutor(WORKERS) as pool:
            renders = [(values, self._start_renders(pool, values)) for values in readable]
            lints = [lint for chart in self.charts for lint in self._start_lints(pool, chart, readable)]
            total = len(renders) + len(lints)
            for done, (values, rendering) in enumerate(renders, 1):
                self._audit(values, rendering)
                progress(done, total)
            for done, (copies, lint) in enumerate(lints, len(renders) + 1):
                self._note_lint(copies, lint.result())
                progress(done, total)
        return Linted(
            folder=self.charts[0].umbrella.folder if len(self.charts) == 1 else "charts",
            diagnostics=self.found.told(),
            value_sets=tuple(values.name for values in self.sets),
            charts=sum(1 + len(chart.root.subcharts) for chart in self.charts),
            objects=sum(audited.thing is not None for audited in self.seen.values()),
            records=self.records,
            cuts=self.cuts,
        )

    def _start_renders(self, pool: ThreadPoolExecutor, values: ValueSet) -> Rendering:
        files = [self.root / file for file in values.texts]
        return [
            (
                chart,
                pool.submit(self.helm.template, chart.folder, release=chart.name, values=files, extra=values.arguments),
            )
            for chart in self.charts
        ]

    def _start_lints(
        self, pool: ThreadPoolExecutor, chart: _Chart, readable: Sequence[ValueSet]
    ) -> list[tuple[list[_Copy], Future[Completed]]]:
        plain = [
            _Copy(umbrella=chart.name, chart=name, path=chart.subchart(name), sets=[self.sets[0]])
            for name in chart.root.subcharts
        ]
        batches = _halves(plain) + _halves(list(self._copies(chart, readable[1:])))
        lints = [(batch, pool.submit(self.helm.lint, [copy.path for copy in batch])) for batch in batches]
        for values in readable:
            files = [self.root / file for file in values.texts]
            copy = _Copy(umbrella=chart.name, chart=chart.name, path=chart.folder, sets=[values])
            lints.append(([copy], pool.submit(self.helm.lint, [copy.path], values=files, extra=values.arguments)))
        return lints

    def _copies(self, chart: _Chart, environments: Sequence[ValueSet]) -> Iterator[_Copy]:
        """Every subchart with each environment's slice and `global`; equal values are staged once."""
        made: dict[tuple[str, str], _Copy] = {}
        root = chart.root
        for values in environments:
            whole = coalesced(mapping(root.values.get("global")), mapping(values.given.get("global")))
            for name, defaults in root.subcharts.items():
                slice_ = coalesced(mapping(root.values.get(name)), mapping(values.given.get(name)))
                text = _as_yaml({**coalesced(defaults, slice_), "global": whole})
                copy = made.get((name, text))
                if copy is None:
                    path = self.space / chart.name / str(len(made)) / name
                    copy = made[name, text] = _Copy(umbrella=chart.name, chart=name, path=path, sets=[])
                    stage(chart.subchart(name), path, text)
                copy.sets.append(values)
        yield from made.values()

    def _audit(self, values: ValueSet, rendering: Rendering) -> None:
        """Judges each object, each release's record, and how all objects of the namespace fit together."""
        whole: list[Audited] = []
        for chart, render in rendering:
            done = render.result()
            if done.code:
                self._note_failure(values, chart, done)
                continue
            rendered = [(document, self._audited(document)) for document in split(done.stdout)]
            whole += [audited for _, audited in rendered]
            self._weigh(values, chart, rendered)
        for audited in whole:
            self.found.add(audited.findings, values.name)
        objects = [audited.thing for audited in whole if audited.thing]
        broken = [finding for audited in whole if not audited.thing for finding in audited.findings]
        self.found.add(audit_platform(index(objects, production=values.production), broken), values.name)

    def _note_failure(self, values: ValueSet, chart: _Chart, done: Completed) -> None:
        where = places(values, chart.name)
        failed = list(rendering_failed(done.stderr, where, where.file("Chart.yaml")))
        if not failed or "Error:" not in done.stderr:
            raise done.error()
        self.found.add(failed, values.name)

    def _weigh(self, values: ValueSet, chart: _Chart, rendered: Sequence[tuple[Document, Audited]]) -> None:
        pairs = [(document, audited.thing) for document, audited in rendered]
        record = estimate(chart.root, values.given, pairs, release=chart.name)
        self.records[values.name if len(self.charts) == 1 else f"{chart.name}, {values.name}"] = record
        hint = ""
        if record.share >= WARN_AT:
            taken = {each.umbrella.group for each in self.charts}
            parts = cut(chart.umbrella, (document for document, _ in rendered), record, taken)
            hint = words(parts)
            self.cuts[chart.name] = max(self.cuts.get(chart.name, parts), parts, key=len)
        self.found.add(judge(record, f"{chart.umbrella.folder}/Chart.yaml", values.name, hint), values.name)

    def _audited(self, document: Document) -> Audited:
        audited = self.seen.get(document)
        if audited is None:
            needs = self._needs(document.source)
            audited = self.seen[document] = audit_document(document.text, f"charts/{document.source}", needs)
        return audited

    def _needs(self, source: str) -> Tree:
        """What the engine of the datastore states whose chart's template it is: <umbrella>/charts/<datastore>/…"""
        _, _, rest = source.partition("/charts/")
        store = self.stores.get(rest.partition("/")[0])
        return store.engine.builtin.needs if store and store.engine.builtin else {}

    def _note_lint(self, copies: list[_Copy], lint: Completed) -> None:
        if lint.code and not lint.stdout.strip():
            raise lint.error()
        for values in self.sets if lint.stdout.strip() else ():
            named = {
                str(copy.path): places(values, copy.umbrella, copy.chart) for copy in copies if values in copy.sets
            }
            self.found.add(linted(lint.stdout, named), values.name)


def _as_yaml(values: Tree) -> str:
    """The values as JSON that is YAML too: YAML does not know the pairs of escapes that JSON has beyond U+FFFF."""
    text = json.dumps(values, ensure_ascii=False, default=str)
    return _NOT_ASCII.sub(lambda char: f"\\U{ord(char[0]):08x}", text)


def _halves(copies: list[_Copy]) -> list[list[_Copy]]:
    return [part for part in (copies[start::WORKERS] for start in range(WORKERS)) if part]


def _overlays(root: Path, registry: Registry) -> Iterator[Diagnostic]:
    for overlay in overlays.copied(overlays.read(root), registry.by_name()):
        yield from template_is_steady(overlay.text or "", overlay.path)


def root_chart(umbrella: UmbrellaFiles, folder: str) -> tuple[RootChart, list[Diagnostic]]:
    """The umbrella with its YAML read, and what could not be read."""
    problems: list[Diagnostic] = []

    def parsed(data: bytes, file: str) -> dict[str, Any]:
        values, found = read_values(data.decode("utf-8", "replace"), file)
        problems.extend(found)
        return values

    subcharts: dict[str, Tree] = {
        name: parsed(data, f"{folder}/charts/{name}/values.yaml") for name, data in umbrella.subcharts.items()
    }
    chart = RootChart(
        metadata=parsed(umbrella.metadata, f"{folder}/Chart.yaml"),
        values=parsed(umbrella.values, f"{folder}/values.yaml"),
        schema=umbrella.schema,
        templates=umbrella.templates,
        files=umbrella.files,
        subcharts=subcharts,
    )
    return chart, problems
