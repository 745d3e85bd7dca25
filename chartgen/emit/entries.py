"""What may be set on a chart, as a list of entries: values.yaml, its schema and the README's table come from it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from chartgen.emit import shapes
from chartgen.emit.markdown import value_row
from chartgen.emit.shapes import Schema
from chartgen.emit.yaml import Commented, Writable, dump, to_json


@dataclass(frozen=True, slots=True)
class Value:
    """One entry of values.yaml: its key, default (as JSON), schema, and what it is for."""

    key: str
    default: str
    schema: Schema
    about: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A mapping of entries, closed: no other key is accepted in it."""

    key: str
    entries: tuple[Entry, ...]
    about: str = ""


@dataclass(frozen=True, slots=True)
class Overlay:
    """A mapping that is laid over others: `entries` are what it holds by default, `known` all that it may hold."""

    key: str
    entries: tuple[Entry, ...]
    known: tuple[Entry, ...]
    about: str = ""


Entry: TypeAlias = "Value | Group | Overlay"


@dataclass(frozen=True, slots=True)
class Written:
    """What three files say of entries: values.yaml, values.schema.json, and the rows of the README's table."""

    yaml: str
    schema: str
    table: str


def written(entries: Sequence[Entry]) -> Written:
    """The three files' texts. values.yaml has a comment wherever the key does not say it all. The schema is closed, but
    for what Helm adds by itself (`global`, `enabled`)."""
    found = [_written(entry) for entry in entries]
    return Written(
        "\n".join([each.yaml for each in found]),
        _schema_of([each.schema for each in (*map(_written, _ADDED_BY_HELM), *found)], tuple(e.key for e in entries)),
        "".join([each.table for each in found]),
    )


def root_schema(entries: Sequence[Entry], mappings: Sequence[str]) -> str:
    """The umbrella's values.schema.json: closed, with nothing that Helm adds; `mappings` are keys of any mapping."""
    properties = [_written(entry).schema for entry in entries]
    return _schema_of([*properties, *(f"    {to_json(key)}: {shapes.OBJECT}" for key in mappings)], ())


def root_written(own: Group, every: Group, mappings: Sequence[str]) -> Written:
    """The three files' texts of a chart that is a subchart, and is installed alone with the umbrella's own values as
    well: it has `own` by default, and takes `every` value of that group, and these mappings."""
    taken = Value(every.key, "{}", _partial(every.entries))
    flag = Value("enabled", "true", shapes.FLAG)
    return Written(_written(own).yaml, root_schema([flag, taken], mappings), _written(own).table)


def _schema_of(properties: Sequence[str], required: tuple[str, ...]) -> str:
    return _SCHEMA % (",\n".join(properties), to_json(required))


_SCHEMA = """{
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "additionalProperties": false,
  "properties": {
%s
  },
  "required": %s
}
"""
"""Draft 7 has all that is needed, every Helm knows it, and Helm 4 compiles it in half the time of 2020-12."""


def entry_with_default(key: str, default: Writable, schema: Schema, about: str = "") -> Value:
    """An entry whose default is data."""
    return Value(key, to_json(default), schema, about)


_ADDED_BY_HELM = (Value("global", "{}", shapes.OBJECT), Value("enabled", "true", shapes.FLAG))


@lru_cache(maxsize=1 << 13)  # a thousand services share most of their entries
def _written(entry: Entry) -> Written:
    rows = "".join(value_row(*row) for row in _rows(entry, "", ""))
    return Written(dump(_defaults((entry,))), _property(entry.key, _schema(entry)), rows)


@lru_cache(maxsize=1 << 10)  # entries that differ in their default alone have one schema
def _property(key: str, schema: Schema) -> str:
    text = json.dumps(json.loads(schema), indent=2, ensure_ascii=False)
    return f"    {to_json(key)}: " + text.replace("\n", "\n    ")


def _rows(entry: Entry, prefix: str, about: str) -> Iterator[tuple[str, str, str]]:
    if not isinstance(entry, Value):
        for inner in entry.entries:
            yield from _rows(inner, f"{prefix}{entry.key}.", entry.about)
    else:
        yield prefix + entry.key, _in_a_cell(entry.default), entry.about or about


def _in_a_cell(default: str) -> str:
    """The default, and of a text of many lines the first ones: values.yaml has the rest."""
    text = json.loads(default) if default.startswith('"') else ""
    lines = text.splitlines()
    return default if len(lines) <= _LINES else f"{to_json(lines[0])[:-1]}… ({len(lines)} lines)"


_LINES = 5


def _defaults(entries: Sequence[Entry]) -> dict[str, Writable]:
    found: dict[str, Writable] = {}
    for entry in entries:
        value = json.loads(entry.default) if isinstance(entry, Value) else _defaults(entry.entries)
        found[entry.key] = Commented(entry.about, value) if entry.about else value
    return found


def _schema(entry: Entry) -> Schema:
    if isinstance(entry, Value):
        return entry.schema
    if isinstance(entry, Overlay):
        return _partial((*entry.entries[:1], *entry.known), '["enabled"]')
    properties = ", ".join(f"{to_json(inner.key)}: {_schema(inner)}" for inner in entry.entries)
    required = to_json([inner.key for inner in entry.entries])
    return (
        f'{{"type": "object", "additionalProperties": false, "required": {required}, "properties": {{{properties}}}}}'
    )


def _partial(entries: Sequence[Entry], required: str = "[]") -> Schema:
    """A closed mapping of which nothing else is required."""
    inner = (
        f"{to_json(each.key)}: {_partial(each.entries) if isinstance(each, Group) else _schema(each)}"
        for each in entries
    )
    properties = ", ".join(inner)
    return (
        f'{{"type": "object", "additionalProperties": false, "required": {required}, "properties": {{{properties}}}}}'
    )
