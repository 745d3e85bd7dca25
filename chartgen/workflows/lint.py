"""Are the charts right? Helm's answer and chartgen's own, for the defaults and every environment, in one list."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chartgen.audit.collection import Collection
from chartgen.audit.helm_words import linted, rendering_failed
from chartgen.audit.objects import Document, Tree, mapping, split
from chartgen.audit.platform import index
from chartgen.audit.record import Record, RootChart, estimate, judge
from chartgen.audit.rules import Audited, audit_document, audit_platform
from chartgen.audit.sources import template_is_steady
from chartgen.audit.values import coalesced, read_values
from chartgen.diagnostics import Diagnostic, Severity
from chartgen.errors import UsageError
from chartgen.tools import tree
from chartgen.tools.charts import Umbrella, read_umbrella, stage
from chartgen.tools.helm import Helm, find_helm
from chartgen.workflows import load, overlays
from chartgen.workflows.value_set import ValueSet
from chartgen.workflows.value_sets import places, value_sets

if TYPE_CHECKING:
    from chartgen.registry.model import Registry
    from chartgen.tools.process import Completed

WORKERS = 2
"""How many helms run at once: each of them uses more than one core by itself."""

_NOT_ASCII = re.compile("[^\\x00-\\x7e]")

Progress = Callable[[int, int], None]
"""Told how many runs of helm are done, and of how many."""


def _silent(_done: int, _total: int) -> None:
    """Shows no progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linted:
    """What was found, and what was looked at. `records` holds the release record's estimate per value set."""

    folder: str
    diagnostics: tuple[Diagnostic, ...]
    value_sets: tuple[str, ...] = ()
    charts: int = 0
    objects: int = 0
    records: Mapping[str, Record] = field(default_factory=dict)

    def count(self, severity: Severity) -> int:
        """How many findings weigh that much."""
        return sum(d.severity is severity for d in self.diagnostics)


def run(
    root: Path,
    registry: str = "registry.yaml",
    *,
    helm: str = "",
    environments: Sequence[str] = (),
    progress: Progress = _silent,
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
    progress: Progress = _silent,
) -> Linted:
    """The same for a registry that is compiled already."""
    sets = value_sets(root, registry, environments)
    umbrella = read_umbrella(root / "charts" / registry.metadata.name)
    if umbrella is None:
        raise UsageError(f"charts/{registry.metadata.name} is not there: run `chartgen generate` first")
    with tempfile.TemporaryDirectory(prefix="chartgen-lint-") as space:
        job = _Job(
            root=root,
            registry=registry,
            umbrella=umbrella,
            sets=sets,
            helm=find_helm(helm or None),
            space=Path(space),
            found=Collection(value_sets=tuple(values.name for values in sets)),
        )
        return job.run(progress)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copy:
    """A subchart with the values that some value sets give it."""

    chart: str
    path: Path
    sets: list[ValueSet]


@dataclass(slots=True, kw_only=True)
class _Job:
    root: Path
    registry: Registry
    umbrella: Umbrella
    sets: tuple[ValueSet, ...]
    helm: Helm
    space: Path
    found: Collection
    seen: dict[Document, Audited] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.registry.metadata.name

    @property
    def folder(self) -> str:
        return f"charts/{self.name}"

    def run(self, progress: Progress) -> Linted:
        for values in self.sets:
            self.found.add(values.findings, values.name)
        self.found.add(_overlays(self.root, self.registry))
        chart, problems = root_chart(self.umbrella, self.folder)
        self.found.add(problems)
        readable = [values for values in self.sets if not values.unreadable]
        records: dict[str, Record] = {}
        with ThreadPoolExecutor(WORKERS) as pool:
            renders = [(values, pool.submit(self._render, values)) for values in readable]
            lints = self._start_lints(pool, chart, readable)
            total = len(renders) + len(lints)
            for done, (values, render) in enumerate(renders, 1):
                self._audit(values, render.result(), chart, records)
                progress(done, total)
            for done, (copies, lint) in enumerate(lints, len(renders) + 1):
                self._note_lint(copies, lint.result())
                progress(done, total)
        return Linted(
            folder=self.folder,
            diagnostics=self.found.told(),
            value_sets=tuple(values.name for values in self.sets),
            charts=1 + len(self.umbrella.subcharts),
            objects=sum(audited.thing is not None for audited in self.seen.values()),
            records=records,
        )

    def _render(self, values: ValueSet) -> Completed:
        files = [self.root / file for file in values.texts]
        return self.helm.template(self.umbrella.folder, release=self.name, values=files, extra=values.arguments)

    def _start_lints(
        self, pool: ThreadPoolExecutor, chart: RootChart, readable: Sequence[ValueSet]
    ) -> list[tuple[list[_Copy], Future[Completed]]]:
        plain = [_Copy(chart=name, path=self._subchart(name), sets=[self.sets[0]]) for name in chart.subcharts]
        batches = _halves(plain) + _halves(list(self._copies(chart, readable[1:])))
        lints = [(batch, pool.submit(self.helm.lint, [copy.path for copy in batch])) for batch in batches]
        for values in readable:
            files = [self.root / file for file in values.texts]
            copy = _Copy(chart=self.name, path=self.umbrella.folder, sets=[values])
            lints.append(([copy], pool.submit(self.helm.lint, [copy.path], values=files, extra=values.arguments)))
        return lints

    def _copies(self, chart: RootChart, environments: Sequence[ValueSet]) -> Iterator[_Copy]:
        """Every subchart with each environment's slice and `global`; equal values are staged once."""
        made: dict[tuple[str, str], _Copy] = {}
        for values in environments:
            whole = coalesced(mapping(chart.values.get("global")), mapping(values.given.get("global")))
            for name, defaults in chart.subcharts.items():
                slice_ = coalesced(mapping(chart.values.get(name)), mapping(values.given.get(name)))
                text = _as_yaml({**coalesced(defaults, slice_), "global": whole})
                copy = made.get((name, text))
                if copy is None:
                    copy = made[name, text] = _Copy(chart=name, path=self.space / str(len(made)) / name, sets=[])
                    stage(self._subchart(name), copy.path, text)
                copy.sets.append(values)
        yield from made.values()

    def _subchart(self, name: str) -> Path:
        return self.umbrella.folder / "charts" / name

    def _audit(self, values: ValueSet, render: Completed, chart: RootChart, records: dict[str, Record]) -> None:
        if render.code:
            where = places(values, self.name)
            failed = list(rendering_failed(render.stderr, where, where.file("Chart.yaml")))
            if not failed or "Error:" not in render.stderr:
                raise render.error()
            self.found.add(failed, values.name)
            return
        rendered = [(document, self._audited(document)) for document in split(render.stdout)]
        for _, audited in rendered:
            self.found.add(audited.findings, values.name)
        objects = [audited.thing for _, audited in rendered if audited.thing]
        broken = [finding for _, audited in rendered if not audited.thing for finding in audited.findings]
        self.found.add(audit_platform(index(objects, production=values.production), broken), values.name)
        pairs = [(document, audited.thing) for document, audited in rendered]
        records[values.name] = record = estimate(chart, values.given, pairs, release=self.name)
        self.found.add(judge(record, f"{self.folder}/Chart.yaml", values.name))

    def _audited(self, document: Document) -> Audited:
        audited = self.seen.get(document)
        if audited is None:
            audited = self.seen[document] = audit_document(document.text, f"charts/{document.source}")
        return audited

    def _note_lint(self, copies: list[_Copy], lint: Completed) -> None:
        if lint.code and not lint.stdout.strip():
            raise lint.error()
        for values in self.sets if lint.stdout.strip() else ():
            named = {str(copy.path): places(values, self.name, copy.chart) for copy in copies if values in copy.sets}
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


def root_chart(umbrella: Umbrella, folder: str) -> tuple[RootChart, list[Diagnostic]]:
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
