"""Entries that are laid over others: what all versions of a service share, and what each has of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from chartgen.emit import shapes
from chartgen.emit.entries import Entry, Group, Overlay, Value
from chartgen.emit.yaml import to_json

_ABOUT_VERSION = "Whether this version runs."
_ABOUT_VERSIONS = "What each version has over the values above, which hold for all; it takes the same keys."


def with_overlays(
    entries: Sequence[Entry], versions: Sequence[tuple[str, bool, tuple[Entry, ...]]]
) -> tuple[Entry, ...]:
    """The entries as far as all versions share them, then what each version has over them."""
    own = [plain(each) for _, _, each in versions]
    shared = plain(entries)
    kept = {key: shared[key] for key in ("extra", "serviceAccount") if key in shared} | common(shared, own)
    overlays = tuple(
        Overlay(
            name,
            (
                Value("enabled", to_json(on), shapes.FLAG, _ABOUT_VERSION),
                *_cut(each, difference(mine, kept), silent=True),
            ),
            each,
        )
        for (name, on, each), mine in zip(versions, own, strict=True)
    )
    *first, extra = _cut(entries, kept)
    return (*first, Group("versions", overlays, _ABOUT_VERSIONS), extra)


def plain(entries: Sequence[Entry]) -> dict[str, Any]:
    """The entries' defaults as data."""
    return {
        entry.key: json.loads(entry.default) if isinstance(entry, Value) else plain(entry.entries) for entry in entries
    }


def common(base: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What of the first can lie under each of the others, without adding anything to one."""
    found = {}
    for key, value in base.items():
        theirs = [other[key] for other in others if key in other]
        if len(theirs) < len(others):
            continue
        if not isinstance(value, dict):
            if not any(isinstance(each, dict) for each in theirs):
                found[key] = value
        elif all(isinstance(each, dict) for each in theirs):
            inner = common(value, theirs)
            if inner or not all(theirs):
                found[key] = inner
    return found


def difference(over: Mapping[str, Any], under: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be laid over the second to get the first."""
    found = {}
    for key, value in over.items():
        if key not in under:
            found[key] = value
        elif isinstance(value, dict) and isinstance(under[key], dict):
            if inner := difference(value, under[key]):
                found[key] = inner
        elif value != under[key]:
            found[key] = value
    return found


def _cut(entries: Sequence[Entry], kept: Mapping[str, Any], *, silent: bool = False) -> tuple[Entry, ...]:
    """The entries that are kept, with what is kept of their defaults; `silent`: what they are for stands elsewhere."""
    found: list[Entry] = []
    for entry in entries:
        if entry.key not in kept:
            continue
        about = "" if silent else entry.about
        if isinstance(entry, Value):
            found.append(replace(entry, default=to_json(kept[entry.key]), about=about))
        elif inner := _cut(entry.entries, kept[entry.key], silent=silent):
            found.append(replace(entry, entries=inner, about=about))
    return tuple(found)
