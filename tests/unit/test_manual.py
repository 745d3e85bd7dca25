"""The page of the language: it has every field, and an example that shows it and compiles."""

from __future__ import annotations

import fnmatch
import re
import textwrap
from typing import Any

import pytest
import yaml

from chartgen import manual
from chartgen.manual import Example
from chartgen.manual.fields import resolved
from chartgen.manual.words import anchor
from chartgen.registry import Compiled, compile_registry
from chartgen.registry.schema import schema

FILES: dict[str, bytes] = {
    "config/rules.json": b"{}\n",
    "services/cart.yaml": b"services: [{name: cart, port: 8080}]\n",
}
FRAME = {
    "apiVersion": "chartgen.dev/v1\n",
    "kind": "ServiceRegistry\n",
    "metadata": "{name: shop, version: 1.0.0}\n",
    "images": "{prefix: ghcr.io/acme/shop}\n",
    "services": "[{name: orders, port: 3002}]\n",
}
"""What an example of the file's own keys stands in; its own take the place of these."""
AROUND = {
    "services": [
        "{name: auth, port: 3001}",
        "{name: payments, ports: [{name: http, port: 80}, {name: grpc, port: 9000}]}",
        "{name: bank, events: {broker: bus, publishes: [payments.done]}}",
    ],
    "datastores": [
        "{name: orders-db, engine: postgresql}",
        "{name: bus, engine: kafka}",
        "{name: queue, engine: rabbitmq}",
    ],
    "externals": ["{name: stripe, host: api.stripe.com}"],
}
"""What stands beside the entry of which an example is a part."""
NAMES = {"service": "orders", "datastore": "orders-db", "external": "stripe"}
EXAMPLES = manual.examples()


def compiled(example: Example) -> Compiled:
    """What becomes of the registry; an example that is a part of a registry in a file of its own is included."""
    files = {**FILES, "part/example.yaml": example.text.encode()}
    return compile_registry(
        "registry.yaml", registry(example).encode(), files.get, lambda pattern: fnmatch.filter(files, pattern)
    )


def registry(example: Example) -> str:
    """The example within the least that makes a registry of it."""
    if example.part == "part":
        return registry(Example(part="registry", text="include: [part/example.yaml]\n", names=()))
    if example.part == "registry":
        used = yaml.safe_load(example.text)
        return "".join(f"{key}: {value}" for key, value in FRAME.items() if key not in used) + example.text
    lists = {
        name: [f"  - {other}\n" for other in others if not _names(example, other)] for name, others in AROUND.items()
    }
    lists[f"{example.part}s"].insert(0, entry(example))
    head = "".join(f"{key}: {value}" for key, value in FRAME.items() if key != "services")
    return head + "".join(f"{name}:\n{''.join(entries)}" for name, entries in lists.items())


def entry(example: Example) -> str:
    """The example as the first entry of its list."""
    name = "" if "name" in yaml.safe_load(example.text) else f"name: {NAMES[example.part]}\n"
    return "  -\n" + textwrap.indent(name + example.text, "    ")


def _names(example: Example, other: str) -> bool:
    """Whether the other entry has the name of the example's own."""
    return bool(yaml.safe_load(other)["name"] == yaml.safe_load(entry(example))[0]["name"])


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.text.strip())
def test_an_example_compiles(example: Example) -> None:
    result = compiled(example)
    assert [found for found in result.diagnostics if found.severity == "error"] == []
    assert result.registry is not None


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.text.strip())
def test_an_example_shows_its_fields(example: Example) -> None:
    seen = dict(manual.used(schema(), example))
    assert [name for name in example.names if name not in seen] == []


def test_every_field_has_an_example() -> None:
    shown = {name for example in EXAMPLES for name in example.names}
    assert [name for name in manual.fields(schema()) if name not in shown] == [], (
        "write a line `@fields …` and an example below it in chartgen/manual/registry.md"
    )
    assert sorted(manual.named()) == sorted(set(manual.named())), "a field stands twice on the page"


def test_an_example_is_short() -> None:
    """Two lines, or little more; the page's first registry is the exception."""
    assert [each.text for each in EXAMPLES[1:] if len(each.text.splitlines()) > 5] == []


def test_every_field_has_a_description() -> None:
    """Also where a reference leads: an editor shows it, and the page does."""
    root = schema()
    assert [
        name for name, field in manual.fields(root).items() if not resolved(root, field.schema)["description"]
    ] == []


def test_every_link_of_the_page_leads_somewhere() -> None:
    page = manual.page()
    headings = {anchor(title) for title in re.findall(r"^#+ (.*)$", page, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]*)\)", page)) <= headings
    assert not re.search(r"^@|@lacking", page, re.MULTILINE)


ROOT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "one": {"$ref": "#/$defs/shared", "properties": {"a": {"maximum": 1}}, "description": "Narrowed."},
        "two": {"$ref": "#/$defs/rules", "type": "object", "properties": {"b": {"type": "integer"}}},
        "three": {"type": "array", "items": {"$ref": "#/$defs/shared"}},
        "four": {"additionalProperties": {"properties": {"c": {}}}},
        "defaults": {"properties": {"x": {"$ref": "#/$defs/service/properties/x"}}},
        "service": {"$ref": "#/$defs/service"},
    },
    "$defs": {
        "shared": {
            "type": "object",
            "properties": {"a": {"type": "integer"}},
            "patternProperties": {"^p": {"title": "p…"}},
        },
        "rules": {"allOf": []},
        "service": {"properties": {"x": {"properties": {"y": {}}}}},
    },
}


def test_fields_are_named_after_the_definition_of_their_mapping() -> None:
    """What stands beside a reference to a mapping only narrows it; a mapping that repeats a service adds nothing."""
    top = [f"registry.{key}" for key in ROOT["properties"]]
    assert list(manual.fields(ROOT)) == [
        *top, "shared.a", "shared.p…", "registry.two.b", "registry.four.c", "service.x", "service.x.y"
    ]  # fmt: skip


def test_the_fields_that_data_shows() -> None:
    data = {"one": {"a": 1}, "three": [{"pq": 1}], "four": {"k": {"c": 1}}, "defaults": {"x": {"y": 1}}, "none": 1}
    seen = dict(manual.shown(ROOT, manual.TOP, ROOT, data))
    assert seen["registry.four.c"] == 1
    assert {name for name in manual.fields(ROOT) if name in seen} == {
        "registry.one", "registry.three", "registry.four", "registry.defaults", "shared.a", "shared.p…",
        "registry.four.c", "service.x.y",
    }  # fmt: skip


def test_a_page_is_its_template_with_the_words_of_the_schema() -> None:
    b = {"description": "A <b> or `<c>`.", "type": "integer", "minimum": 1, "maximum": 9, "default": 2}
    a = {"description": "An a.", "type": ["string", "object"], "pattern": "^none$", "properties": {"b": b}}
    service: dict[str, Any] = {"properties": {"x": {}, "y": {}, "b": {}}}
    root = {"properties": {"a": a}, "required": ["a"], "$defs": {"service": service}}
    text = "# T\n\n@index\n\n## A's\n\n@fields registry: a\n\n```yaml registry\na: none\n```\n\n## B\n\n"
    text += "@fields registry.a as a: b\n\nAll but @lacking(registry.a).\n"
    page = manual.page(text, root)
    assert page.split("Do not edit. -->\n\n")[1] == (
        "- [A's](#as): `a`\n- [B](#b)\n\n## A's\n\n- **`a`** *`none` or [mapping](#b); required* — An a.\n\n"
        "```yaml\na: none\n```\n\n## B\n\n- **`a.b`** *whole number, 1 to 9* — A \\<b> or `<c>`. Default: `2`.\n\n"
        "All but `x` and `y`.\n"
    )
