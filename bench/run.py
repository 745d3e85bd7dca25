"""`make bench`: measures every promise, writes docs/bench.md, and ends with 1 when one is not kept."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.cluster import cluster, prepare
from bench.measure import CommandError
from bench.policies import answers, policies, proof
from bench.rows import ROWS as OF_FILES
from bench.rows import Bench, Row
from bench.site import MEMORY, site
from chartgen.errors import ChartgenError
from chartgen.tools.helm import find_helm

REPORT = Path(__file__).parent.parent / "docs" / "bench.md"
ROWS = {**OF_FILES, "policies": policies, "proof": proof, "answers": answers, "cluster": cluster}
QUICK_GROWTH = (125, 250, 500)

HEAD = """\
# Measurements

Written by `make bench` on {date}. Unless a row says otherwise, it is a ratio, and its figures are the fastest of
{repeats} runs; what is compared was run in turn, on {disk}. The platforms come from `bench/platform.py`, by seed. Where
helm installs and upgrades, it does so on a real control plane on the same machine
([tests/cluster](../tests/cluster/README.md)), in namespaces that admit no pods.

Machine: {machine}.

| what | measured | figures | bar | |
|---|---|---|---|---|
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every bar was kept, 1 when one was missed, 3 when a command failed."""
    options = _options(arguments)
    try:
        helm = find_helm()
        names = options.rows or list(ROWS)
        if "cluster" in names:
            prepare([name for name in ROWS if name != "cluster"])
        rows = measure(helm.path, names, quick=options.quick, repeats=options.repeats)
    except (CommandError, ChartgenError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 3
    text = table(rows, helm=".".join(map(str, helm.version)), repeats=options.repeats)
    if options.write:
        REPORT.parent.mkdir(exist_ok=True)
        REPORT.write_text(text, encoding="utf-8")
    missed = [row for row in rows if not row.kept]
    for row in missed:
        print(f"bench: missed: {row.what}: {_value(row)} over {row.bar:g}; look with: {row.profile}", file=sys.stderr)
    return 1 if missed else 0


def measure(helm: str, names: Sequence[str], *, quick: bool, repeats: int) -> list[Row]:
    """The rows of those groups, each printed as it is known."""
    found: list[Row] = []
    with site(helm) as place:
        bench = Bench(site=place, repeats=repeats, **({"growth": QUICK_GROWTH} if quick else {}))
        for name in names:
            for row in ROWS[name](bench):
                print(_line(row), flush=True)
                found.append(row)
    return found


def table(rows: Sequence[Row], *, helm: str, repeats: int) -> str:
    """The page for docs/."""
    head = HEAD.format(
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        repeats=repeats,
        disk="tmpfs" if MEMORY.is_dir() else "the disk",
        machine=machine(helm),
    )
    return head + "".join(_line(row) + "\n" for row in rows)


def machine(helm: str) -> str:
    """What was measured on."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()} {platform.machine()}"
    return f"{cores} cores{_model()}, {memory:.0f} GiB, {system}, Python {platform.python_version()}, helm {helm}"


def _model() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        return ""
    return f" ({found[1].strip()})" if found else ""


def _line(row: Row) -> str:
    bar = f"≤ {row.bar:g} {row.unit}".rstrip()
    return f"| {row.what} | {_value(row)} | {row.figures} | {bar} | {'kept' if row.kept else '**missed**'} |"


def _value(row: Row) -> str:
    return f"{row.value:.{2 if row.value < 10 else 0}f} {row.unit}".rstrip()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__)
    parser.add_argument("rows", nargs="*", choices=[[], *ROWS], help="only these groups of rows")
    parser.add_argument("--quick", action="store_true", help="three repeats and smaller platforms for growth")
    parser.add_argument("--repeats", type=int, default=0)
    parser.add_argument("--write", action="store_true", help=f"write {REPORT.name}")
    options = parser.parse_args(arguments)
    options.repeats = options.repeats or (3 if options.quick else 7)
    return options


if __name__ == "__main__":
    sys.exit(main())
