"""chartgen: one service registry in, a Helm chart of the whole platform out.

The public names are imported when they are first used, so that the command starts quickly.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chartgen.diagnostics import Diagnostic, Severity, Span
    from chartgen.errors import ChartgenError

__version__ = "0.1.0"

__all__ = ["ChartgenError", "Diagnostic", "Severity", "Span", "__version__"]

_HOMES = {
    "ChartgenError": "chartgen.errors",
    "Diagnostic": "chartgen.diagnostics",
    "Severity": "chartgen.diagnostics",
    "Span": "chartgen.diagnostics",
}


def __getattr__(name: str) -> object:
    """The public object of that name, from the module where it lives."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, imported or not."""
    return sorted({*globals(), *_HOMES})
