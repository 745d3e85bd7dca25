"""The patches in a generated template, laid over what is known of its object."""

from __future__ import annotations

import copy
import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

_START = '{{- $box := dict "value" . }}'
_PATCH = re.compile(r"fromJson(?:Array)? `([^`]*)`")


class Unknown(Exception):  # noqa: N818  # an answer, not a mistake
    """It cannot be told what a chart says."""


def laid_over(thing: dict[str, Any], template: str, keys: Collection[str] = ()) -> dict[str, Any]:
    """The object after the template's patches of those keys of its spec (of none: all). Unknown: it cannot be told."""
    result = copy.deepcopy(thing)
    for found in _PATCH.finditer(template.partition(_START)[2]):
        patch = json.loads(found[1])
        if isinstance(patch, dict):
            spec = patch.get("spec", {})
            if not isinstance(spec, dict):
                raise Unknown
            result["spec"] = _merged(result["spec"], {k: v for k, v in spec.items() if not keys or k in keys})
        else:
            for operation in patch:
                _operate(result, operation, keys)
    return result


def _merged(below: object, above: object) -> Any:
    """RFC 7386."""
    if not isinstance(above, dict):
        return above
    result = dict(below) if isinstance(below, dict) else {}
    for key, value in above.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _merged(result.get(key), value)
    return result


def _operate(thing: dict[str, Any], operation: Mapping[str, Any], keys: Collection[str]) -> None:
    """RFC 6902, but for what moves or copies."""
    verb, path = operation["op"], operation["path"]
    touched = [path, *([operation["from"]] if verb == "move" else [])]
    if verb == "test" or not any(_concerns(each, keys) for each in touched):
        return
    if verb not in ("add", "replace", "remove") or len(path) < 2:
        raise Unknown
    parent: Any = thing
    for step in path[:-1]:
        parent = parent[int(step) if isinstance(parent, list) else step]
    if isinstance(parent, list):
        _put_into_list(parent, verb, path[-1], operation.get("value"))
    elif verb == "remove":
        del parent[path[-1]]
    else:
        parent[path[-1]] = operation["value"]


def _put_into_list(items: list[Any], verb: str, step: str, value: object) -> None:
    number = len(items) if step == "-" else int(step)
    items[number : number + (verb != "add")] = [] if verb == "remove" else [value]


def _concerns(path: Sequence[str], keys: Collection[str]) -> bool:
    return not path or (path[0] == "spec" and (len(path) == 1 or not keys or path[1] in keys))
