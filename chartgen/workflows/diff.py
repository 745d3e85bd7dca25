"""What changes for who may call whom, between two registries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chartgen.errors import UsageError
from chartgen.mesh.accesses import platform_of
from chartgen.mesh.changes import Platform, compare
from chartgen.mesh.premises import premises_of
from chartgen.mesh.told import Comparison
from chartgen.workflows.sides import Side, Sides

if TYPE_CHECKING:
    from pathlib import Path

    from chartgen.diagnostics import Diagnostic
    from chartgen.workflows.load import Loaded

_NOTHING = Platform(accesses=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The comparison; None when a registry does not compile: `diagnostics` say why, `broken` whose it is. `loaded`: the
    registry of the working tree, where it is compared with that of a commit, and of the same name."""

    comparison: Comparison | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    broken: tuple[str, ...] = ()
    loaded: Loaded | None = None


def run(root: Path, registry: str = "registry.yaml", names: tuple[str, ...] = ()) -> Compared:
    """Compares what people name (none: HEAD with the working tree). UsageError for a side that is not there, ToolError
    when git is needed and missing."""
    before, after = Sides(root=root, registry=registry).pair(names)
    if after.absent:
        raise UsageError(f"{after.name} has no {registry}")
    if (before.platform is None) != (after.platform is None):
        manifests = before if before.platform else after
        raise UsageError(f"{manifests.name} holds rendered manifests: compare it with others (chartgen diff old/ new/)")
    broken = [side for side in (before, after) if not (side.registry or side.platform or side.absent)]
    if broken:
        return Compared(
            diagnostics=tuple(found for side in broken for found in side.diagnostics),
            broken=tuple(side.name for side in broken),
        )
    changes = compare(_platform(before), _platform(after))
    shown = f"{before.name} (no {registry} there)" if before.absent else before.name
    plain = before.sources is not None and before.name == (names[0] if names else "HEAD")
    return Compared(
        comparison=Comparison(before=shown, after=after.name, changes=changes),
        loaded=after.loaded if plain and before.loaded is None else None,
    )


def _platform(side: Side) -> Platform:
    if side.registry is None:
        return side.platform or _NOTHING
    return platform_of(side.registry, premises_of(side.registry, {}), side.place)
