"""The rows of releases on a real control plane: the size of the record, and how long helm takes."""

from __future__ import annotations

import base64
import json
import math
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.measure import CommandError, Run, interleaved
from bench.rows import Bench, Row, shown
from bench.site import Site
from chartgen.errors import ToolError
from scripts.cluster import passing
from scripts.control_plane import programs

MIDDLE, LARGE = 100, 300
SIZES = (10, MIDDLE, LARGE)
REPEATS = 2
PATIENCE = 120
PROFILE = "make cluster, and helm --debug with its kubeconfig"


def prepare(others: Sequence[str]) -> None:
    """Builds the control plane's programs unless they are there: nobody should wait for rows that cannot come. `others`
    can be measured without."""
    try:
        programs()
    except ToolError as error:
        if shutil.which("go"):
            raise
        raise ToolError(
            "the rows of `cluster` need a control plane, which Go builds, and PATH has no Go; install Go 1.26 or"
            f" later, or measure the other rows: `python -m bench.run {' '.join(others)}`"
        ) from error


def cluster(bench: Bench) -> Iterator[Row]:
    """Installs platforms and their peer, one after the other, and upgrades them to what they are."""
    with passing() as running:
        site = replace(bench.site, extra={"KUBECONFIG": str(running.kubeconfig)})
        ours = {
            size: Release(site=site, kubectl=running.kubectl, name=f"bench-{size}", chart=site.umbrella(size))
            for size in SIZES
        }
        peer = Release(site=site, kubectl=running.kubectl, name="peer", chart=site.peer(LARGE))
        releases = [*ours.values(), peer]
        installs = interleaved(1, {release.name: release.install for release in releases})
        yield _record(site, ours)
        for release in releases:
            release.settle()
        upgrades = interleaved(REPEATS, {release.name: release.upgrade for release in releases})
        yield _against_peer("`helm install` (once)", installs, ours, peer, bar=1)
        upgrade = f"`helm upgrade` that changes nothing (fastest of {REPEATS})"
        yield _against_peer(upgrade, upgrades, ours, peer, bar=1.5)
        yield _growth(upgrade, [upgrades[ours[size].name].seconds for size in SIZES])


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A chart, installed in the namespace of its name. Its quota admits no pod: a thousand of them would be measured
    rather than helm."""

    site: Site
    kubectl: Path
    name: str
    chart: Path

    def install(self) -> Run:
        """How long `helm install` takes."""
        kubectl = str(self.kubectl)
        self.site.read(kubectl, "create", "namespace", self.name)
        self.site.read(kubectl, "create", "quota", "no-pods", "--hard=pods=0", "--namespace", self.name)
        return self.site.run(self.site.helm, "install", self.name, str(self.chart), "--namespace", self.name)

    def upgrade(self) -> Run:
        """How long an upgrade to what is installed takes."""
        return self.site.run(self.site.helm, "upgrade", self.name, str(self.chart), "--namespace", self.name)

    def objects(self) -> int:
        """How many objects it has."""
        manifest = self.site.read(self.site.helm, "get", "manifest", self.name, "--namespace", self.name)
        return sum(line.startswith("kind: ") for line in manifest.splitlines())

    def record(self) -> int:
        """The size of its Secret's data, which may not be more than 1 MiB."""
        [secret] = self._get("secret", f"sh.helm.release.v1.{self.name}.v1")
        return len(base64.b64decode(secret["data"]["release"]))

    def settle(self) -> None:
        """Waits until each autoscaler wants its least number of pods: then nothing is in motion."""
        deadline = time.monotonic() + PATIENCE
        while not all(_stands(scaler) for scaler in self._get("horizontalpodautoscalers")):
            if time.monotonic() > deadline:
                raise CommandError(f"the autoscalers of {self.name} want too few pods after {PATIENCE} s")
            time.sleep(1)

    def _get(self, *what: str) -> list[Any]:
        answer = json.loads(self.site.read(str(self.kubectl), "--namespace", self.name, "get", *what, "-o", "json"))
        return list(answer["items"]) if answer["kind"] == "List" else [answer]


def _stands(scaler: Any) -> bool:
    return bool(scaler["status"].get("desiredReplicas", 0) >= scaler["spec"]["minReplicas"])


def _record(site: Site, ours: dict[int, Release]) -> Row:
    """The Secrets' sizes against the estimates."""
    real = {size: release.record() for size, release in ours.items()}
    guessed = {size: _estimate(site, size) for size in ours}
    return Row(
        what=f"release record of {_sizes()} services: the Secret on the API server against what `chartgen lint` says",
        figures=", ".join(f"{real[size]:,} bytes against {guessed[size]:,}" for size in ours),
        value=max(100 * abs(guessed[size] / real[size] - 1) for size in ours),
        bar=10,
        unit="%",
        profile="chartgen/audit/record.py against `helm get all`",
    )


def _estimate(site: Site, size: int) -> int:
    report = site.read(*site.chartgen("-C", str(site.compiled(size)), "lint", "--env", "dev", "--format", "json"))
    return int(json.loads(report)["result"]["releaseRecord"]["the defaults"]["bytes"])


def _against_peer(command: str, times: dict[str, Run], ours: dict[int, Release], peer: Release, *, bar: float) -> Row:
    """How long an object takes, of our largest and of the peer's, which are of fewer kinds."""
    both = {release.name: (times[release.name].seconds, release.objects()) for release in (ours[LARGE], peer)}
    smaller = ", ".join(f"{size} services {shown(times[ours[size].name].seconds)}" for size in SIZES[:-1])
    (our_seconds, our_objects), (peer_seconds, peer_objects) = both.values()
    return Row(
        what=f"{command}, {LARGE} services, per object, against {LARGE} subcharts of `helm create`",
        figures=", against ".join(
            f"{shown(seconds / objects)} ({shown(seconds)}, {objects:,} objects)" for seconds, objects in both.values()
        )
        + f"; {smaller}",
        value=(our_seconds / our_objects) / (peer_seconds / peer_objects),
        bar=bar,
        profile=PROFILE,
    )


def _growth(command: str, seconds: list[float]) -> Row:
    """How the time grows from the second size to the third, as if each step were a doubling."""
    _, middle, large = seconds
    return Row(
        what=f"growth of {command}, {MIDDLE} → {LARGE} services, for each doubling",
        figures=f"{', '.join(map(shown, seconds))} for {_sizes()} services",
        value=(large / middle) ** (1 / math.log2(LARGE / MIDDLE)),
        bar=2.2,
        profile=PROFILE,
    )


def _sizes() -> str:
    return ", ".join(map(str, SIZES))
