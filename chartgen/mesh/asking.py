"""A question as people type it: who calls whom, how, and with which token."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

_CLAIM = re.compile(r"(?P<name>[^\[\]=]+)(?P<nested>(?:\[[^\[\]=]+\])*)=(?P<value>.*)", re.DOTALL)


class Kind(StrEnum):
    """The token that a call carries: the right one (where the registry asks for one), or another."""

    RIGHT = "right"
    NONE = "none"
    BAD = "bad"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Empty texts were not said: `port` is a name or a number, `host` the request's. `claims` None: those that the
    registry asks for; `plaintext`: the caller shows no certificate."""

    caller: str
    callee: str
    port: str = ""
    method: str = ""
    path: str = ""
    host: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    claims: Mapping[str, Any] | None = None
    token: Kind = Kind.RIGHT
    plaintext: bool = False

    @property
    def names_request(self) -> bool:
        """Whether it says anything of a request."""
        return bool(self.method or self.path or self.host or self.headers)


def claims_of(words: Iterable[str]) -> dict[str, Any] | None:
    """The claims in `name=value`, `outer[inner]=value`, a name twice for a list; None where one is malformed."""
    found: dict[str, Any] = {}
    for word in words:
        match = _CLAIM.fullmatch(word)
        if not match:
            return None
        inner = found
        *outer, last = (match["name"], *re.findall(r"\[([^\[\]]+)\]", match["nested"]))
        for step in outer:
            below = inner.setdefault(step, {})
            if not isinstance(below, dict):
                return None
            inner = below
        _add(inner, last, match["value"])
    return found


def _add(claims: dict[str, Any], name: str, value: str) -> None:
    if name not in claims:
        claims[name] = value
    elif isinstance(claims[name], list):
        claims[name].append(value)
    else:
        claims[name] = [claims[name], value]
