"""`make operator-schema`: writes chartgen/audit/operators.json, the fields that the kinds of operators, of Istio and of
the Gateway API have.

It is made from the CustomResourceDefinitions in tests/data/crds, which are their own without the texts;
with CRDS=<folder> those are taken anew from a folder of whole ones. What the API server does not know in such an
object it drops, so all is closed here."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
FILE = ROOT / "chartgen" / "audit" / "operators.json"
CRDS = ROOT / "tests" / "data" / "crds"
_LIMITS = ("minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_SIZES = ("minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties")
_KEPT = ("type", "enum", "pattern", *_LIMITS, *_SIZES, "required", "anyOf", "oneOf", "allOf", "not")
"""What says the same in a CRD and in JSON Schema."""
_BOUNDS = {"int32": 31, "int64": 63}
_APPROVAL = "api-approved.kubernetes.io"
"""Without this annotation the API server takes no definition of a group of Kubernetes' own."""
_SHARED = 100
"""A part of so many letters is written once, if it is there twice."""


def stripped(text: str) -> str:
    """A CRD without its texts: the comments at its head, which name source and licence, and one line of JSON."""
    head = [line for line in text.splitlines() if line.startswith("# ")]
    definition = yaml.load(text, yaml.CSafeLoader)
    metadata = {"name": definition["metadata"]["name"]}
    if approval := definition["metadata"].get("annotations", {}).get(_APPROVAL):
        metadata["annotations"] = {_APPROVAL: approval}
    slim = {**definition, "metadata": metadata, "spec": _without_texts(definition["spec"])}
    slim.pop("status", None)
    return "\n".join([*head, json.dumps(slim, separators=(",", ":"))]) + "\n"


def _without_texts(node: Any) -> Any:
    if isinstance(node, list):
        return [_without_texts(each) for each in node]
    if not isinstance(node, dict):
        return node
    texts = {key for key in ("description", "example", "externalDocs") if not isinstance(node.get(key), dict)}
    return {key: _without_texts(value) for key, value in node.items() if key not in texts}


def closed_kinds(text: str) -> dict[str, dict[str, Any]]:
    """`apiVersion kind` → JSON Schema, for each version that a CRD serves."""
    spec = yaml.load(text, yaml.CSafeLoader)["spec"]
    kind, group = spec["names"]["kind"], spec["group"]
    served = (version for version in spec["versions"] if version["served"])
    return {f"{group}/{each['name']} {kind}": _resource(each["schema"]["openAPIV3Schema"]) for each in served}


def _resource(schema: dict[str, Any]) -> dict[str, Any]:
    whole = _closed(schema)
    fields = {"apiVersion": {}, "kind": {}, **whole["properties"], "metadata": {"$ref": "#/$defs/ObjectMeta"}}
    if "status" in fields:
        fields["status"] = {}  # what only the operator writes
    return {**whole, "properties": fields}


def _closed(node: dict[str, Any]) -> dict[str, Any]:
    """A node of a CRD as JSON Schema that admits nothing which the server would drop."""
    if node.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"], **({"pattern": node["pattern"]} if "pattern" in node else {})}
    schema = {key: node[key] for key in _KEPT if key in node}
    if node.get("nullable") and "type" in schema:
        schema["type"] = [schema["type"], "null"]
    if (bits := _BOUNDS.get(node.get("format", ""))) and node["type"] == "integer":
        schema = {"minimum": -(2**bits), "maximum": 2**bits - 1, **schema}
    if "items" in node:
        schema["items"] = _closed(node["items"])
    if node.get("type") == "object":
        schema |= _fields(node)
    return schema


def _fields(node: dict[str, Any]) -> dict[str, Any]:
    fields = {key: _closed(value) for key, value in sorted(node.get("properties", {}).items())}
    more = node.get("additionalProperties")
    if isinstance(more, dict):
        return {"additionalProperties": _closed(more)}
    if more or node.get("x-kubernetes-preserve-unknown-fields"):
        return {"properties": fields}
    return {"properties": fields, "additionalProperties": False}


def schema_of(texts: list[str]) -> dict[str, Any]:
    """The file's content: what is there several times stands once, in `$defs`."""
    kinds = {name: schema for text in texts for name, schema in closed_kinds(text).items()}
    shared = _Shared(kinds)
    roots = {_root(name): shared.written(schema, name) for name, schema in kinds.items()}
    refs = {name: {"$ref": f"#/$defs/{_root(name)}"} for name in sorted(kinds)}
    sources = sorted(text.splitlines()[0].removeprefix("# Source: ") for text in texts)
    return {"sources": sources, "kinds": refs, "$defs": dict(sorted((roots | shared.definitions).items()))}


def _root(name: str) -> str:
    """The definition of a kind."""
    api_version, _, kind = name.partition(" ")
    group, _, version = api_version.partition("/")
    return f"{kind}.{version}.{group}"


class _Shared:
    """Parts that are there several times, each under the name of the field that first had it."""

    def __init__(self, kinds: dict[str, dict[str, Any]]) -> None:
        self._times: Counter[str] = Counter()
        self._names: dict[str, str] = {}
        self.definitions: dict[str, Any] = {}
        for schema in kinds.values():
            self._count(schema)

    def _count(self, node: Any) -> None:
        if not isinstance(node, (dict, list)):
            return
        text = json.dumps(node)
        if isinstance(node, dict) and len(text) >= _SHARED:
            self._times[text] += 1
            if self._times[text] > 1:
                return  # its parts are counted with it
        for each in node.values() if isinstance(node, dict) else node:
            self._count(each)

    def written(self, node: Any, name: str) -> Any:
        """The node with references for what is shared."""
        if isinstance(node, list):
            return [self.written(each, name) for each in node]
        if not isinstance(node, dict):
            return node
        if "type" in node and self._times[text := json.dumps(node)] > 1:
            return {"$ref": f"#/$defs/{self._name(text, node, name)}"}
        return {key: self._part(key, value, name) for key, value in node.items()}

    def _part(self, key: str, value: Any, name: str) -> Any:
        if key == "properties":
            return {field: self.written(each, field) for field, each in value.items()}
        return self.written(value, name) if key in ("items", "additionalProperties") else value

    def _name(self, text: str, node: dict[str, Any], name: str) -> str:
        if text not in self._names:
            name = name.rpartition(" ")[2]  # of a whole kind, without its apiVersion: a reference takes no space
            taken = sum(other.rpartition(".")[0] == f"crd.{name}" for other in self.definitions)
            self._names[text] = given = f"crd.{name}.{taken + 1}"
            self.definitions[given] = {}
            self.definitions[given] = {key: self._part(key, value, name) for key, value in node.items()}
        return self._names[text]


def text_of(schema: dict[str, Any]) -> str:
    """The file's text: a line for each source, kind and definition."""

    def lines(nodes: dict[str, Any]) -> str:
        written = (f"{json.dumps(name)}: {json.dumps(node, separators=(',', ':'))}" for name, node in nodes.items())
        return ",\n".join(written)

    sources = ",\n".join(json.dumps(source) for source in schema["sources"])
    kinds, definitions = lines(schema["kinds"]), lines(schema["$defs"])
    return f'{{"sources": [\n{sources}\n],\n"kinds": {{\n{kinds}\n}},\n"$defs": {{\n{definitions}\n}}}}\n'


def crds() -> list[str]:
    """The texts of the CRDs in tests/data/crds."""
    return [path.read_text(encoding="utf-8") for path in sorted(CRDS.glob("*.yaml"))]


def main() -> int:
    """0: what is in tests/data/crds is taken anew from CRDS, if that is given, and the file is written."""
    if folder := os.environ.get("CRDS"):
        for path in sorted(CRDS.glob("*.yaml")):
            path.write_text(stripped((Path(folder) / path.name).read_text(encoding="utf-8")), encoding="utf-8")
    FILE.write_text(text_of(schema_of(crds())), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
