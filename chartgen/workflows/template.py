"""The charts as `helm template` renders them with an environment's values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chartgen.audit.helm_words import Places, rendering_failed
from chartgen.diagnostics import Diagnostic, Span
from chartgen.errors import UsageError
from chartgen.tools import tree
from chartgen.tools.helm import find_helm
from chartgen.workflows import load
from chartgen.workflows.value_sets import check_environment, files_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


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


def run(root: Path, registry: str = "registry.yaml", order: Order = Order(), *, helm: str = "") -> Templated:
    """Renders the umbrella. UsageError for an unknown environment or missing charts, ToolError when helm breaks."""
    loaded = load.run(root, registry)
    if loaded.registry is None:
        return Templated(diagnostics=loaded.diagnostics)
    platform = loaded.registry.metadata.name
    chart = root / "charts" / platform
    if order.environment:
        check_environment(loaded.registry, order.environment)
    with tree.reading(str(root)):
        if not (chart / "Chart.yaml").is_file():
            raise UsageError(f"charts/{platform} is not there: run `chartgen generate` first")
        done = find_helm(helm or None).template(
            chart,
            release=order.release or platform,
            values=[root / file for file in files_of(root, order.environment)] if order.environment else (),
            namespace=order.namespace,
            extra=order.extra,
        )
    if not done.code:
        return Templated(text=done.stdout)
    if "Error:" not in done.stderr:
        raise done.error()
    return Templated(diagnostics=_failure(done.stderr, platform, files_of(root, order.environment)))


def _failure(words: str, platform: str, values: Sequence[str]) -> tuple[Diagnostic, ...]:
    folder = f"charts/{platform}"
    given = Span(file=(*values, f"{folder}/values.yaml")[0])
    places = Places(chart=platform, folder=folder, value=lambda _chart, _path: given)
    return tuple(rendering_failed(words, places, f"{folder}/Chart.yaml"))
