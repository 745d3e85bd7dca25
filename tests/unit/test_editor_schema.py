"""The schema for editors says the same language as the registry's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest

from chartgen import manual
from chartgen.registry.document import parse
from chartgen.registry.schema import check_shape, part_schema, schema

CASES = Path(__file__).parents[1] / "cases"
REGISTRIES = sorted(path for path in CASES.rglob("registry.yaml") if "expected" not in path.parts)
PRINTED = json.loads(manual.printed_schema())
JUDGE = jsonschema_rs.Draft202012Validator(PRINTED)


@pytest.mark.parametrize("printed", [PRINTED, json.loads(manual.printed_schema(part=True))])
def test_it_is_a_schema(printed: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(printed)
    assert set(printed["$defs"]) == set(schema()["$defs"])


@pytest.mark.parametrize("path", REGISTRIES, ids=lambda path: path.parent.name)
def test_it_judges_as_the_registrys_own_does(path: Path) -> None:
    document, _ = parse("registry.yaml", path.read_bytes())
    if document is not None:
        assert JUDGE.is_valid(document.data) == (not check_shape(document))


def test_every_field_is_explained_with_its_example() -> None:
    explained = {name: field.schema["markdownDescription"] for name, field in manual.fields(PRINTED).items()}
    assert explained["service.healthEndpoint"].endswith("\n\n```yaml\nport: 3002\nhealthEndpoint: /health\n```")
    assert [name for name, text in explained.items() if "```yaml\n" not in text] == []
    assert "Default: `true`." in explained["port.expose"]


def test_nothing_is_offered_that_is_so_by_default() -> None:
    """Nor what a server offers badly: mappings and lists."""
    text = json.dumps(PRINTED["$defs"]["service"]["properties"])
    assert '"default":' not in text and '"examples":' not in text
    snippets = PRINTED["$defs"]["service"]["properties"]["schedule"]["defaultSnippets"]
    assert snippets == [
        {"label": "0 3 * * *", "body": "${1:0 3 * * *}"}, {"label": "@hourly", "body": "${1:@hourly}"}
    ]  # fmt: skip
    assert PRINTED["$defs"]["service"]["properties"]["port"]["defaultSnippets"] == [
        {"label": "3002", "body": "^${1:3002}"}
    ]


def test_what_only_narrows_a_mapping_has_all_of_its_keys() -> None:
    liveness = PRINTED["$defs"]["probes"]["properties"]["liveness"]
    assert set(liveness["properties"]) == set(schema()["$defs"]["probe"]["properties"])
    assert liveness["properties"]["successThreshold"]["maximum"] == 1


def test_a_key_that_cannot_stand_there_and_a_choice_say_why() -> None:
    excluded = PRINTED["$defs"]["service"]["dependentSchemas"]["port"]
    assert excluded["properties"]["ports"] is False
    assert excluded["errorMessage"].startswith("cannot stand beside port")
    reasons = {branch["errorMessage"] for branch in PRINTED["$defs"]["patch"]["oneOf"]}
    assert reasons == {"needs one of merge and json"}


def test_making_it_leaves_the_registrys_own_alone() -> None:
    before = json.dumps([schema(), part_schema()])
    manual.printed_schema(part=True)
    assert json.dumps([schema(), part_schema()]) == before
    assert "title" in schema()
