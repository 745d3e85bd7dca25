"""The rows of the table: each measures one promise and says whether it was kept."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from bench.measure import Run, interleaved
from bench.site import ENVIRONMENTS, Site

LARGE, MIDDLE = 1000, 400
GROWTH = (250, 500, 1000, 2000)
GROWTH_REPEATS = 3
"""Growth takes the longest by far, and its ratios hardly move."""
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table: what was measured, the figures behind it, the ratio (or size), and the bar it must not
    pass. `profile`: the command that shows where the time goes."""

    what: str
    figures: str
    value: float
    bar: float
    unit: str = ""
    profile: str = ""

    @property
    def kept(self) -> bool:
        """Whether the bar was kept."""
        return self.value <= self.bar


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What the rows share."""

    site: Site
    repeats: int
    growth: tuple[int, ...] = GROWTH


def generate(bench: Bench) -> Iterator[Row]:
    """Cold against `cp -r` of the tree, its memory, and a second run against the first."""
    site, place, copy = bench.site, bench.site.platform(LARGE), bench.site.base / "copy"

    def cold() -> Run:
        site.forget(place)
        return site.run_chartgen(place, "generate")

    def copied() -> Run:
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        return site.run("cp", "-r", str(place / "charts"), str(place / "values"), str(copy))

    actions = {"cold": cold, "again": lambda: site.run_chartgen(place, "generate"), "cp": copied}
    best = interleaved(bench.repeats, actions)
    shutil.rmtree(copy)
    cold_s, again_s, cp_s = (best[name].seconds for name in actions)
    profile = "python -m cProfile -s tottime -m chartgen.cli generate"
    yield Row(
        what=f"`chartgen generate` of {LARGE:,} services, cold, against `cp -r` of the tree it writes",
        figures=f"{shown(cold_s)} against {shown(cp_s)}; {_files(place):,} files",
        value=cold_s / cp_s,
        bar=4,
        profile=profile,
    )
    yield Row(
        what="the same: peak memory",
        figures="the largest of its processes",
        value=best["cold"].peak_kib / 1024,
        bar=400,
        unit="MB",
        profile="python -X tracemalloc -m chartgen.cli generate",
    )
    yield Row(
        what="the same, nothing changed, against the cold run",
        figures=f"{shown(again_s)} against {shown(cold_s)}",
        value=again_s / cold_s,
        bar=0.5,
        profile=profile,
    )


def template(bench: Bench) -> Iterator[Row]:
    """Rendering per object, against subcharts as `helm create` makes them."""
    site = bench.site
    charts = {"ours": site.umbrella(LARGE), "peer": site.peer(LARGE)}
    counts = {name: _objects(_rendered(site, chart)) for name, chart in charts.items()}
    best = interleaved(bench.repeats, {name: _templating(site, chart) for name, chart in charts.items()})
    each = {name: best[name].seconds / counts[name] for name in charts}
    figures = ", against ".join(
        f"{each[n] * 1e6:.0f} µs ({shown(best[n].seconds)}, {counts[n]:,} objects)" for n in charts
    )
    yield Row(
        what=f"`helm template`, {LARGE:,} services, per object, against {LARGE:,} subcharts of `helm create`",
        figures=figures,
        value=each["ours"] / each["peer"],
        bar=1,
        profile="helm template with and without values.schema.json: compiling the schemas is a third",
    )


def growth(bench: Bench) -> Iterator[Row]:
    """How generate, template and lint grow when a platform doubles."""
    site = bench.site

    def generated(place: Path) -> Callable[[], Run]:
        def action() -> Run:
            site.forget(place)
            return site.run_chartgen(place, "generate")

        return action

    places = {size: site.compiled(size) for size in bench.growth}
    commands: dict[str, dict[str, Callable[[], Run]]] = {
        "chartgen generate": {str(size): generated(place) for size, place in places.items()},
        "helm template": {str(size): _templating(site, site.umbrella(size)) for size in places},
        "chartgen lint": {str(size): _linting(site, place) for size, place in places.items()},
    }
    for command, actions in commands.items():
        best = interleaved(min(bench.repeats, GROWTH_REPEATS), actions)
        times = [best[str(size)].seconds for size in bench.growth]
        ratios = [after / before for before, after in pairwise(times)]
        sizes = " → ".join(f"{size:,}" for size in bench.growth)
        yield Row(
            what=f"growth of `{command}`, {sizes} services (fastest of {min(bench.repeats, GROWTH_REPEATS)})",
            figures=f"{', '.join(shown(t) for t in times)}; {', '.join(f'{ratio:.2f}' for ratio in ratios)}",
            value=max(ratios),
            bar=2.2,
            profile=f"the same at {bench.growth[-1]:,} under cProfile or perf",
        )


def lint(bench: Bench) -> Iterator[Row]:
    """chartgen's lint against helm's, once for each set of values."""
    site, place = bench.site, bench.site.compiled(MIDDLE)
    chart = str(site.umbrella(MIDDLE))
    actions = {
        "ours": _linting(site, place),
        "helm": lambda: site.run(site.helm, "lint", "--strict", "--with-subcharts", "--quiet", chart),
    }
    best = interleaved(bench.repeats, actions)
    sets = 1 + len(ENVIRONMENTS)
    theirs = best["helm"].seconds * sets
    yield Row(
        what=f"`chartgen lint`, {MIDDLE} services, against `helm lint --strict --with-subcharts`, {sets} sets",
        figures=f"{shown(best['ours'].seconds)} against {sets} times {shown(best['helm'].seconds)}",
        value=best["ours"].seconds / theirs,
        bar=1,
        profile="python -m cProfile -s cumtime -m chartgen.cli lint",
    )


def start(bench: Bench) -> Iterator[Row]:
    """How long the program takes to say anything."""
    site = bench.site
    actions = {
        "help": lambda: site.run(*site.chartgen("--help")),
        "click": lambda: site.run(sys.executable, "-c", "import click"),
    }
    best = interleaved(3 * bench.repeats, actions)
    yield Row(
        what='`chartgen --help` against `python -c "import click"`',
        figures=f"{shown(best['help'].seconds)} against {shown(best['click'].seconds)}",
        value=best["help"].seconds / best["click"].seconds,
        bar=3,
        profile="python -X importtime -m chartgen.cli --help",
    )


def record(bench: Bench) -> Iterator[Row]:
    """The release record that helm would store, as `chartgen lint` estimates it."""
    site, place = bench.site, bench.site.compiled(LARGE)
    report = json.loads(site.read(*site.chartgen("-C", str(place), "lint", "--format", "json")))
    size = max(int(entry["bytes"]) for entry in report["result"]["releaseRecord"].values())
    yield Row(
        what=f"estimated release record at {LARGE:,} services, of 1 MiB",
        figures=f"{size / 1024:.0f} KiB",
        value=100 * size / MIB,
        bar=60,
        unit="%",
        profile="lint prints the estimate for each set of values",
    )


ROWS: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "generate": generate,
    "template": template,
    "growth": growth,
    "lint": lint,
    "start": start,
    "record": record,
}


def _linting(site: Site, place: Path) -> Callable[[], Run]:
    """Findings are a result too: 2,000 services are beyond what one release record can hold, and lint says so."""
    return lambda: site.run_chartgen(place, "lint", fine=(0, 1))


def _templating(site: Site, chart: Path) -> Callable[[], Run]:
    return lambda: site.run(site.helm, "template", "bench", str(chart))


def _rendered(site: Site, chart: Path) -> str:
    return site.read(site.helm, "template", "bench", str(chart))


def _objects(rendered: str) -> int:
    return sum(line.startswith("kind: ") for line in rendered.splitlines())


def _files(place: Path) -> int:
    return sum(path.is_file() for path in place.rglob("*"))


def shown(seconds: float) -> str:
    """A time for people."""
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"
