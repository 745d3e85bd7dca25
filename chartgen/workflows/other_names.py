"""The charts again, under other names or for the other mode: what P14 and P15 are judged by."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chartgen import emit
from chartgen.audit.values import merged

if TYPE_CHECKING:
    from pathlib import Path

    from chartgen.registry.model import Registry
    from chartgen.workflows.value_set import ValueSet

NAMESPACE = "chartgen-elsewhere"
_NAMES = {
    "trustDomain": "chartgen.invalid",
    "namespace": NAMESPACE,
    "controlPlane": {"namespace": "chartgen-control"},
    "ingress": {"namespace": "chartgen-door", "serviceAccount": "chartgen-ingress"},
    "scraper": {"namespace": "chartgen-watch", "serviceAccount": "chartgen-scraper"},
}


def value_set(defaults: ValueSet, registry: Registry) -> ValueSet:
    """The defaults with other names for all that has one."""
    measured = any(service.metrics for service in registry.services)
    names = {key: value for key, value in _NAMES.items() if measured or key != "scraper"}
    flat = [
        f"global.mesh.{key}.{inner}={each}" if isinstance(value, dict) else f"global.mesh.{key}={each}"
        for key, value in names.items()
        for inner, each in (value.items() if isinstance(value, dict) else [("", value)])
    ]
    arguments = (*defaults.arguments, *(word for setting in flat for word in ("--set", setting)))
    return replace(defaults, given=merged(defaults.given, {"global": {"mesh": names}}), arguments=arguments)


def written(registry: Registry, folder: Path) -> Path:
    """The folder, with the registry's charts below it."""
    for name, text in emit.platform(registry).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return folder
