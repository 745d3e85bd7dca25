"""docs/language.md, made from the JSON Schema: a section for each mapping, a row for each key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

Schema: TypeAlias = Mapping[str, Any]

SCHEMA = Path(__file__).parent.parent / "chartgen" / "registry" / "schema.json"
INTRO = (Path(__file__).parent / "language_intro.md").read_text(encoding="utf-8")
SERVICE_FIELDS = "#/$defs/service/properties/"
KINDS_OF_TEXT = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}


def text() -> str:
    """The page."""
    return page(json.loads(SCHEMA.read_text(encoding="utf-8")))


def page(schema: Schema) -> str:
    """The page of a schema."""
    return _Page(schema).text()


@dataclass
class _Page:
    """The walk over the schema: `todo` holds the sections still to be written, each once."""

    root: Schema
    todo: list[tuple[str, Schema]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def text(self) -> str:
        """The whole page."""
        self._plan("registry", self.root)
        sections: list[str] = []
        while self.todo:
            sections.append(self._section(*self.todo.pop(0)))
        return INTRO.rstrip() + "\n\n" + "\n\n".join(sections) + "\n"

    def _plan(self, title: str, schema: Schema) -> None:
        if title not in self.seen:
            self.seen.add(title)
            self.todo.append((title, schema))

    def _section(self, title: str, schema: Schema) -> str:
        if self._repeats_service(schema):
            return f"## {title}\n\n{_sentence(schema)}Every key of a service but {_but(schema, self.root)}."
        required = schema.get("required", [])
        rows = [
            f"| `{key}` | {self._shape(value, f'{title}.{key}')} | {self._meaning(value, key in required)} |"
            for key, value in self._keys(schema)
        ]
        table = ["| key | value | meaning |", "|---|---|---|", *rows]
        return f"## {title}\n\n{_intro(schema)}" + "\n".join(table) + _examples(schema)

    def _keys(self, schema: Schema) -> Iterator[tuple[str, Schema]]:
        yield from schema.get("properties", {}).items()
        for value in schema.get("patternProperties", {}).values():
            yield value["title"], value

    def _repeats_service(self, schema: Schema) -> bool:
        values = schema.get("properties", {}).values()
        return bool(values) and all(str(value.get("$ref", "")).startswith(SERVICE_FIELDS) for value in values)

    def _resolved(self, schema: Schema) -> Schema:
        """The schema with what it refers to; its own words win."""
        own = {key: value for key, value in schema.items() if key != "$ref"}
        return {**self._referred(schema), **own}

    def _referred(self, schema: Schema) -> Schema:
        """What it refers to, with what that refers to; nothing where it does not."""
        if "$ref" not in schema:
            return {}
        target: Any = self.root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return self._resolved(target)

    def _shape(self, schema: Schema, path: str) -> str:
        """What a value may be, in words, with links to the sections of mappings."""
        whole = self._resolved(schema)
        types = whole.get("type", "object")
        kinds = [types] if isinstance(types, str) else types
        if "boolean" in kinds and len(kinds) > 1:  # text, however it looks: its source is kept
            kinds = [kind for kind in kinds if kind not in ("number", "boolean")]
        found = [self._typed(kind, schema, whole, path) for kind in kinds]
        return " or ".join(dict.fromkeys(found))

    def _typed(self, kind: str, schema: Schema, whole: Schema, path: str) -> str:
        if kind == "array":
            return f"list of {self._shape(whole.get('items', {}), path + '[]')}"
        if kind == "object":
            return self._mapping(schema, whole, path)
        if kind == "string" and "enum" in whole:
            return ", ".join(f"`{value}`" for value in whole["enum"])
        if kind == "string" and whole.get("pattern") in ("^none$", "^all$"):
            return f"`{whole['pattern'].strip('^$')}`"
        return KINDS_OF_TEXT[kind] + _bounds(whole, kind)

    def _mapping(self, schema: Schema, whole: Schema, path: str) -> str:
        if "properties" not in whole:
            values = whole.get("additionalProperties", {})
            return f"map to {self._shape(values, path + '.*')}" if values else "mapping"
        referred = self._referred(schema)
        shared = "properties" in referred
        if shared:  # what stands beside the reference only narrows these keys, or speaks of one use of them
            whole = {**whole, **{key: referred[key] for key in ("description", "properties") if key in referred}}
        title = schema["$ref"].rsplit("/", 1)[-1] if shared else path.removeprefix("registry.")
        self._plan(title, whole)
        return f"[mapping](#{_anchor(title)})"

    def _meaning(self, schema: Schema, required: bool) -> str:
        whole = self._resolved(schema)
        words = ["**Required.**"] if required else []
        words += [whole["description"]] if "description" in whole else []
        if "default" in whole and "Default:" not in whole.get("description", ""):
            words.append(f"Default: `{json.dumps(whole['default']).strip(chr(34))}`.")
        rule = whole.get("patternErrorMessage", "")
        if rule and not rule.startswith(('must be "none"', 'must be "all"')):
            words.append(f"It {rule}.")
        return _plain(" ".join(words))


def _bounds(schema: Schema, kind: str) -> str:
    if kind == "string":
        return f", at most {schema['maxLength']} characters" if "maxLength" in schema else ""
    low, high = schema.get("minimum"), schema.get("maximum")
    if high is not None and high < 2**31 - 1:
        return f", {low} to {high}"
    return f", {low} or more" if low else ""


def _intro(schema: Schema) -> str:
    sentence = _sentence(schema)
    return f"{sentence.rstrip()}\n\n" if sentence else ""


def _sentence(schema: Schema) -> str:
    return f"{_plain(schema['description'])} " if schema.get("description") else ""


def _plain(text: str) -> str:
    """Words of the schema inside Markdown, in a table: nothing of them is markup."""
    return text.replace("|", "\\|").replace("<", "\\<").replace("\n", " ")


def _but(defaults: Schema, root: Schema) -> str:
    """The keys of a service that `defaults` lacks."""
    lacking = [f"`{key}`" for key in root["$defs"]["service"]["properties"] if key not in defaults["properties"]]
    return f"{', '.join(lacking[:-1])} and {lacking[-1]}"


def _examples(schema: Schema) -> str:
    examples = [f"    {json.dumps(example, ensure_ascii=False)}" for example in schema.get("examples", [])]
    return "\n\nFor example:\n\n" + "\n".join(examples) if examples else ""


def _anchor(title: str) -> str:
    """The heading's anchor, as GitHub makes it."""
    return "".join(char for char in title.lower().replace(" ", "-") if char.isalnum() or char in "-_")
