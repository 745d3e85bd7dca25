"""Volumes and config files of the model."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chartgen.registry.pod import (
    Claim,
    ConfigVolume,
    EmptyDir,
    ExistingClaim,
    File,
    HostPath,
    SecretVolume,
    Volume,
    VolumeSource,
)

ReadFile = Callable[[str], bytes | None]
_UNFIT_FOR_KEY = re.compile(r"[^-._a-zA-Z0-9]")


def build_volumes(volumes: Sequence[Mapping[str, Any]]) -> tuple[Volume, ...]:
    """The volumes, sorted by name."""
    built = [Volume(name=volume["name"], source=_source(volume)) for volume in volumes]
    return tuple(sorted(built, key=lambda volume: volume.name))


def _source(volume: Mapping[str, Any]) -> VolumeSource:
    kind = next(kind for kind in _SOURCES if kind in volume)
    return _SOURCES[kind](volume[kind])


def _empty_dir(data: Mapping[str, Any]) -> EmptyDir:
    return EmptyDir(memory=data.get("memory", False), size_limit=str(data.get("sizeLimit", "")))


def _claim(data: Mapping[str, Any]) -> Claim:
    access = data.get("access", "ReadWriteOnce")
    return Claim(size=str(data["size"]), storage_class=data.get("class", ""), access=access)


_SOURCES: dict[str, Callable[[Any], VolumeSource]] = {
    "emptyDir": _empty_dir,
    "claim": _claim,
    "existingClaim": lambda name: ExistingClaim(name=name),
    "hostPath": lambda data: HostPath(path=data["path"], type=data.get("type", "")),
    "secret": lambda data: SecretVolume(**_projection(data)),
    "config": lambda data: ConfigVolume(**_projection(data)),
}


def _projection(data: Mapping[str, Any]) -> dict[str, Any]:
    """What volumes of a Secret and of a ConfigMap have in common; `items` are sorted by key."""
    return {
        "name": data["name"],
        "optional": data.get("optional", False),
        "items": tuple(sorted(data.get("items", {}).items())),
        "default_mode": int(data["defaultMode"], 8) if "defaultMode" in data else None,
    }


def build_files(files: Mapping[str, Any], read_file: ReadFile) -> tuple[File, ...]:
    """The config files, sorted by path; a body that cannot be read is empty (the checks report it)."""
    if not files:
        return ()
    keys = file_keys(files)
    return tuple(File(path=path, key=keys[path], body=_body(files[path], read_file)) for path in sorted(files))


def file_keys(paths: Mapping[str, Any]) -> dict[str, str]:
    """Path → key of the ConfigMap: the base name where that is unique, else the whole path with `-` for `/`."""
    bases = Counter(posixpath.basename(path) for path in paths)
    return {path: _key(path, unique=bases[posixpath.basename(path)] == 1) for path in paths}


def _key(path: str, *, unique: bool) -> str:
    return _UNFIT_FOR_KEY.sub("-", posixpath.basename(path) if unique else path.strip("/"))


def _body(source: str | Mapping[str, Any], read_file: ReadFile) -> str:
    if isinstance(source, str):
        return source
    return (read_file(source["file"]) or b"").decode("utf-8", errors="replace")
