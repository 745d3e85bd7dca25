"""The charts as `helm template` renders them with an environment's values."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chartgen.audit.helm_words import rendering_failed
from chartgen.errors import UsageError
from chartgen.registry.umbrellas import umbrellas
from chartgen.tools import tree
from chartgen.tools.helm import find_helm
from chartgen.workflows import load
from chartgen.workflows.value_sets import places, value_set

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from chartgen.audit.helm_words import Places
    from chartgen.diagnostics import Diagnostic
    from chartgen.registry.model import Registry
    from chartgen.registry.umbrellas import Umbrella
    from chartgen.tools.helm import Helm
    from chartgen.tools.process import Completed
    from chartgen.workflows.value_set import ValueSet

_MISUSE = re.compile(
    "expected at most two arguments|unknown (?:shorthand )?flag|flag needs an argument|invalid argument .* for "
    "|failed parsing --|(?:release name check failed: )?release name |open "
)
"""How helm begins when its arguments are at fault, not the chart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to render: a group, by its name or its umbrella's (empty: every umbrella, in start order), an environment
    (empty: the defaults), the release's name (empty: the umbrella's), its namespace, and more arguments for helm."""

    group: str = ""
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
    """Renders the umbrellas; `environment` is short for an order of that environment alone. UsageError for an unknown
    environment or group, an environment without values, for missing charts, and for arguments that helm does not take;
    ToolError when helm breaks."""
    if environment:
        order = replace(order, environment=environment)
    loaded = load.run(root, registry)
    if loaded.registry is None:
        return Templated(diagnostics=loaded.diagnostics)
    chosen = _chosen(loaded.registry, order)
    with tree.reading(str(root)):
        values = value_set(root, loaded.registry, order.environment)
        for each in chosen:
            if not (root / each.folder / "Chart.yaml").is_file():
                raise UsageError(f"{each.folder} is not there: run `chartgen generate` first")
        if order.environment and not values.texts:
            raise UsageError(f"values/{order.environment} holds no values: run `chartgen generate`, which makes them")
        if values.unreadable:
            return Templated(diagnostics=values.unreadable)
        program = find_helm(helm or None)
        renders = [(each.name, _render(program, root, each, order, values)) for each in chosen]
    failures = [finding for name, done in renders if done.code for finding in _failure(done, places(values, name))]
    if failures:
        return Templated(diagnostics=tuple(dict.fromkeys(failures)))
    return Templated(text="".join(done.stdout for _, done in renders))


def _chosen(registry: Registry, order: Order) -> Sequence[Umbrella]:
    every = umbrellas(registry)
    chosen = [each for each in every if order.group in ("", each.group, each.name)]
    if not chosen:
        known = ", ".join(each.group or each.name for each in every)
        raise UsageError(f'no group "{order.group}" (there is {known})')
    if order.release and len(chosen) > 1:
        raise UsageError(f"the platform is {len(chosen)} releases: name one with --group to give it another name")
    return chosen


def _render(helm: Helm, root: Path, umbrella: Umbrella, order: Order, values: ValueSet) -> Completed:
    return helm.template(
        root / umbrella.folder,
        release=order.release or umbrella.name,
        values=[root / file for file in values.texts],
        namespace=order.namespace,
        extra=order.extra,
    )


def _failure(done: Completed, where: Places) -> tuple[Diagnostic, ...]:
    _, error, words = done.stderr.rpartition("Error: ")
    if not error:
        raise done.error()
    if _MISUSE.match(words):
        raise UsageError(f"helm template: {words.strip()}")
    return tuple(rendering_failed(done.stderr, where, where.file("Chart.yaml")))
