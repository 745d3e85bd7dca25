"""Every field of the language, each once: the mapping it stands in, its key, and what the schema says of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Schema: TypeAlias = Mapping[str, Any]

TOP = "registry"
_OF_A_SERVICE = "#/$defs/service/properties/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A key of a mapping. A mapping goes by its definition's name, else by the path from one that has a name."""

    mapping: str
    key: str
    required: bool
    schema: Schema
    """What stands at the key, as it is written."""

    @property
    def name(self) -> str:
        """The field's one name: `service.port`, `probe.http.path`."""
        return f"{self.mapping}.{self.key}"


def fields(root: Schema) -> dict[str, Field]:
    """All fields by name, those nearest to the top first; a mapping that repeats fields of a service adds none."""
    return {field.name: field for mapping, node in everything(root) for field in _own(mapping, node)}


def everything(root: Schema) -> Iterator[tuple[str, Schema]]:
    """All mappings of the language with their names, each once, those nearest to the top first."""
    todo = [(TOP, root)]
    seen: set[str] = set()
    while todo:
        mapping, node = todo.pop(0)
        if mapping not in seen:
            seen.add(mapping)
            yield mapping, node
            todo += [inner for field in _own(mapping, node) for inner in mappings(root, field.name, field.schema)]


def shown(root: Schema, place: str, node: Schema, data: object) -> Iterator[tuple[str, object]]:
    """The fields that the data uses, by name with their values; it stands at `place`, where the schema has `node`."""
    place, node = _followed(root, place, node)
    if isinstance(data, list):
        for each in data:
            yield from shown(root, place, node.get("items", {}), each)
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _entry(root, place, node, key, value)


def mappings(root: Schema, place: str, node: Schema) -> Iterator[tuple[str, Schema]]:
    """The mappings that a value may be or may hold, through lists and maps, with their names."""
    place, node = _followed(root, place, node)
    if "properties" in node:
        yield place, node
    for inner in ("items", "additionalProperties"):
        if isinstance(node.get(inner), dict):
            yield from mappings(root, place, node[inner])


def resolved(root: Schema, node: Schema) -> Schema:
    """The node with what it refers to; its own words win."""
    own = {key: value for key, value in node.items() if key != "$ref"}
    return {**resolved(root, _target(root, node)), **own} if "$ref" in node else own


def _own(mapping: str, node: Schema) -> Iterator[Field]:
    required = node.get("required", [])
    for key, value in _keys(node):
        if not _repeats(value):
            yield Field(mapping=mapping, key=key, required=key in required, schema=value)


def _keys(node: Schema) -> Iterator[tuple[str, Schema]]:
    yield from node.get("properties", {}).items()
    for value in node.get("patternProperties", {}).values():
        yield value["title"], value


def _entry(root: Schema, place: str, node: Schema, key: str, value: object) -> Iterator[tuple[str, object]]:
    name, inner = _said(node, key)
    if name:
        yield f"{place}.{name}", value
        place = f"{place}.{name}"
    if isinstance(inner, dict):
        yield from shown(root, place, inner, value)


def _said(node: Schema, key: str) -> tuple[str, object]:
    """The name of the field that the key is, or "", and what the schema says of its value."""
    if key in node.get("properties", {}):
        return key, node["properties"][key]
    for pattern, value in node.get("patternProperties", {}).items():
        if re.search(pattern, key):
            return value["title"], value
    return "", node.get("additionalProperties")


def _followed(root: Schema, place: str, node: Schema) -> tuple[str, Schema]:
    """Where the keys are really said, and its name. What stands beside a reference to a mapping only narrows it."""
    while "$ref" in node:
        target = _target(root, node)
        if "properties" in node and "properties" not in target:
            break
        place = ".".join(step for step in _steps(node) if step not in ("$defs", "properties"))
        node = target
    return place, node


def _target(root: Schema, node: Schema) -> Schema:
    found: Any = root
    for step in _steps(node):
        found = found[step]
    return found  # type: ignore[no-any-return]


def _steps(node: Schema) -> list[str]:
    return str(node["$ref"]).removeprefix("#/").split("/")


def _repeats(node: Schema) -> bool:
    return list(node) == ["$ref"] and str(node["$ref"]).startswith(_OF_A_SERVICE)
