"""Where the measurements happen: a folder on tmpfs with platforms, their compiled trees, and helm's own charts."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.measure import Run, output, timed
from bench.platform import registry

MEMORY = Path("/dev/shm")
ENVIRONMENTS = ("dev", "prod")
"""As bench.platform declares them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A scratch folder, the helm to measure with, and how chartgen is started."""

    base: Path
    helm: str
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        """The environment of every measured command: this one's, but a cache of the site's own, and what is extra. As
        where chartgen is installed, its modules are compiled once, whatever this environment thinks of that."""
        ours = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return {
            **ours,
            "PYTHONPYCACHEPREFIX": str(self.base / "compiled"),
            "XDG_CACHE_HOME": str(self.base / "cache"),
            "CHARTGEN_HELM": self.helm,
            "LC_ALL": "C.UTF-8",
            **self.extra,
        }

    def chartgen(self, *arguments: str) -> list[str]:
        """The argv of the installed command."""
        return [str(Path(sys.executable).with_name("chartgen")), *arguments]

    def run(self, *argv: str, fine: Sequence[int] = (0,)) -> Run:
        """A timed command that ends with one of those exit codes."""
        return timed(argv, cwd=self.base, env=self.env, fine=fine)

    def run_chartgen(self, place: Path, *arguments: str, fine: Sequence[int] = (0,)) -> Run:
        """A timed chartgen command in that repository."""
        return self.run(*self.chartgen("-C", str(place), *arguments), fine=fine)

    def read(self, *argv: str, fine: Sequence[int] = (0,)) -> str:
        """What an untimed command prints, which ends with one of those exit codes."""
        return output(argv, cwd=self.base, env=self.env, fine=fine)

    def platform(self, size: int, *, mesh: bool = False) -> Path:
        """A repository with the registry of a platform of that size, and nothing else."""
        place = self.base / f"{'mesh' if mesh else 'platform'}-{size}"
        if not place.exists():
            place.mkdir()
            (place / "registry.yaml").write_text(registry(size, mesh=mesh), encoding="utf-8")
        return place

    def compiled(self, size: int, *, mesh: bool = False) -> Path:
        """That repository with its charts."""
        place = self.platform(size, mesh=mesh)
        if not (place / "charts").exists():
            self.run_chartgen(place, "generate")
        return place

    def render(self, place: Path) -> Path:
        """A file with what helm makes of the only umbrella there."""
        [chart] = (place / "charts").glob("*/")
        file = place / "rendered.yaml"
        text = self.read(self.helm, "template", chart.name, str(chart))
        file.write_text(text, encoding="utf-8")
        return file

    def umbrella(self, size: int) -> Path:
        """The compiled umbrella chart of a platform of that size."""
        return self.compiled(size) / "charts" / f"bench-{size}"

    def forget(self, place: Path) -> None:
        """Takes away what chartgen wrote there, and its cache: the next run is a cold one."""
        for name in ("charts", "values"):
            shutil.rmtree(place / name, ignore_errors=True)
        self.forget_answers()

    def forget_answers(self) -> None:
        """Takes away what chartgen remembers of former runs."""
        shutil.rmtree(self.base / "cache", ignore_errors=True)

    def peer(self, size: int) -> Path:
        """An umbrella of as many subcharts as `helm create` makes them."""
        place = self.base / f"peer-{size}"
        if place.exists():
            return place
        self.read(self.helm, "create", str(self.base / "peerchart"))
        source = {
            path.relative_to(self.base / "peerchart"): path.read_text(encoding="utf-8")
            for path in (self.base / "peerchart").rglob("*")
            if path.is_file()
        }
        names = [f"peer{number:05d}" for number in range(size)]
        for name in names:
            for path, text in source.items():
                target = place / "charts" / name / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text.replace("peerchart", name), encoding="utf-8")
        listed = "".join(f"  - name: {name}\n    version: 0.1.0\n" for name in names)
        head = "apiVersion: v2\nname: peer\ndescription: As helm create makes them\nversion: 0.1.0\ndependencies:\n"
        (place / "Chart.yaml").write_text(head + listed, encoding="utf-8")
        return place


@contextmanager
def site(helm: str) -> Iterator[Site]:
    """A site on tmpfs where there is one, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="chartgen-bench-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Site(base=Path(folder), helm=helm)
