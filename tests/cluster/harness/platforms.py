"""What is installed: this repository's platform, what `chartgen init` writes, every generate case, every example; each
is a copy."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from chartgen.emit.yaml import dump
from chartgen.engines.engine import Way
from chartgen.registry.model import Registry
from chartgen.registry.service import Service
from chartgen.registry.umbrellas import Umbrella, umbrellas
from chartgen.tools.process import run
from chartgen.workflows import load
from tests.cluster.harness.kube import Space
from tests.cluster.harness.standin import Data, loaded, prerequisites, stand_in

ROOT = Path(__file__).resolve().parents[3]
CASES = ROOT / "tests" / "cases" / "generate"
EXAMPLES = ROOT / "examples"
STAND_IN = os.environ.get("CHARTGEN_STAND_IN", "")
"""The image of every service where pods are real; without one, pods are simulated and may name any image."""
OTHER_TAGS = ("3.12-alpine", "3.11-alpine")
"""Tags for upgrades to another image: the stand-in's repository has them."""


def names() -> Iterator[str]:
    """Every platform that is installed; of one in several releases, each: `<case>:<release>`."""
    yield from ("ticketing", "starter")
    for case in sorted(path.parent for path in CASES.glob("*/registry.yaml")):
        registry = load.run(case).registry
        assert registry is not None
        found = [each for each in umbrellas(registry) if not each.is_policy]
        yield from (case.name,) if len(found) == 1 else (f"{case.name}:{each.name}" for each in found)


NAMES = tuple(names())
LARGE = tuple(sorted(path.parent.name for path in EXAMPLES.glob("*/registry.yaml")))
"""The published systems: they are installed, and no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """A repository with a registry and its charts, in a folder of a test's own; where the platform is several
    releases, one of them."""

    root: Path
    registry: Registry
    warned: frozenset[str]
    """The codes of the warnings that `chartgen validate` gives."""
    release: str = ""

    @property
    def name(self) -> str:
        """The name of the umbrella and of its release: the platform's, where it is one."""
        return self.release or self.registry.metadata.name

    @property
    def own(self) -> Umbrella:
        """The umbrella of the registry that this is about."""
        [own] = [umbrella for umbrella in umbrellas(self.registry) if umbrella.name == self.name]
        return own

    @property
    def services(self) -> tuple[Service, ...]:
        """The services of the umbrella."""
        return self.own.services

    @property
    def workloads(self) -> tuple[Service, ...]:
        """What its charts run by default: its services, and its datastores that are builtin."""
        stores = (store.workload for store in self.own.datastores if store.default is Way.BUILTIN)
        return (*self.services, *stores)

    @property
    def chart(self) -> Path:
        """The umbrella chart."""
        return self.root / "charts" / self.name

    @property
    def restricted(self) -> bool:
        """Whether its pods meet Pod Security restricted: chartgen warns (CG403) of each that does not."""
        return "CG403" not in self.warned

    @property
    def environments(self) -> list[str]:
        """The names of the environments."""
        return [environment.name for environment in self.registry.environments]

    def values(self, environment: str) -> tuple[Path, Path]:
        """The values files of an environment, in the order in which helm takes them."""
        folder = self.root / "values" / environment
        return folder / "values.yaml", folder / "release.yaml"

    def prepare(self, space: Space) -> None:
        """Creates what the registry presumes in the namespace: claims, Secrets and ConfigMaps of other people's."""
        needed = prerequisites(loaded((self.root / "registry.yaml").read_text(encoding="utf-8")))
        if needed:
            space.apply(needed)

    def service(self, name: str) -> Service:
        """The service of that name."""
        [found] = [service for service in self.registry.services if service.name == name]
        return found

    def changed(self, change: Callable[[Edit], None]) -> Platform:
        """The same platform in the same folder after an edit of its registry and `chartgen generate`."""
        path = self.root / "registry.yaml"
        edit = Edit(data=loaded(path.read_text(encoding="utf-8")))
        change(edit)
        path.write_text(dump(edit.data), encoding="utf-8")
        return replace(opened(self.root), release=self.release)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A registry being edited: plain data, in which text stays text."""

    data: Data

    def service(self, name: str) -> Data:
        """The entry of that service."""
        found: list[Data] = [service for service in self.data["services"] if service["name"] == name]
        return found[0]

    def put(self, service: str, key: str, value: object) -> None:
        """Sets a field of a service; None takes it out."""
        _put(self.service(service), key, value)

    def put_in(self, service: str, field: str, key: str, value: object) -> None:
        """Sets an entry of a field of a service that is a map, such as `env` or `files`; None takes it out."""
        _put(self.service(service).setdefault(field, {}), key, value)

    def add_dependency(self, service: str, dependency: object) -> None:
        """Declares one more call of a service."""
        self.service(service).setdefault("dependencies", []).append(dependency)

    def metadata(self, key: str) -> str:
        """A field of the platform's metadata; empty when it is not set."""
        return str(self.data["metadata"].get(key, ""))

    def put_metadata(self, key: str, value: object) -> None:
        """Sets a field of the platform's metadata."""
        _put(self.data["metadata"], key, value)


def _put(holder: Data, key: str, value: object) -> None:
    holder.pop(key, None)
    if value is not None:
        holder[key] = value


def copied(name: str, folder: Path) -> Platform:
    """A fresh copy of the platform of that name, with charts and values as chartgen writes them."""
    name, _, release = name.partition(":")
    root = folder / name
    if name == "starter":
        _chartgen("-C", str(folder), "init", name)
        return written((root / "registry.yaml").read_text(encoding="utf-8"), root) if STAND_IN else opened(root)
    if name == "ticketing":
        shutil.copytree(ROOT / "values", root / "values")
    home = {"ticketing": ROOT, **{large: EXAMPLES / large for large in LARGE}}.get(name, CASES / name)
    return replace(written(whole(home), root), release=release)


def whole(home: Path) -> str:
    """The registry of that folder, with all that it includes, in one file."""
    sources = load.run(home).sources
    assert sources is not None
    if not sources.homes:
        return (home / "registry.yaml").read_text(encoding="utf-8")
    return dump({key: value for key, value in sources.data.items() if key != "include"})


def written(text: str, folder: Path) -> Platform:
    """A platform with that registry, or with its stand-in where pods are real."""
    folder.mkdir(parents=True, exist_ok=True)
    runnable = dump(stand_in(loaded(text), STAND_IN)) if STAND_IN else text
    (folder / "registry.yaml").write_text(runnable, encoding="utf-8")
    return opened(folder)


def opened(root: Path) -> Platform:
    """The platform of that folder, compiled by the installed command."""
    _chartgen("-C", str(root), "generate")
    result = load.run(root)
    assert result.registry is not None, result.diagnostics
    return Platform(
        root=root,
        registry=result.registry,
        warned=frozenset(diagnostic.code for diagnostic in result.diagnostics),
    )


def _chartgen(*arguments: str) -> None:
    done = run([str(Path(sys.executable).with_name("chartgen")), *arguments])
    assert not done.code, done.error()


def objects(manifest: str) -> Iterable[Any]:
    """The objects of a manifest."""
    return [thing for thing in yaml.safe_load_all(manifest) if thing]
