"""Manifests as tests write and change them."""

from __future__ import annotations

import copy
from typing import Any


def merged(target: Any, part: Any) -> Any:
    """`target` with `part` laid over it, as RFC 7386 says; both stay as they are."""
    if not isinstance(part, dict):
        return copy.deepcopy(part)
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in part.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return copy.deepcopy(result)
