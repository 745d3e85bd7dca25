"""What is installed: this repository's platform, what `chartgen init` writes, and every generate case, each a copy."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from chartgen.registry.model import Registry, Service
from chartgen.registry.pod import ExistingClaim
from chartgen.tools.process import run
from chartgen.workflows import load
from tests.cluster.harness import yaml_nodes
from tests.cluster.harness.kube import Space

ROOT = Path(__file__).resolve().parents[3]
CASES = ROOT / "tests" / "cases" / "generate"
NAMES = ("ticketing", "starter", *sorted(path.parent.name for path in CASES.glob("*/registry.yaml")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """A repository with a registry and its charts, in a folder of a test's own."""

    root: Path
    registry: Registry
    warned: frozenset[str]
    """The codes of the warnings that `chartgen validate` gives."""

    @property
    def name(self) -> str:
        """The platform's name, which is its umbrella's and its release's."""
        return self.registry.metadata.name

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
        """Creates the claims that the registry says exist already."""
        sources = [volume.source for service in self.registry.services for volume in service.volumes]
        names = {source.name for source in sources if isinstance(source, ExistingClaim)}
        if names:
            space.apply(_claim(name) for name in sorted(names))

    def service(self, name: str) -> Service:
        """The service of that name."""
        [found] = [service for service in self.registry.services if service.name == name]
        return found

    def changed(self, change: Callable[[Edit], None]) -> Platform:
        """The same platform in the same folder after an edit of its registry and `chartgen generate`."""
        path = self.root / "registry.yaml"
        edit = Edit(root=yaml_nodes.loaded(path.read_text(encoding="utf-8")))
        change(edit)
        path.write_text(yaml_nodes.written(edit.root), encoding="utf-8")
        return opened(self.root)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A registry being edited; values are plain data."""

    root: yaml.MappingNode

    def service(self, name: str) -> yaml.MappingNode:
        """The node of that service."""
        for node in yaml_nodes.read(self.root, "services").value:
            if yaml_nodes.read(node, "name").value == name:
                assert isinstance(node, yaml.MappingNode)
                return node
        raise AssertionError(f"no service {name}")

    def put(self, service: str, key: str, value: object) -> None:
        """Sets a field of a service; None takes it out."""
        yaml_nodes.put(self.service(service), key, value)

    def put_in(self, service: str, field: str, key: str, value: object) -> None:
        """Sets an entry of a field of a service that is a map, such as `env` or `files`."""
        node = self.service(service)
        if yaml_nodes.read(node, field) is None:
            yaml_nodes.put(node, field, {})
        yaml_nodes.put(yaml_nodes.read(node, field), key, value)

    def add_dependency(self, service: str, dependency: object) -> None:
        """Declares one more call of a service."""
        node = self.service(service)
        if yaml_nodes.read(node, "dependencies") is None:
            yaml_nodes.put(node, "dependencies", [])
        holder = yaml_nodes.loaded(yaml.safe_dump({"added": dependency}))
        yaml_nodes.read(node, "dependencies").value.append(yaml_nodes.read(holder, "added"))

    def put_metadata(self, key: str, value: object) -> None:
        """Sets a field of the platform's metadata."""
        yaml_nodes.put(yaml_nodes.read(self.root, "metadata"), key, value)


def copied(name: str, folder: Path) -> Platform:
    """A fresh copy of the platform of that name, with charts and values as chartgen writes them."""
    root = folder / name
    if name == "starter":
        _chartgen("-C", str(folder), "init", name)
    else:
        root.mkdir()
        shutil.copy2(_home(name) / "registry.yaml", root)
    if name == "ticketing":
        shutil.copytree(ROOT / "values", root / "values")
    return opened(root)


def written(text: str, folder: Path) -> Platform:
    """A platform with that registry."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "registry.yaml").write_text(text, encoding="utf-8")
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


def _claim(name: str) -> Any:
    spec = {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "1Gi"}}}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}


def _home(name: str) -> Path:
    return ROOT if name == "ticketing" else CASES / name


def _chartgen(*arguments: str) -> None:
    done = run([str(Path(sys.executable).with_name("chartgen")), *arguments])
    assert not done.code, done.error()


def objects(manifest: str) -> Iterable[Any]:
    """The objects of a manifest."""
    return [thing for thing in yaml.safe_load_all(manifest) if thing]
