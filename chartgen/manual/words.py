"""What the schema says of a field, in Markdown: what its value may be, and what it means."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from chartgen.manual.fields import mappings, resolved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chartgen.manual.fields import Field, Schema

_TYPES = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
_LARGE = 2**31 - 1
_FIXED = re.compile(r"\^\(?([A-Za-z|]+)\)?\$")


def line(root: Schema, field: Field, before: str, anchors: Mapping[str, str]) -> str:
    """The field as an entry of a list, with the path before its key. `anchors` says where mappings are explained."""
    whole = resolved(root, field.schema)
    value = shape(root, field.name, field.schema, anchors)
    facts = f"{value}; required" if field.required else value
    return f"- **`{before}{field.key}`** *{facts}* — {meaning(whole)}"


def shape(root: Schema, place: str, node: Schema, anchors: Mapping[str, str]) -> str:
    """What a value may be, with links to the mappings."""
    whole = resolved(root, node)
    types = whole.get("type", "anything")
    kinds = [types] if isinstance(types, str) else list(types)
    if "boolean" in kinds and len(kinds) > 1:  # text, however it looks: its source is kept
        kinds = [kind for kind in kinds if kind not in ("number", "boolean")]
    found = [_typed(root, kind, place, node, anchors) for kind in kinds]
    return " or ".join(dict.fromkeys(found))


def _typed(root: Schema, kind: str, place: str, node: Schema, anchors: Mapping[str, str]) -> str:
    whole = resolved(root, node)
    if kind == "array":
        return f"list of {shape(root, place, whole['items'], anchors)}" if "items" in whole else "list"
    if kind == "object":
        return _mapping(root, place, node, anchors)
    if kind == "string":
        return _text(whole)
    return _TYPES.get(kind, kind) + _bounds(whole)


def _mapping(root: Schema, place: str, node: Schema, anchors: Mapping[str, str]) -> str:
    whole = resolved(root, node)
    if "properties" in whole:
        name = next(mappings(root, place, node))[0]
        return f"[mapping](#{anchors[name]})" if name in anchors else "mapping"
    values = whole.get("additionalProperties")
    return f"map to {shape(root, place, values, anchors)}" if isinstance(values, dict) else "mapping"


def fixed_words(whole: Schema) -> list[str]:
    """The only texts that a pattern allows, where it is a list of them; else []."""
    found = _FIXED.fullmatch(whole.get("pattern", ""))
    return found[1].split("|") if found else []


def _text(whole: Schema) -> str:
    words = whole.get("enum") or fixed_words(whole)
    if words:
        return ", ".join(f"`{word}`" for word in words)
    return f"text, at most {whole['maxLength']} characters" if "maxLength" in whole else "text"


def _bounds(whole: Schema) -> str:
    low, high = whole.get("minimum"), whole.get("maximum")
    if high is not None and high < _LARGE:
        return f", {low} to {high}"
    return f", {low} or more" if low else ""


def meaning(whole: Schema) -> str:
    """The description with the default and the rule."""
    words = [whole.get("description", "")]
    if "default" in whole and "Default:" not in words[0]:
        words.append(f"Default: `{json.dumps(whole['default']).strip(chr(34))}`.")
    rule = whole.get("patternErrorMessage", "")
    if rule and not fixed_words(whole):
        words.append(f"It {rule}.")
    return plain(" ".join(words))


def plain(text: str) -> str:
    """Words of the schema inside Markdown: nothing of them is markup, but what they have in backquotes."""
    parts = text.replace("\n", " ").split("`")
    outside = [part.replace("<", "\\<").replace("*", "\\*").replace("_", "\\_") for part in parts]
    return "`".join(part if index % 2 else outside[index] for index, part in enumerate(parts))


def anchor(title: str) -> str:
    """The heading's anchor, as GitHub makes it."""
    return "".join(char for char in title.lower().replace(" ", "-") if char.isalnum() or char in "-_")
