"""The rule on the shape of objects: fields that Kubernetes has, of the type that it wants, together as it takes them.

`kubernetes.json` says what it takes (scripts/kubernetes_schema.py makes it from a server's own words), `operators.json`
what operators, Istio and the Gateway API have added to it (scripts/operator_schema.py makes it from their
CustomResourceDefinitions)."""

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
_KUBERNETES, _OPERATORS = (Path(__file__).with_name(name) for name in ("kubernetes.json", "operators.json"))
_ELSEWHERE = (["metadata", "name"], ["metadata", "labels"], ["metadata", "annotations"])
"""What is no text in metadata is CG503."""


def fields_exist(thing: Rendered) -> Iterator[Diagnostic]:
    """CG508: a field that the kind does not have, of another type, or beside what it cannot stand with."""
    validator = _validator(f"{thing.api_version} {thing.kind}", custom=thing.is_of_an_operator or thing.is_of_the_mesh)
    data: Any = thing.data
    if validator is None or _accepts(validator, data):
        return
    data = _pruned(json.loads(json.dumps(data, default=str, skipkeys=True)))
    told: set[str] = set()
    for error in validator.iter_errors(data):
        path = list(error.instance_path)
        if path[:2] in _ELSEWHERE:
            continue
        for words, hint in _said(error, _dotted(path), _whose(thing)):
            if words not in told:
                told.add(words)
                yield about("CG508", thing, words, hint)


@cache
def _schema() -> dict[str, Any]:
    """What Kubernetes takes."""
    loaded: dict[str, Any] = json.loads(_KUBERNETES.read_text(encoding="utf-8"))
    return loaded


@cache
def _with_operators() -> dict[str, Any]:
    """The same with what operators and the mesh take; read where such an object is met, as few charts have any."""
    more: dict[str, Any] = json.loads(_OPERATORS.read_text(encoding="utf-8"))
    return {part: {**_schema()[part], **more[part]} for part in ("kinds", "$defs")}


@cache
def _validator(kind: str, *, custom: bool) -> jsonschema_rs.Draft202012Validator | None:
    """The validator of one `apiVersion kind`; None for those that nothing is known of."""
    schema = _with_operators() if custom else _schema()
    known = schema["kinds"].get(kind)
    return jsonschema_rs.Draft202012Validator({"$defs": schema["$defs"], **known}) if known else None


def _whose(thing: Rendered) -> str:
    """Who decides which fields the object has."""
    if thing.is_of_the_mesh:
        return "Istio" if thing.api_version.partition("/")[0].endswith(".istio.io") else "the Gateway API"
    return "its operator" if thing.is_of_an_operator else "Kubernetes"


def _accepts(validator: jsonschema_rs.Draft202012Validator, data: Any) -> bool:
    try:
        return validator.is_valid(data)
    except (TypeError, ValueError):  # a date, or a key that is no text: JSON has neither
        return False


def _pruned(data: Any) -> Any:
    """The data without what is null, which the server takes for what is not there."""
    if isinstance(data, list):
        return [_pruned(each) for each in data]
    if isinstance(data, dict):
        return {key: _pruned(value) for key, value in data.items() if value is not None}
    return data


def _said(error: jsonschema_rs.ValidationError, where: str, whose: str) -> Iterator[tuple[str, str]]:
    """What is wrong, and a hint. `whose`: who takes the object."""
    kind, value = error.kind, error.instance
    match kind:
        case Kind.AdditionalProperties():
            node = _node(error)
            for key in kind.unexpected:
                yield f'has "{_joined(where, key)}", a field that {whose} does not have', _meant(key, node)
        case Kind.Required():
            yield f'has no "{_joined(where, kind.property)}"', ""
        case Kind.PropertyNames():
            yield f'has the key "{wording.short(str(kind.error.instance))}" in {where}, which {whose} refuses', ""
        case Kind.FalseSchema():
            yield f"has {where} beside {_joined(where.rpartition('.')[0], _partner(error))}", "remove one of them"
        case Kind.MaxProperties() if isinstance(value, dict):
            words = f"has {wording.listed(_parts(value))} in {where}, of which only one can be there"
            yield words, "keep one of them"
        case _:
            yield _refused(error, where, whose)


def _refused(error: jsonschema_rs.ValidationError, where: str, whose: str) -> tuple[str, str]:
    """What is wrong with a single value, and a hint."""
    node, value = _node(error), error.instance
    hint = ""
    match error.kind:
        case Kind.Type():
            rule = f"must be {wording.wanted({'type': [name for name in _listed(node['type']) if name != 'null']})}"
        case Kind.Enum():
            words = [str(word) for word in node["enum"] if word]
            rule = f"is no word that {whose} takes there"
            hint = did_you_mean(str(value), words) or f"it takes {wording.listed(words)}"
        case Kind.Minimum() | Kind.Maximum():
            rule = f"must be {wording.bounds(node, value if isinstance(value, (int, float)) else 0)}"
        case Kind.MinItems() | Kind.MinProperties() | Kind.MinLength():
            return f"has nothing in {where}, which must not be empty", ""
        case Kind.MaxItems(limit=0) | Kind.MaxLength(limit=0):
            rule = "must be empty here"
        case _:
            rule = f"{whose} refuses here"
    return f"has {wording.came(value)} as {where}, which {rule}", hint  # type: ignore[arg-type]


def _node(error: jsonschema_rs.ValidationError) -> dict[str, Any]:
    """The part of the schema that refused the value."""
    node: Any = _root(error)
    for step in error.schema_path[:-1]:
        node = node[step]
    return node if isinstance(node, dict) else {}


def _root(error: jsonschema_rs.ValidationError) -> dict[str, Any]:
    """The schema in which the error's path leads to the part that refused the value: each kind is a `$ref`."""
    own = error.schema_path[1] in _schema()["$defs"]
    return _schema() if own else _with_operators()


def _partner(error: jsonschema_rs.ValidationError) -> str:
    """The field beside which this one cannot stand: its presence is the condition."""
    path = error.schema_path
    at = max(index for index, step in enumerate(path) if step in ("dependentSchemas", "then"))
    if path[at] == "dependentSchemas":
        return str(path[at + 1])
    node: Any = _root(error)
    for step in path[:at]:
        node = node[step]
    return str(node["if"]["required"][0])


def _parts(value: dict[str, Any]) -> list[str]:
    """The parts of what can have only one; its name is none of them."""
    return [key for key in value if key != "name"]


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
