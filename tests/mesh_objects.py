"""A judge of Istio's and the Gateway API's objects, as the API server is one: the fields of their definitions, their
defaults, keys of lists, and the rules in CEL. The definitions lie in tests/data/crds; CEL's evaluator is not ours."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import cel
import jsonschema_rs

from scripts.operator_schema import closed_kinds, crds

Schema: TypeAlias = dict[str, Any]
_GROUPS = (".istio.io", "gateway.networking.k8s.io")
_SOURCES = ("# Source: istio/istio ", "# Source: sigs.k8s.io/gateway-api ")
_RESERVED = frozenset((
    "as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop",
    "namespace", "null", "package", "return", "true", "var", "void", "while",
))  # fmt: skip
"""Words that CEL keeps for itself; a field of that name is written between underscores."""
_ESCAPES = {"__": "__underscores__", ".": "__dot__", "-": "__dash__", "/": "__slash__"}
_TRANSITION = "oldSelf"
"""A rule with this word judges a change, and nothing changes here."""


def problems(thing: Any) -> list[str]:
    """What an API server that has the definitions would say against the object."""
    kind = f"{thing['apiVersion']} {thing['kind']}"
    if kind not in _definitions():
        return [f"no definition of {kind}"]
    fields = [f"{'.'.join(map(str, e.instance_path))}: {e.message}" for e in _fields(kind).iter_errors(thing)]
    if fields:
        return fields
    schema = _definitions()[kind]
    return list(_broken(schema, _defaulted(schema, thing), ""))


def is_one(thing: Any) -> bool:
    """Whether the object is of the mesh's groups."""
    group, _, _ = str(thing["apiVersion"]).partition("/")
    return group.endswith(_GROUPS)


@cache
def rules() -> tuple[str, ...]:
    """Every rule of every definition."""
    return tuple(sorted({rule for schema in _definitions().values() for rule in _rules(schema)}))


@cache
def compiled(rule: str) -> cel.Program:
    """The rule, ready to be asked; ValueError when it is none."""
    return cel.compile(rule)


@cache
def _definitions() -> dict[str, Schema]:
    """`apiVersion kind` → its schema."""
    found: dict[str, Schema] = {}
    for text in _texts():
        spec = json.loads(text.split("\n", 1)[1])["spec"]
        names = {each["name"]: each for each in spec["versions"] if each["served"]}
        schemas = {name: each["schema"]["openAPIV3Schema"] for name, each in names.items()}
        found |= {f"{spec['group']}/{name} {spec['names']['kind']}": schema for name, schema in schemas.items()}
    return found


@cache
def _closed() -> dict[str, Schema]:
    """`apiVersion kind` → JSON Schema that admits no field that is not there."""
    return {kind: schema for text in _texts() for kind, schema in closed_kinds(text).items()}


def _texts() -> list[str]:
    return [text for text in crds() if text.splitlines()[0].startswith(_SOURCES)]


@cache
def _fields(kind: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator({**_closed()[kind], "$defs": {"ObjectMeta": {}}})


def _rules(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        for rule in _own(schema):
            yield rule["rule"]
        for value in schema.values():
            yield from _rules(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _rules(value)


def _own(schema: Schema) -> list[dict[str, str]]:
    """The rules of a node; a field of that name is none."""
    own = schema.get("x-kubernetes-validations", [])
    return own if isinstance(own, list) else []


def _defaulted(schema: Schema, value: Any) -> Any:
    """The value with the defaults of its definition."""
    if isinstance(value, list):
        return [_defaulted(schema.get("items", {}), each) for each in value]
    if not isinstance(value, dict):
        return value
    fields = schema.get("properties", {})
    missing = {k: node["default"] for k, node in fields.items() if "default" in node and value.get(k) is None}
    return {key: _defaulted(_below(schema, key), each) for key, each in (value | missing).items() if each is not None}


def _below(schema: Schema, key: str) -> Schema:
    """The schema of a field, or of a key of a map."""
    more = schema.get("additionalProperties")
    found: Schema = schema.get("properties", {}).get(key) or (more if isinstance(more, dict) else {})
    return found


def _broken(schema: Schema, value: Any, where: str) -> Iterator[str]:
    """What the node and all below it say against the value."""
    if isinstance(value, list):
        yield from _repeated(schema, value, where)
        for number, each in enumerate(value):
            yield from _broken(schema.get("items", {}), each, f"{where}[{number}]")
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _broken(_below(schema, key), each, f"{where}.{key}")
    for rule in _own(schema):
        words = None if _TRANSITION in rule["rule"] else _answer(rule["rule"], _escaped(schema, value))
        if words is not None:
            yield f"{where}: {rule.get('message', rule['rule'])}{words}"


def _repeated(schema: Schema, value: list[Any], where: str) -> Iterator[str]:
    """Elements that a list may hold once."""
    names = schema.get("x-kubernetes-list-map-keys", ())
    if not names and schema.get("x-kubernetes-list-type") != "set":
        return
    keys = [json.dumps([each.get(name) for name in names] if names else each, sort_keys=True) for each in value]
    yield from (f"{where}: {key} is there twice" for key in sorted({key for key in keys if keys.count(key) > 1}))


def _answer(rule: str, value: Any) -> str | None:
    """None, where the rule holds; else what else there is to say."""
    context = cel.Context({"self": value}, _FUNCTIONS)
    try:
        return None if compiled(rule).execute(context) is True else ""
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        return f" ({rule}: {error})"


def _escaped(schema: Schema, value: Any) -> Any:
    """The value as CEL sees it: fields have names that CEL can say, keys of maps stay."""
    if isinstance(value, list):
        return [_escaped(schema.get("items", {}), each) for each in value]
    if not isinstance(value, dict):
        return value
    fields = schema.get("properties", {})
    return {_name(key) if key in fields else key: _escaped(_below(schema, key), each) for key, each in value.items()}


def _name(field: str) -> str:
    if field in _RESERVED:
        return f"__{field}__"
    for letters, escape in _ESCAPES.items():
        field = field.replace(letters, escape)
    return field


def _substring(text: str, start: int, end: int | None = None) -> str:
    if start > len(text) or (end is not None and end > len(text)):
        raise ValueError("index out of range")
    return text[start:end]


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "url": lambda text: {"text": text},
    "getScheme": lambda url: urlsplit(url["text"]).scheme,
    "split": lambda text, by: text.split(by),
    "substring": _substring,
}
"""What Kubernetes adds to CEL."""
