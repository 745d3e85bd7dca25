"""The rule on the shape of objects: fields that Kubernetes has, of the type that it wants, together as it takes them.

`kubernetes.json` says what it takes (scripts/kubernetes_schema.py makes it from a server's own words)."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from chartgen.audit.finding import about
from chartgen.registry import wording
from chartgen.registry.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.audit.objects import Rendered
    from chartgen.diagnostics import Diagnostic

Kind = jsonschema_rs.ValidationErrorKind
_FILE = Path(__file__).with_name("kubernetes.json")
_ELSEWHERE = (["metadata", "name"], ["metadata", "labels"], ["metadata", "annotations"])
"""What is no text in metadata is CG503."""


def fields_exist(thing: Rendered) -> Iterator[Diagnostic]:
    """CG508: a field that the kind does not have, of another type, or beside what it cannot stand with."""
    validator = _validator(f"{thing.api_version} {thing.kind}")
    data: Any = thing.data
    if validator is None or _accepts(validator, data):
        return
    data = json.loads(json.dumps(data, default=str, skipkeys=True))
    told: set[str] = set()
    for error in validator.iter_errors(data):
        path = list(error.instance_path)
        if path[:2] in _ELSEWHERE:
            continue
        for words, hint in _said(error, _dotted(path)):
            if words not in told:
                told.add(words)
                yield about("CG508", thing, words, hint)


@cache
def _schema() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return loaded


@cache
def _validator(kind: str) -> jsonschema_rs.Draft202012Validator | None:
    """The validator of one `apiVersion kind`; None for those that nothing is known of."""
    known = _schema()["kinds"].get(kind)
    return jsonschema_rs.Draft202012Validator({"$defs": _schema()["$defs"], **known}) if known else None


def _accepts(validator: jsonschema_rs.Draft202012Validator, data: Any) -> bool:
    try:
        return validator.is_valid(data)
    except (TypeError, ValueError):  # a date, or a key that is no text: JSON has neither
        return False


def _said(error: jsonschema_rs.ValidationError, where: str) -> Iterator[tuple[str, str]]:
    """What is wrong, and a hint."""
    node, kind = _node(error), error.kind
    value: Any = error.instance
    match kind:
        case Kind.AdditionalProperties():
            for key in kind.unexpected:
                yield f'has "{_joined(where, key)}", a field that Kubernetes does not have', _meant(key, node)
        case Kind.Required():
            yield f'has no "{_joined(where, kind.property)}"', ""
        case Kind.Type():
            wanted = wording.wanted({"type": [name for name in _listed(node["type"]) if name != "null"]})
            yield f"has {wording.came(value)} as {where}, which must be {wanted}", ""
        case Kind.Enum():
            words = [str(word) for word in node["enum"] if word]
            yield f"has {wording.came(value)} as {where}", f"Kubernetes knows {wording.listed(words)}"
        case Kind.Minimum() | Kind.Maximum():
            yield f"has {value} as {where}, which must be {wording.bounds(node, value)}", ""
        case Kind.Pattern():
            yield f'has "{wording.short(str(value))}" as {where}, which Kubernetes refuses', ""
        case Kind.PropertyNames():
            yield f'has the key "{wording.short(str(kind.error.instance))}" in {where}, which Kubernetes refuses', ""
        case Kind.FalseSchema():
            yield f"has {where} beside what it cannot stand with", ""
        case _:
            yield f"has {wording.came(value)} as {where}, which Kubernetes refuses here", ""


def _node(error: jsonschema_rs.ValidationError) -> dict[str, Any]:
    """The part of the schema that refused the value."""
    node: Any = _schema()
    for step in error.schema_path[:-1]:
        node = node[step]
    return node if isinstance(node, dict) else {}


def _meant(key: str, node: dict[str, Any]) -> str:
    known = node.get("properties", {})
    return did_you_mean(key, known) or wording.known_keys(known)


def _listed(types: str | list[str]) -> list[str]:
    return [types] if isinstance(types, str) else types


def _joined(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _dotted(path: list[str | int]) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")
