"""From a place in the long form to the place in the file that a person wrote."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chartgen.codes import CODES
from chartgen.diagnostics import Severity
from chartgen.registry.schema import schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from chartgen.registry.checks.subject import Draft, Finding
    from chartgen.registry.service import Path

_SHORT = {"ports": "port", "probes": "healthEndpoint"}
"""Fields whose short form stands under another key."""


def placed(finding: Finding, draft: Draft, origin: str = "") -> Finding:
    """The finding at its place in the service, or at the service's name when that did not write the value; `origin`:
    a word on who did."""
    written = _written(finding.path, draft.raw)
    path: Path = (*draft.home, *(written or ("name",)))
    key = finding.key and bool(written) and not origin
    return replace(finding, path=path, key=key, message=finding.message + origin)


def placed_in_store(finding: Finding, draft: Draft) -> Finding | None:
    """The finding on a datastore's pods at its place in the registry, or at the datastore's name; None for advice on
    what the engine brings, which is nobody's to mend."""
    if finding.path[:1] in _OF_THE_STORE:
        return replace(finding, path=(*draft.home, *finding.path))
    written = _written(finding.path, draft.raw)
    if written:
        return replace(finding, path=(*draft.home, "provision", "builtin", *written))
    return replace(finding, path=(*draft.home, "name"), key=False) if _is_error(finding) else None


def versioned_fields() -> frozenset[str]:
    """What a version can say for itself."""
    return frozenset(schema()["$defs"]["version"]["properties"])


def is_versions_own(finding: Finding, version: Draft) -> bool:
    """Whether the value that the finding is about is written in the version."""
    return finding.path != ("name",) and len(_written(finding.path, version.own)) == len(finding.path)


def placed_in_version(finding: Finding, version: Draft, service: Draft) -> Finding:
    """The finding on a version at its place there, or at the version's name; dependencies know their own places."""
    if finding.path[0] in ("dependencies", "versions", "events"):
        return replace(finding, path=(*service.home, *finding.path))
    written = _written(finding.path, version.own)
    key = finding.key and bool(written)
    return replace(finding, path=(*version.home, *(written or ("name",))), key=key)


_OF_THE_STORE = (("dependencies",), ("patches",), ("name",))


def _is_error(finding: Finding) -> bool:
    return CODES[finding.code].severity is Severity.ERROR


def in_defaults(finding: Finding, draft: Draft, defaults: Mapping[str, Any]) -> Path:
    """Where in `defaults` the value stands that the finding is about; empty when it is the service's own, or none's."""
    written = _written(finding.path, draft.raw)
    if not defaults or len(written) == len(finding.path):
        return ()
    short = _SHORT.get(str(finding.path[0]))
    if written and written[0] == short:
        return ()
    depth = _depth(finding.path, defaults)
    if finding.path[0] == "resources" and depth < len(finding.path):
        return ()
    is_default = depth > len(written) or (short in defaults and not written)
    return ("defaults", *_written(finding.path, defaults)) if is_default else ()


def placed_in_defaults(path: Path, found: Sequence[tuple[Draft, Finding]], services: int) -> Iterator[Finding]:
    """What several services, or all, have from that place is told once and there; what one alone has, at the service.
    `services`: how many the platform has."""
    first = found[0][0]
    count = len({draft.home for draft, _ in found})
    suffix = f' (for {count:,} services, first "{first.service.name}")' if count > 1 else ""
    for draft, finding in found:
        if count == 1 and services > 1:
            yield placed(finding, draft, " (from defaults)")
        elif draft is first:
            key = finding.key and len(path) > len(finding.path)
            yield replace(finding, path=path, key=key, message=finding.message + suffix)


def _written(path: Path, raw: Mapping[str, Any]) -> Path:
    """As much of the path as is written there, with the short form where that was used."""
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
