"""The shape of a registry: data against the JSON Schema, every mistake at its place and in words."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from chartgen.codes import diagnose
from chartgen.diagnostics import Diagnostic, in_file_order
from chartgen.registry import wording
from chartgen.registry.suggest import did_you_mean, suggest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from chartgen.registry.document import Document
    from chartgen.registry.pod import JsonValue
    from chartgen.registry.service import Path

MAX_FINDINGS = 1000
PARTS = ("services", "datastores", "externals")
"""What an included file may hold."""

_SCHEMA = FilePath(__file__).with_name("schema.json")

Kind = jsonschema_rs.ValidationErrorKind


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema as data; not to be changed."""
    loaded: dict[str, Any] = json.loads(_SCHEMA.read_text(encoding="utf-8"))
    return loaded


@cache
def part_schema() -> dict[str, Any]:
    """The JSON Schema of a file that a registry includes; not to be changed."""
    whole = schema()
    return {
        "$schema": whole["$schema"],
        "$id": whole["$id"].replace("registry", "registry-part"),
        "title": "a file that a chartgen service registry includes",
        "description": "A part of a platform: what one team owns.",
        "type": "object",
        "properties": {name: whole["properties"][name] for name in PARTS if name in whole["properties"]},
        "additionalProperties": False,
        "minProperties": 1,
        "$defs": whole["$defs"],
    }


@cache
def _schema_as_read(is_part: bool) -> dict[str, Any]:
    """The schema for data of our own reader, which has made text of the numbers and booleans that stand for text."""
    loaded: dict[str, Any] = _text_only(part_schema() if is_part else schema())
    return loaded


def _text_only(node: Any) -> Any:
    if isinstance(node, list):
        return [_text_only(each) for each in node if each not in ("number", "boolean") or "boolean" not in node]
    return {key: _text_only(value) for key, value in node.items()} if isinstance(node, dict) else node


@cache
def _validator(is_part: bool) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(_schema_as_read(is_part))


def check_shape(document: Document) -> list[Diagnostic]:
    """Every place where the document is not of the schema's shape, in file order; of very many, the first."""
    if _validator(document.is_part).is_valid(document.data):
        return []
    errors = _errors(document)
    mistyped = {tuple(e.instance_path) for e in errors if isinstance(e.kind, Kind.Type)}
    meant = {(*e.instance_path, name) for e in errors for name in _meant(e, _node(document, e))}
    closest = _closest_patterns(errors)
    found: list[Diagnostic] = []
    for error in errors:
        path = tuple(error.instance_path)
        if path in mistyped and not isinstance(error.kind, Kind.Type):
            continue
        if isinstance(error.kind, Kind.Required) and (*path, error.kind.property) in meant:
            continue
        if isinstance(error.kind, Kind.Pattern) and error is not closest[path]:
            continue
        mistake = _Mistake(document, error, path, _node(document, error))
        if isinstance(error.kind, Kind.OneOfNotValid) and any((*path, name) in meant for name in _choice(mistake)):
            continue
        found.extend(_RULES.get(type(error.kind), _other)(mistake))
    return in_file_order(found)


def _closest_patterns(errors: list[jsonschema_rs.ValidationError]) -> dict[Path, jsonschema_rs.ValidationError]:
    """Of the patterns that refuse one text, the one of the narrowest condition: its schema lies deepest."""
    patterns = (error for error in errors if isinstance(error.kind, Kind.Pattern))
    return {tuple(e.instance_path): e for e in sorted(patterns, key=lambda e: "then" in e.schema_path)}


def _errors(document: Document) -> list[jsonschema_rs.ValidationError]:
    """The first errors. Far too many services are one mistake; what is wrong with each of them does not matter."""
    data = document.data
    services = data.get("services") if isinstance(data, dict) else None
    if isinstance(data, dict) and isinstance(services, list) and len(services) > most("services"):
        data = {**data, "services": [{"name": "x"}] * len(services)}
    return list(islice(_validator(document.is_part).iter_errors(data), MAX_FINDINGS))


def most(section: str) -> int:
    """How many entries a list of the registry may have."""
    limit: int = schema()["properties"][section].get("maxItems", sys.maxsize)
    return limit


def _node(document: Document, error: jsonschema_rs.ValidationError) -> dict[str, Any]:
    """The part of the schema that holds the keyword which refused the value."""
    node: Any = _schema_as_read(document.is_part)
    for step in error.schema_path[:-1]:
        node = node[step]
    return node if isinstance(node, dict) else {}


def _meant(error: jsonschema_rs.ValidationError, node: Mapping[str, Any]) -> list[str]:
    """Keys that unknown keys of a mapping are suggested for: they are misspelt, not missing."""
    if not isinstance(error.kind, Kind.AdditionalProperties):
        return []
    known = node.get("properties", {})
    return [suggest(key, known) for key in error.kind.unexpected]


@dataclass(frozen=True, slots=True)
class _Mistake:
    """One error of the validator, with what is needed to say it."""

    document: Document
    error: jsonschema_rs.ValidationError
    path: Path
    node: dict[str, Any]

    @property
    def where(self) -> str:
        if self.document.is_part and not self.path:
            return "the included file"
        return wording.place(self.document.data, self.path)

    @property
    def value(self) -> JsonValue:
        return self.error.instance  # type: ignore[return-value]

    def at(self, code: str, message: str, hint: str = "") -> Diagnostic:
        return diagnose(code, self.document.span(self.path), message, hint)

    def at_key(self, code: str, message: str, hint: str = "", key: str | None = None) -> Diagnostic:
        path = self.path if key is None else (*self.path, key)
        return diagnose(code, self.document.span(path, key=True), message, hint)


def _unknown_keys(mistake: _Mistake) -> Iterator[Diagnostic]:
    known = mistake.node.get("properties", {})
    for key in mistake.error.kind.unexpected:  # type: ignore[attr-defined]
        near = did_you_mean(key, known) or wording.other_word(key, known)
        hint = _elsewhere(mistake, key) or near or _of_a_service(known, key) or wording.known_keys(known)
        yield mistake.at_key("CG101", f'unknown key "{wording.short(key)}" in {mistake.where}', hint, key)


def _elsewhere(mistake: _Mistake, key: str) -> str:
    """A hint on a key of the registry that stands in an included file."""
    if not mistake.document.is_part or mistake.path or key not in schema()["properties"]:
        return ""
    return f"it belongs into the registry: an included file holds {wording.listed(list(part_schema()['properties']))}"


def _of_a_service(known: Mapping[str, Any], key: str) -> str:
    """A hint on a key of a service in a mapping that repeats some of them."""
    own = "#/$defs/service/properties/"
    repeats = any(str(value.get("$ref", "")).startswith(own) for value in known.values())
    return "a service alone has it" if repeats and key in schema()["$defs"]["service"]["properties"] else ""


def _missing(mistake: _Mistake) -> Iterator[Diagnostic]:
    key = mistake.error.kind.property  # type: ignore[attr-defined]
    by_key = bool(mistake.path) and isinstance(mistake.path[-1], str)
    point = mistake.at_key if by_key else mistake.at
    yield point("CG102", f'{mistake.where} has no "{key}"')


def _type(mistake: _Mistake) -> Iterator[Diagnostic]:
    source = mistake.document.source(mistake.path)
    wanted = wording.wanted(mistake.node)
    message = f"{mistake.where} must be {wanted}, not {wording.came(mistake.value, source)}"
    yield mistake.at("CG103", message, wording.retyped(mistake.node, mistake.value, source))


def _enum(mistake: _Mistake) -> Iterator[Diagnostic]:
    options = [_option(option) for option in mistake.error.kind.options]  # type: ignore[attr-defined]
    words = options[0] if len(options) == 1 else "one of " + ", ".join(options)
    message = f"{mistake.where} must be {words}, not {wording.came(mistake.value)}"
    hint = did_you_mean(mistake.value, options) if isinstance(mistake.value, str) else ""
    yield mistake.at("CG104", message, "" if len(options) == 1 else hint)


def _option(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _pattern(mistake: _Mistake) -> Iterator[Diagnostic]:
    text = str(mistake.value)
    message = f'{mistake.where} {mistake.node["patternErrorMessage"]}, not "{wording.short(text)}"'
    yield mistake.at("CG105", message, wording.respelt(mistake.node, text))


def _range(mistake: _Mistake) -> Iterator[Diagnostic]:
    value = mistake.value if isinstance(mistake.value, (int, float)) else 0
    yield mistake.at("CG106", f"{mistake.where} must be {wording.bounds(mistake.node, value)}, not {value}")


def _length(mistake: _Mistake) -> Iterator[Diagnostic]:
    message = f"{mistake.where} {wording.length(mistake.error.kind.name, mistake.node, mistake.value)}"
    point = mistake.at if isinstance(mistake.value, str) else mistake.at_key
    yield point("CG107", message)


def _one_of(mistake: _Mistake) -> Iterator[Diagnostic]:
    """Groups of keys of which exactly one is wanted."""
    names = _choice(mistake)
    words = wording.listed(names)
    present = [key for key in mistake.value if key in names] if isinstance(mistake.value, dict) else []
    if not present:
        yield mistake.at("CG108", f"{mistake.where} needs one of {words}")
    for key in present[1:]:
        message = f'{mistake.where} has "{key}" beside "{present[0]}": exactly one of {words} is wanted'
        yield mistake.at_key("CG108", message, "remove one of them", key)


def _choice(mistake: _Mistake) -> list[str]:
    return [branch["required"][0] for branch in mistake.node["oneOf"]]


def _excluded(mistake: _Mistake) -> Iterator[Diagnostic]:
    message = f"{mistake.where} {mistake.node.get('errorMessage', 'cannot stand here')}"
    yield mistake.at_key("CG108", message, "remove one of them")


def _repeated(mistake: _Mistake) -> Iterator[Diagnostic]:
    seen: set[str] = set()
    for index, item in enumerate(mistake.value if isinstance(mistake.value, list) else []):
        mark = json.dumps(item, sort_keys=True)
        if mark in seen:
            span = mistake.document.span((*mistake.path, index))
            message = f"{mistake.where} has {wording.came(item)} twice"
            yield diagnose("CG109", span, message, "remove one of them")
        seen.add(mark)


def _entry_name(mistake: _Mistake) -> Iterator[Diagnostic]:
    inner = mistake.error.kind.error  # type: ignore[attr-defined]
    name, node = str(inner.instance), _node(mistake.document, inner)
    if isinstance(inner.kind, Kind.Pattern):
        rule = f"{node['patternErrorMessage']}"
    else:
        rule = wording.length(inner.kind.name, node, name)
    message = f'the name "{wording.short(name)}" in {mistake.where} {rule}'
    yield mistake.at_key("CG110", message, wording.respelt(node, name), name)


def _other(mistake: _Mistake) -> Iterator[Diagnostic]:
    yield mistake.at("CG105", f"{mistake.where} is not of the form that is wanted here")


_RULES: dict[type[Any], Callable[[_Mistake], Iterator[Diagnostic]]] = {
    Kind.AdditionalProperties: _unknown_keys,
    Kind.Required: _missing,
    Kind.Type: _type,
    Kind.Enum: _enum,
    Kind.Pattern: _pattern,
    Kind.Minimum: _range,
    Kind.Maximum: _range,
    Kind.MinLength: _length,
    Kind.MaxLength: _length,
    Kind.MinItems: _length,
    Kind.MaxItems: _length,
    Kind.MinProperties: _length,
    Kind.OneOfNotValid: _one_of,
    Kind.OneOfMultipleValid: _one_of,
    Kind.Not: _excluded,
    Kind.UniqueItems: _repeated,
    Kind.PropertyNames: _entry_name,
}
