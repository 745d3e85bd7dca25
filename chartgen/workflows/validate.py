"""Is the registry right? The answer as diagnostics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chartgen.diagnostics import Diagnostic, Severity
from chartgen.tools import tree
from chartgen.workflows import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chartgen.registry.model import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Validated:
    """What was found in a registry file; `registry` is None when there are errors."""

    file: str
    registry: Registry | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def errors(self) -> int:
        """How many of the diagnostics are errors."""
        return sum(d.severity is Severity.ERROR for d in self.diagnostics)

    @property
    def warnings(self) -> int:
        """How many of the diagnostics are warnings."""
        return len(self.diagnostics) - self.errors


def run(root: Path, registry: str = "registry.yaml", *, notice: Callable[[str], None] = lambda _: None) -> Validated:
    """Every mistake of the registry below `root`, in file order. UsageError when it cannot be read."""
    tree.settle(str(root), notice=notice)
    loaded = load.run(root, registry)
    return Validated(file=loaded.file, registry=loaded.registry, diagnostics=loaded.diagnostics)
