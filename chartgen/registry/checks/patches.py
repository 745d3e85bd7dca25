"""JSON patches: what is certain to fail, whatever the values are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chartgen.registry.checks.subject import Draft, Finding
from chartgen.registry.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chartgen.registry.service import Path

_EVERYWHERE = ("apiVersion", "kind", "metadata")
_OWN_KEYS = {"ConfigMap": ("data",), "ServiceAccount": ("automountServiceAccountToken",)}
_OTHERS_KEYS = ("spec",)
_READ = {"remove": "path", "replace": "path", "test": "path", "move": "from", "copy": "from"}
"""Operations on what is there already, and the member that says where."""


def patch_into_nothing(draft: Draft) -> Iterator[Finding]:
    """Operations on a top-level key that no emitted object of the kind has, and no patch adds."""
    for path, patch, operation in _operations(draft):
        member = _READ.get(operation["op"], "")
        key = _top(operation.get(member, ""))
        known = (*_EVERYWHERE, *_OWN_KEYS.get(patch["kind"], _OTHERS_KEYS))
        if key and key not in known and key not in _added(draft, patch):
            yield Finding(
                code="CG335",
                path=(*path, member),
                message=f"there is nothing to {operation['op']}: a {patch['kind']} of chartgen has no {key}",
                hint=did_you_mean(key, known) or f"it has {', '.join(known)}",
            )


def move_into_itself(draft: Draft) -> Iterator[Finding]:
    """Moves of a value to a place inside it."""
    for path, _, operation in _operations(draft):
        if operation["op"] == "move" and operation["path"].startswith(f"{operation['from']}/"):
            yield Finding(
                code="CG335",
                path=(*path, "path"),
                message=f"{operation['from']} cannot be moved into itself",
                hint="use copy",
            )


def _operations(draft: Draft) -> Iterator[tuple[Path, Mapping[str, Any], Mapping[str, Any]]]:
    for index, patch in enumerate(draft.data.get("patches", ())):
        for position, operation in enumerate(patch.get("json", ())):
            yield ("patches", index, "json", position), patch, operation


def _added(draft: Draft, patch: Mapping[str, Any]) -> set[str]:
    """Top-level keys that the service's patches of the same object write; in which order does not matter here."""
    same = [each for each in draft.data["patches"] if (each["kind"], each["name"]) == (patch["kind"], patch["name"])]
    written = {
        _top(operation["path"])
        for each in same
        for operation in each.get("json", ())
        if operation["op"] in ("add", "move", "copy")
    }
    return written.union(*(each.get("merge", {}) for each in same))


def _top(pointer: str) -> str:
    return pointer.split("/")[1].replace("~1", "/").replace("~0", "~") if pointer else ""
