"""A new platform: a small registry that works, and all that a repository needs around it."""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from chartgen.errors import RefusedError, ToolError, UsageError
from chartgen.tools import tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_NAME = re.compile(r"[a-z](?:[a-z0-9-]{0,51}[a-z0-9])?")
_STARTER = {
    "registry.yaml": "registry.yaml",
    "README.md": "README.md",
    ".gitignore": "gitignore",
    ".gitattributes": "gitattributes",
    ".github/workflows/charts.yaml": "workflow.yaml",
}
_HELM_TEST = "global:\n  helmTest:\n    enabled: true # `helm test` has pods to run\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A platform that was made: its folder, and every file in it that is new."""

    folder: Path
    files: tuple[str, ...]


def run(parent: Path, name: str, directory: str = "") -> Started:
    """Makes the platform in `directory` (default: its name) below `parent`; all of it or nothing. UsageError: the name
    will not do. RefusedError: a file is there already."""
    if not _NAME.fullmatch(name):
        raise UsageError(f'"{name}" cannot be a name: lower-case letters, digits and "-", a letter first, at most 53')
    folder = parent / (directory or name)
    charts, others = _platform(name)
    with _folder(folder), tree.writing(str(folder)):
        survey = tree.survey(str(folder), charts)
        _refuse_clashes(folder, survey, others)
        tree.write(survey, others)
    return Started(folder=folder, files=tuple(sorted([*charts, *others])))


def _platform(name: str) -> tuple[dict[str, str], dict[str, str]]:
    """What lies in charts/, and what lies beside it."""
    from chartgen import __version__, emit
    from chartgen.manual import printed_schema
    from chartgen.registry import compile_registry

    starter = resources.files("chartgen.workflows").joinpath("starter")
    texts = {path: starter.joinpath(source).read_text(encoding="utf-8") for path, source in _STARTER.items()}
    others = {path: text.replace("@NAME@", name).replace("@VERSION@", __version__) for path, text in texts.items()}
    others["registry.schema.json"] = printed_schema()
    compiled = compile_registry("registry.yaml", others["registry.yaml"].encode(), lambda _: None)
    if compiled.registry is None:
        reasons = "; ".join(diagnostic.message for diagnostic in compiled.diagnostics)
        raise UsageError(f'"{name}" cannot be the name of this platform: {reasons}')
    for environment in compiled.registry.environments:
        others |= emit.values(environment, compiled.registry)
    others["values/dev/values.yaml"] = others["values/dev/values.yaml"].removesuffix("{}\n") + _HELM_TEST
    return emit.platform(compiled.registry), others


@contextlib.contextmanager
def _folder(folder: Path) -> Iterator[None]:
    """Makes the folder where it is missing, and takes it away again after a failure."""
    missing = [path for path in (folder, *folder.parents) if not os.path.lexists(path)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ToolError(f"cannot make {folder}: {(error.strerror or '').lower()}") from error
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            for path in missing:
                path.rmdir()
        raise


def _refuse_clashes(folder: Path, survey: tree.Survey, others: Mapping[str, str]) -> None:
    there = [path for path in others if os.path.lexists(folder / path)]
    there += list(survey.plan.conflicts) + survey.plan.extra
    if there or survey.lock.digest:
        listed = ", ".join(sorted(there)) or "charts/.chartgen.lock"
        raise RefusedError(f"{folder} holds files that init would write: {listed}; nothing was written")
