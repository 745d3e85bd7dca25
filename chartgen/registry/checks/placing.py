"""From a place in the long form to the place in the file that a person wrote."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chartgen.registry.normal import BUILT_IN_RESOURCES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chartgen.registry.checks.subject import Draft, Finding
    from chartgen.registry.model import Path

_SHORT = {"ports": "port", "probes": "healthEndpoint"}
"""Fields whose short form stands under another key."""


def placed(finding: Finding, draft: Draft, defaults: Mapping[str, Any]) -> Finding:
    """The finding at its place in the document; at the service, with a word on it, when the value is a default."""
    written = _written(finding.path, draft.raw)
    origin = "" if len(written) == len(finding.path) else _origin(finding.path, written, defaults)
    path: Path = ("services", draft.index, *(written or ("name",)))
    key = finding.key and bool(written) and not origin
    return replace(finding, path=path, key=key, message=finding.message + origin)


def _written(path: Path, raw: Mapping[str, Any]) -> Path:
    """As much of the path as the service itself has, with the short form where that was used."""
    known = path[: _depth(path, raw)]
    short = _SHORT.get(str(path[0])) if path else None
    if short in raw and len(known) < min(len(path), 2):
        return (str(short),)
    return known


def _depth(path: Path, value: Any) -> int:
    for depth, step in enumerate(path):
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return depth
    return len(path)


def _origin(path: Path, written: Path, defaults: Mapping[str, Any]) -> str:
    short = _SHORT.get(str(path[0]))
    if written and written[0] == short:
        return ""
    if path[0] == "resources" and _depth(path, defaults) < len(path):
        return " (a built-in default)" if _depth(path[1:], BUILT_IN_RESOURCES) == len(path) - 1 else ""
    return " (from defaults)" if _depth(path, defaults) > len(written) or (short in defaults and not written) else ""
