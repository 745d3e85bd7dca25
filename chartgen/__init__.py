"""chartgen: one service registry in, a Helm chart of the whole platform out.

What the command does, a program can do:

    from pathlib import Path
    import chartgen

    checked = chartgen.validate(Path("."))         # .registry, .diagnostics
    files = chartgen.charts(checked.registry)      # path → text, nothing written
    chartgen.generate(Path("."))                   # charts/ brought up to date

The names are imported when they are first used, so that the command starts quickly.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chartgen.diagnostics import Diagnostic, Severity, Span
    from chartgen.emit import order_of as start_order
    from chartgen.emit import platform as charts
    from chartgen.errors import ChartgenError, RefusedError, ToolError, UsageError
    from chartgen.registry import Compiled, compile_registry
    from chartgen.registry.model import Registry
    from chartgen.registry.service import Service
    from chartgen.workflows.generate import Generated
    from chartgen.workflows.generate import run as generate
    from chartgen.workflows.lint import Linted
    from chartgen.workflows.lint import run as lint
    from chartgen.workflows.template import Order, Templated
    from chartgen.workflows.template import run as template
    from chartgen.workflows.validate import Validated
    from chartgen.workflows.validate import run as validate

__version__ = "0.1.0"

__all__ = [
    "ChartgenError",
    "Compiled",
    "Diagnostic",
    "Generated",
    "Linted",
    "Order",
    "RefusedError",
    "Registry",
    "Service",
    "Severity",
    "Span",
    "Templated",
    "ToolError",
    "UsageError",
    "Validated",
    "__version__",
    "charts",
    "compile_registry",
    "generate",
    "lint",
    "start_order",
    "template",
    "validate",
]

_HOMES = {
    "ChartgenError": "errors:ChartgenError",
    "Compiled": "registry:Compiled",
    "Diagnostic": "diagnostics:Diagnostic",
    "Generated": "workflows.generate:Generated",
    "Linted": "workflows.lint:Linted",
    "Order": "workflows.template:Order",
    "RefusedError": "errors:RefusedError",
    "Registry": "registry.model:Registry",
    "Service": "registry.service:Service",
    "Severity": "diagnostics:Severity",
    "Span": "diagnostics:Span",
    "Templated": "workflows.template:Templated",
    "ToolError": "errors:ToolError",
    "UsageError": "errors:UsageError",
    "Validated": "workflows.validate:Validated",
    "charts": "emit:platform",
    "compile_registry": "registry:compile_registry",
    "generate": "workflows.generate:run",
    "lint": "workflows.lint:run",
    "start_order": "emit:order_of",
    "template": "workflows.template:run",
    "validate": "workflows.validate:run",
}
"""Public name → where it lives, below chartgen."""


def __getattr__(name: str) -> object:
    """The public object of that name, from the module where it lives."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _HOMES[name].partition(":")
    value: object = getattr(importlib.import_module(f"chartgen.{module}"), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, imported or not."""
    return sorted({*globals(), *_HOMES})
