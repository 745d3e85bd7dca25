"""Where two manifests differ, field by field: what is put in or taken out of a list moves nothing else in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

_NONE = object()


def differences(before: Any, after: Any, where: str = "") -> Iterator[tuple[str, str, str]]:
    """(place, value before, value after), empty where there is none: `spec.rules[1].timeouts.request`."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            inner = f"{where}.{key}" if where else str(key)
            yield from differences(before.get(key, _NONE), after.get(key, _NONE), inner)
    elif _are_lists_of_objects(before, after):
        yield from _lists(before, after, where)
    else:
        yield where, shown(before), shown(after)


def _are_lists_of_objects(*values: Any) -> bool:
    return all(isinstance(value, list) and all(isinstance(item, dict) for item in value) for value in values)


def _lists(before: Sequence[Any], after: Sequence[Any], where: str) -> Iterator[tuple[str, str, str]]:
    from difflib import SequenceMatcher

    old, new = ([json.dumps(item, sort_keys=True, default=str) for item in side] for side in (before, after))
    for tag, start, end, begin, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            pairs = zip_longest(before[start:end], after[begin:stop], fillvalue=_NONE)
            for offset, (one, other) in enumerate(pairs):
                at = (start if other is _NONE else begin) + offset
                yield from differences(one, other, f"{where}[{at}]")


def shown(value: Any) -> str:
    """A value in a line, as YAML's flow style has it, nearly."""
    if value is _NONE:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {shown(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(shown(each) for each in value) + "]"
    return json.dumps(value, default=str)
