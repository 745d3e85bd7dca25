"""The rows of the policy chart and its proof."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from bench.measure import Run, interleaved
from bench.rows import GROWTH_REPEATS, LARGE, MIB, Bench, Row, shown
from bench.site import Site

ROOT = Path(__file__).parent.parent
DRAWN = (500, 1000, 2000)


def policies(bench: Bench) -> Iterator[Row]:
    """What the policy chart adds to generate, to a render and to the release record."""
    site = bench.site
    places = {"without": site.platform(LARGE), "with": site.platform(LARGE, mesh=True)}

    def generated(place: Path) -> Callable[[], Run]:
        def action() -> Run:
            site.forget(place)
            return site.run_chartgen(place, "generate")

        return action

    def rendered(place: Path) -> Callable[[], Run]:
        chart = str(place / "charts" / f"bench-{LARGE}")
        return lambda: site.run(site.helm, "template", "bench", chart)

    for what, action in (("chartgen generate", generated), ("helm template", rendered)):
        best = interleaved(bench.repeats, {name: action(place) for name, place in places.items()})
        ours, plain = best["with"].seconds, best["without"].seconds
        yield Row(
            what=f"`{what}` of {LARGE:,} services in a mesh, against the same without one",
            figures=f"{shown(ours)} against {shown(plain)}",
            value=ours / plain,
            bar=1.25,
            profile="python -m cProfile -s tottime -m chartgen.cli generate",
        )
    yield _record(site, places["with"])


def _record(site: Site, place: Path) -> Row:
    """Beyond the bar the platform must be told how to cut itself; without such words nothing would be kept."""
    report = json.loads(site.read(*site.chartgen("-C", str(place), "lint", "--format", "json"), fine=(0, 1)))
    size = max(int(entry["bytes"]) for entry in report["result"]["releaseRecord"].values())
    told = bool(report["result"]["cuts"])
    words = "; lint says so, and how to cut the platform into groups" if told else ""
    return Row(
        what=f"estimated release record of {LARGE:,} services in a mesh, of 1 MiB (or `lint` proposes groups)",
        figures=f"{size / 1024:.0f} KiB{words}",
        value=100 * size / MIB,
        bar=100 if told else 75,
        unit="%",
        profile="lint prints the estimate for each set of values",
    )


def proof(bench: Bench) -> Iterator[Row]:
    """`chartgen verify` of what helm has rendered: its time, its memory, and how both grow."""
    site = bench.site
    places = {size: site.compiled(size, mesh=True) for size in DRAWN}
    renders = {size: site.render(place) for size, place in places.items()}

    def verified(size: int) -> Callable[[], Run]:
        return lambda: site.run_chartgen(places[size], "verify", "--rendered", str(renders[size]))

    repeats = min(bench.repeats, GROWTH_REPEATS)
    best = interleaved(repeats, {str(size): verified(size) for size in DRAWN})
    times = [best[str(size)].seconds for size in DRAWN]
    ratios = [after / before for before, after in pairwise(times)]
    profile = "python -m cProfile -s tottime -m chartgen.cli verify --rendered …"
    yield Row(
        what=f"`chartgen verify` of {LARGE:,} services and 3,000 calls, rendered before (fastest of {repeats})",
        figures=f"{renders[LARGE].stat().st_size / 1e6:.1f} MB of manifests",
        value=best[str(LARGE)].seconds,
        bar=5,
        unit="s",
        profile=profile,
    )
    yield Row(
        what="the same: peak memory",
        figures="the largest of its processes",
        value=best[str(LARGE)].peak_kib / 1024,
        bar=500,
        unit="MB",
        profile=profile,
    )
    yield Row(
        what=f"growth of the same, {' → '.join(f'{size:,}' for size in DRAWN)} services",
        figures=f"{', '.join(shown(t) for t in times)}; {', '.join(f'{ratio:.2f}' for ratio in ratios)}",
        value=max(ratios),
        bar=2.2,
        profile=profile,
    )


def answers(bench: Bench) -> Iterator[Row]:
    """`explain` and `diff` on this repository's platform, against the program's start; asked anew, and once more."""
    site = bench.site
    commands = {"explain": ("explain", "api-gateway", "ticket-service"), "diff": ("diff", "HEAD")}

    def asked(words: Sequence[str], *, anew: bool) -> Callable[[], Run]:
        def action() -> Run:
            if anew:
                site.forget_answers()
            return site.run_chartgen(ROOT, *words)

        return action

    actions: dict[str, Callable[[], Run]] = {"help": lambda: site.run(*site.chartgen("--help"))}
    for name, words in commands.items():
        actions |= {f"{name} anew": asked(words, anew=True), name: asked(words, anew=False)}
    best = interleaved(3 * bench.repeats, actions)
    for name in commands:
        for key, when in ((f"{name} anew", "asked anew"), (name, "asked before")):
            yield Row(
                what=f"`chartgen {name}` on the ticketing platform, {when}, against `chartgen --help`",
                figures=f"{shown(best[key].seconds)} against {shown(best['help'].seconds)}",
                value=best[key].seconds / best["help"].seconds,
                bar=3,
                profile=f"python -X importtime -m chartgen.cli {name} …",
            )
