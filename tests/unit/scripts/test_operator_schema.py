"""How the fields of operators' kinds are taken from their CRDs."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
import yaml

from scripts import operator_schema

SPEC = {
    "type": "object",
    "description": "gone",
    "required": ["size"],
    "properties": {
        "size": {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]},
        "description": {"type": "string", "description": "a field of that name stays"},
        "count": {"type": "integer", "format": "int32"},
        "empty": {"type": "string", "nullable": True},
        "metadata": {"type": "object"},
        "open": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "members": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
    },
}
ROOT = {"type": "object", "properties": {"spec": SPEC}}
WHOLE = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "stores.example.com", "annotations": {"controller-gen": "v1"}},
    "spec": {
        "group": "example.com",
        "names": {"kind": "Store"},
        "versions": [
            {"name": "v1", "served": True, "schema": {"openAPIV3Schema": ROOT}},
            {"name": "v0", "served": False, "schema": {"openAPIV3Schema": {"type": "object"}}},
        ],
    },
}
TEXT = "# Source: example/store at 1 (Apache-2.0)\n---\n" + yaml.safe_dump(WHOLE)


def test_the_file_is_made_from_the_crds() -> None:
    """Or else run `make operator-schema`."""
    made = operator_schema.text_of(operator_schema.schema_of(operator_schema.crds()))
    assert made == operator_schema.FILE.read_text(encoding="utf-8")


def test_each_crd_names_its_source_and_licence() -> None:
    for text in operator_schema.crds():
        assert text.startswith("# Source: ")
        assert text.splitlines()[0].endswith(("(Apache-2.0)", "(MPL-2.0)"))
        assert operator_schema.stripped(text) == text


def test_texts_are_taken_out_and_fields_stay() -> None:
    stripped = operator_schema.stripped(TEXT)
    assert stripped.startswith("# Source: example/store at 1 (Apache-2.0)\n")
    assert "gone" not in stripped
    assert "controller-gen" not in stripped
    assert '"description":{"type":"string"}' in stripped


@pytest.mark.parametrize(
    "spec",
    [
        {"size": 1},
        {"size": "1Gi", "description": "a", "count": 1, "empty": None},
        {"size": 1, "open": {"any": {"thing": 1}}, "labels": {"any": "a"}, "members": [{"name": "a"}], "metadata": {}},
    ],
)
def test_what_the_server_keeps_is_taken(spec: Any) -> None:
    assert valid(spec)


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"size": 1.5},
        {"size": 1, "more": 1},
        {"size": 1, "count": "1"},
        {"size": 1, "count": 2**31},
        {"size": 1, "description": None},
        {"size": 1, "labels": {"any": 1}},
        {"size": 1, "members": [{"title": "a"}]},
        {"size": 1, "metadata": {"name": "dropped"}},
    ],
)
def test_what_the_server_refuses_or_drops_is_not(spec: Any) -> None:
    assert not valid(spec)


def test_what_is_there_twice_is_written_once() -> None:
    part = {"type": "object", "properties": {f"field{number}": {"type": "string"} for number in range(9)}}
    whole = json.loads(json.dumps(WHOLE))
    fields = whole["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
    fields |= {"one": part, "other": part}
    schema = operator_schema.schema_of([f"# Source: here\n{json.dumps(whole)}"])
    assert json.dumps(schema).count("field8") == 1
    assert schema["sources"] == ["here"]
    assert set(schema["$defs"]) == {"Store.v1.example.com", "crd.one.1"}


def valid(spec: Any) -> bool:
    kinds = operator_schema.closed_kinds(TEXT)
    assert list(kinds) == ["example.com/v1 Store"]
    schema = {**kinds["example.com/v1 Store"], "$defs": {"ObjectMeta": {}}}
    return jsonschema_rs.Draft202012Validator(schema).is_valid({"apiVersion": "a", "kind": "b", "spec": spec})
