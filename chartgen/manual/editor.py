"""The JSON Schema as `chartgen schema` prints it: the same language, said so that an editor helps well.

Language servers show `markdownDescription` and offer `defaultSnippets`. They show `examples` once more, and offer only
scalars among them well; they put every `default` into a mapping that they complete, though a registry is short because
it leaves those out; and they know an `errorMessage` beside `required` and `false` alone."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any, TypeAlias

from chartgen.manual.fields import fields, resolved
from chartgen.manual.template import examples, used
from chartgen.manual.words import fixed_words, meaning
from chartgen.registry.schema import part_schema, schema
from chartgen.registry.wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.manual.fields import Schema

Node: TypeAlias = dict[str, Any]

_MAPS = ("properties", "patternProperties", "$defs", "dependentSchemas")
_LISTS = ("allOf", "anyOf", "oneOf")
_SINGLE = ("items", "additionalProperties", "propertyNames", "if", "then", "else")


def printed_schema(*, part: bool = False) -> str:
    """The JSON of the schema of a registry, or of a file that one includes."""
    return json.dumps(for_editors(part_schema() if part else schema()), indent=2, ensure_ascii=False) + "\n"


def for_editors(root: Schema) -> Node:
    """That schema, with the words and numbers of the page."""
    printed = deepcopy(dict(root))
    del printed["title"]  # a server puts it above every explanation
    _explain(printed)
    for node in list(_nodes(printed)):
        _widen(printed, node)
        _offer(printed, node)
        _exclude(node)
        _want_one(node)
    return printed


def _nodes(node: Node) -> Iterator[Node]:
    """The schema and all that are in it."""
    yield node
    inner = [each for key in _MAPS for each in node.get(key, {}).values()]
    inner += [each for key in _LISTS for each in node.get(key, [])]
    inner += [node[key] for key in _SINGLE if key in node]
    for each in inner:
        if isinstance(each, dict):
            yield from _nodes(each)


def _explain(root: Node) -> None:
    """Each field's meaning with the example that shows it, and for a number one that makes sense."""
    texts = {name: example.text for example in reversed(examples()) for name in example.names}
    numbers = {name: value for example in examples() for name, value in used(root, example) if type(value) is int}
    for name, field in fields(root).items():
        node: Node = field.schema  # type: ignore[assignment]
        whole = resolved(root, node)
        node["markdownDescription"] = meaning(whole) + (f"\n\n```yaml\n{texts[name]}```" if name in texts else "")
        if name in numbers and "examples" not in whole:
            node["examples"] = [numbers[name]]


def _widen(root: Node, node: Node) -> None:
    """A mapping that narrows the one that it refers to gets all of its keys: a server sees only those beside `$ref`."""
    if "$ref" in node and "properties" in node and "type" not in node:
        keys = resolved(root, {"$ref": node["$ref"]})["properties"]
        narrowed = {key: {**keys[key], **value} for key, value in node["properties"].items()}
        whole = {**resolved(root, node), "properties": {**keys, **narrowed}}
        node.clear()
        node.update(whole)


def _offer(root: Node, node: Node) -> None:
    """What is worth writing: scalars among the examples, nothing that is so by default; a container before `none`."""
    node.pop("default", None)
    scalars = [each for each in node.pop("examples", []) if not isinstance(each, (dict, list))]
    words = fixed_words(node)
    offered = words if len(words) > 1 else scalars
    if offered:
        node.update(resolved(root, node))
        node.pop("$ref", None)  # snippets are not seen beside it
        node["defaultSnippets"] = [{"label": str(each), "body": _body(each)} for each in offered]
    if node.get("pattern") == "^none$":
        node["type"] = sorted(node["type"])


def _body(value: object) -> str:
    """A snippet: the value, to be typed over. `^` keeps a server from quoting what is no text."""
    text = re.sub(r"([$}\\])", r"\\\1", str(value))
    return f"${{1:{text}}}" if isinstance(value, str) else f"^${{1:{text}}}"


def _exclude(node: Node) -> None:
    """Keys that cannot stand beside others, with the reason."""
    excluded = {key: each["errorMessage"] for key, each in node.get("properties", {}).items() if each.get("not") == {}}
    for key in excluded:
        node["properties"][key] = False
    if excluded:
        node["errorMessage"] = " ".join(dict.fromkeys(excluded.values()))


def _want_one(node: Node) -> None:
    """What is wanted where one of several keys is missing: a server speaks of the first alone."""
    names = [each["required"][0] for each in node.get("oneOf", []) if list(each) == ["required"]]
    for each in node["oneOf"] if names else []:
        each["errorMessage"] = f"needs one of {listed(names)}"
