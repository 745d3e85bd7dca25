"""The namespace of an environment, labelled as the platform needs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chartgen.audit.objects import mapping
from chartgen.audit.syntax import NAMESPACE_FORM, is_namespace
from chartgen.codes import diagnose
from chartgen.diagnostics import Span
from chartgen.workflows import load
from chartgen.workflows.value_sets import value_set

if TYPE_CHECKING:
    from pathlib import Path

    from chartgen.diagnostics import Diagnostic
    from chartgen.registry.pod import JsonValue

_UNENFORCED = """\
# Pod Security warns, and refuses nothing: without Istio's CNI plugin, a container of Istio's own sets up each pod's
# network and is let in by no standard. With the plugin, add pod-security.kubernetes.io/enforce.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """The Namespace as YAML and as data; empty when `diagnostics` say why there is none."""

    text: str = ""
    result: JsonValue = None
    diagnostics: tuple[Diagnostic, ...] = ()


def run(root: Path, registry: str = "registry.yaml", *, environment: str = "", name: str = "") -> Labelled:
    """The namespace's name is `name`, else the one that the environment's values give, else the platform's.
    UsageError for an unknown environment."""
    loaded = load.run(root, registry)
    if loaded.registry is None:
        return Labelled(diagnostics=loaded.diagnostics)
    from chartgen.emit.namespace import enforced_level, namespace
    from chartgen.emit.yaml import dump

    values = value_set(root, loaded.registry, environment)
    if values.unreadable:
        return Labelled(diagnostics=values.unreadable)
    given = mapping(mapping(values.given.get("global")).get("mesh")).get("namespace") or ""
    if not name and given and not is_namespace(given):
        place = values.place(("global", "mesh", "namespace")) or Span(file=f"values/{environment}")
        return Labelled(diagnostics=(diagnose("CG504", place, f'"{given}" is no name of a namespace', NAMESPACE_FORM),))
    found = namespace(loaded.registry, name or given or loaded.registry.metadata.name)
    comment = "" if enforced_level(loaded.registry) else _UNENFORCED
    return Labelled(text=comment + dump(found), result=found)  # type: ignore[arg-type]  # plain data
