"""The real helms on every tests/cases/generate/<name>."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from chartgen import emit
from chartgen.audit.objects import Rendered, read, split
from chartgen.engines.engine import Way
from chartgen.registry import compile_registry
from chartgen.registry.umbrellas import Umbrella, umbrellas
from chartgen.workflows import load

if TYPE_CHECKING:
    from chartgen.registry.model import Registry
    from chartgen.registry.service import Service
    from chartgen.tools.helm import Helm

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "tests" / "cases" / "generate"
NAMES = sorted(path.parent.name for path in CASES.glob("*/registry.yaml"))
RELEASE = "here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """A case, compiled and written: its registry, its folder and its umbrella, or one of several."""

    root: Path
    registry: Registry
    release: str = ""

    @property
    def own(self) -> Umbrella:
        """The umbrella of the registry that this is about."""
        name = self.release or self.registry.metadata.name
        [own] = [umbrella for umbrella in umbrellas(self.registry) if umbrella.name == name]
        return own

    @property
    def umbrella(self) -> Path:
        """Its chart."""
        return self.root / self.own.folder

    @property
    def workloads(self) -> list[Service]:
        """What its charts run by default: services, and datastores that are builtin."""
        return [*self.own.services, *(s.workload for s in self.own.datastores if s.default is Way.BUILTIN)]

    def render(self, helm: Helm, *settings: str, values: tuple[Path, ...] = ()) -> list[Rendered]:
        """The objects that helm renders from the umbrella with these `--set`s; fails with helm's words."""
        return objects(rendered(helm, self.umbrella, *settings, values=values))


def rendered(helm: Helm, chart: Path, *settings: str, values: tuple[Path, ...] = (), release: str = RELEASE) -> str:
    """What helm renders from a chart; fails with helm's words."""
    extra = [part for setting in settings for part in ("--set", setting)]
    done = helm.template(chart, release=release, values=values, extra=extra)
    assert not done.code, done.stderr
    return done.stdout


def objects(text: str) -> list[Rendered]:
    """The objects in helm's output."""
    found = [read(document.text, document.source) for document in split(text)]
    assert not [problem for _, problems in found for problem in problems]
    return [thing for thing, _ in found if thing]


def write(registry: Registry, root: Path) -> Platform:
    """The registry's charts and first values files, below `root`."""
    files: dict[str, Any] = dict(emit.platform(registry))
    for environment in registry.environments:
        files |= emit.values(environment, registry)
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return Platform(root=root, registry=registry)


@cache
def registry_of(case: str) -> Registry:
    """The compiled registry of a case."""
    loaded = load.run(CASES / case)
    assert loaded.registry is not None, loaded.diagnostics
    return loaded.registry


def compiled(services: str) -> Registry:
    """A registry of these services (the items of a flow list in YAML) with the environment `dev`."""
    head = "apiVersion: chartgen.dev/v1\nkind: ServiceRegistry\nmetadata: {name: shop, version: 1.0.0}\n"
    text = f"{head}environments: [{{name: dev}}]\nservices: [{services}]"
    result = compile_registry("registry.yaml", text.encode(), lambda _path: None)
    assert result.registry is not None, result.diagnostics
    return result.registry


def releases() -> list[tuple[str, str]]:
    """Each case with each of its umbrellas."""
    return [(case, umbrella.name) for case in NAMES for umbrella in umbrellas(registry_of(case))]


@pytest.fixture(scope="session", params=releases(), ids=":".join)
def platform(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Platform:
    case, release = request.param
    return replace(write(registry_of(case), tmp_path_factory.mktemp(case)), release=release)


@dataclass(frozen=True, slots=True, kw_only=True)
class Objects:
    """Rendered objects, to look up by kind and name."""

    found: list[Rendered]

    def all(self, kind: str) -> list[Any]:
        """Every object of a kind."""
        return [thing.data for thing in self.found if thing.kind == kind]

    def names(self, kind: str) -> list[str]:
        """The names of a kind."""
        return [thing.name for thing in self.found if thing.kind == kind]

    def get(self, kind: str, name: str) -> Any:
        """The one object of that kind and name."""
        [data] = [thing.data for thing in self.found if (thing.kind, thing.name) == (kind, name)]
        return data


@pytest.fixture(scope="session")
def ticketing_platform(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    loaded = load.run(ROOT)
    assert loaded.registry is not None, loaded.diagnostics
    return write(loaded.registry, tmp_path_factory.mktemp("ticketing"))


@pytest.fixture(scope="session")
def ticketing(ticketing_platform: Platform, helm: Helm) -> Objects:
    return Objects(found=ticketing_platform.render(helm))


@pytest.fixture(scope="session")
def ticketing_chart(ticketing_platform: Platform) -> Any:
    return yaml.safe_load((ticketing_platform.umbrella / "Chart.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory, helm: Helm) -> Objects:
    return Objects(found=write(registry_of("hostile"), tmp_path_factory.mktemp("hostile")).render(helm))
