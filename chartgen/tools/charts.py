"""An umbrella chart on disk: reading it, and staging copies of its subcharts with other values."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_OWN = frozenset({"Chart.yaml", "Chart.lock", "values.yaml", "values.schema.json"})


@dataclass(frozen=True, slots=True, kw_only=True)
class UmbrellaFiles:
    """An umbrella's bytes: its own files (templates and others by path in it), its subcharts' values by name."""

    folder: Path
    metadata: bytes
    values: bytes
    schema: bytes
    templates: Mapping[str, bytes]
    files: Mapping[str, bytes]
    subcharts: Mapping[str, bytes]


def read_umbrella(folder: Path) -> UmbrellaFiles | None:
    """The umbrella in that folder, None when there is no Chart.yaml."""
    if not (folder / "Chart.yaml").is_file():
        return None
    own = {str(path.relative_to(folder)): path for path in _own_files(folder)}
    return UmbrellaFiles(
        folder=folder,
        metadata=own["Chart.yaml"].read_bytes(),
        values=_bytes(folder / "values.yaml"),
        schema=_bytes(folder / "values.schema.json"),
        templates={name: path.read_bytes() for name, path in own.items() if name.startswith("templates/")},
        files={
            name: path.read_bytes()
            for name, path in own.items()
            if not name.startswith("templates/") and name not in _OWN
        },
        subcharts={
            path.name: _bytes(path / "values.yaml")
            for path in sorted((folder / "charts").glob("*"))
            if (path / "Chart.yaml").is_file()
        },
    )


def stage(chart: Path, into: Path, values: str) -> None:
    """Makes `into` the chart with these values: links to all its files but values.yaml."""
    into.mkdir(parents=True)
    for entry in os.scandir(chart):
        if entry.name != "values.yaml":
            os.symlink(os.path.abspath(entry.path), into / entry.name)
    (into / "values.yaml").write_text(values, encoding="utf-8")


def _own_files(folder: Path) -> list[Path]:
    found = [path for path in folder.iterdir() if path.is_file()]
    return sorted([*found, *(path for path in (folder / "templates").rglob("*") if path.is_file())])


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""
