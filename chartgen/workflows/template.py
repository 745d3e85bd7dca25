"""The charts as `helm template` renders them with an environment's values."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chartgen.audit.helm_words import rendering_failed
from chartgen.errors import UsageError
from chartgen.tools import tree
from chartgen.tools.helm import find_helm
from chartgen.workflows import load
from chartgen.workflows.value_sets import places, value_set

if TYPE_CHECKING:
    from pathlib import Path

    from chartgen.audit.helm_words import Places
    from chartgen.diagnostics import Diagnostic
    from chartgen.tools.process import Completed

_MISUSE = re.compile(
    "expected at most two arguments|unknown (?:shorthand )?flag|flag needs an argument|invalid argument .* for "
    "|failed parsing --|(?:release name check failed: )?release name |open "
)
"""How helm begins when its arguments are at fault, not the chart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to render: an environment (empty: the defaults), the release's name (empty: the platform's), its
    namespace, and more arguments for helm."""

    environment: str = ""
    release: str = ""
    namespace: str = "default"
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Templated:
    """Helm's output as it gave it; empty when `diagnostics` say why it could not."""

    text: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()


def run(
    root: Path,
    registry: str = "registry.yaml",
    order: Order = Order(),
    *,
    environment: str = "",
    helm: str = "",
) -> Templated:
    """Renders the umbrella; `environment` is short for an order of that environment alone. UsageError for an unknown
    environment or one without values, for missing charts, and for arguments that helm does not take; ToolError when
    helm breaks."""
    if environment:
        order = replace(order, environment=environment)
    loaded = load.run(root, registry)
    if loaded.registry is None:
        return Templated(diagnostics=loaded.diagnostics)
    platform = loaded.registry.metadata.name
    chart = root / "charts" / platform
    with tree.reading(str(root)):
        values = value_set(root, loaded.registry, order.environment)
        if not (chart / "Chart.yaml").is_file():
            raise UsageError(f"charts/{platform} is not there: run `chartgen generate` first")
        if order.environment and not values.texts:
            raise UsageError(f"values/{order.environment} holds no values: run `chartgen generate`, which makes them")
        if values.unreadable:
            return Templated(diagnostics=values.unreadable)
        done = find_helm(helm or None).template(
            chart,
            release=order.release or platform,
            values=[root / file for file in values.texts],
            namespace=order.namespace,
            extra=order.extra,
        )
    if not done.code:
        return Templated(text=done.stdout)
    return Templated(diagnostics=_failure(done, places(values, platform)))


def _failure(done: Completed, where: Places) -> tuple[Diagnostic, ...]:
    _, error, words = done.stderr.rpartition("Error: ")
    if not error:
        raise done.error()
    if _MISUSE.match(words):
        raise UsageError(f"helm template: {words.strip()}")
    return tuple(rendering_failed(done.stderr, where, where.file("Chart.yaml")))
