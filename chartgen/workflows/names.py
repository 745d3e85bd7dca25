"""The names in a registry, for a shell that completes them: of the text as it stands, whether or not it compiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartgen.tools import files
from chartgen.workflows import load

if TYPE_CHECKING:
    from pathlib import Path


def environments(root: Path, registry: str) -> list[str]:
    """The environments' names. UsageError when the registry cannot be read."""
    return _names(root, registry, "environments")


def services(root: Path, registry: str) -> list[str]:
    """The names of services, datastores and externals. UsageError when the registry cannot be read."""
    return _names(root, registry, "services", "datastores", "externals")


def callers(root: Path, registry: str) -> list[str]:
    """The names of services and datastores, and those of callers that are none. UsageError as above."""
    from chartgen.mesh.parties import AROUND

    return [*_names(root, registry, "services", "datastores"), *AROUND]


def revisions(root: Path, _registry: str) -> list[str]:
    """The names of branches and tags. UsageError in no repository, ToolError without git."""
    from chartgen.tools import git

    return git.repository(root).names()


def _names(root: Path, registry: str, *sections: str) -> list[str]:
    from chartgen.registry.builder import Budget
    from chartgen.registry.document import parse
    from chartgen.registry.sources import gather

    budget = Budget()
    document, _ = parse(registry, load.read_registry(root, registry), budget)
    if document is None or not isinstance(document.data, dict):
        return []
    sources, _ = gather(
        document,
        budget,
        lambda path: files.read_inside(str(root), path),
        lambda pattern: load.find_included(root, registry, pattern),
    )
    lists = [found for section in sections if isinstance(found := sources.data.get(section), list)]
    named = [entry.get("name") for entries in lists for entry in entries if isinstance(entry, dict)]
    return [name for name in named if isinstance(name, str)]
