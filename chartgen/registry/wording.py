"""How a mistake of shape is said: the place, what came, what is wanted, and what to write in its stead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chartgen.registry.scalars import UnusableNumberError, resolve
from chartgen.registry.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from chartgen.registry.pod import JsonValue
    from chartgen.registry.service import Path

_SHOWN = 60
_FEW = 12
_LONGEST = 300
_INT32 = 2**31 - 1
_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}
_OWNERS = {"services": "service", "datastores": "datastore", "externals": "external", "environments": "environment"}
"""Lists of the registry whose entries go by their names, and what one is called."""

_BY_ITSELF = {"name": str, "port": int}
"""Keys that stand for a whole mapping in many other languages, and what is written there."""

_OTHER_WORDS = {
    "cmd": "command", "consumes": "subscribes", "credentials": "secret", "dependsOn": "dependencies",
    "depends_on": "dependencies", "entrypoint": "command", "environment": "env", "hostname": "host",
    "password": "secret", "produces": "publishes", "protocol": "ports", "replicas": "instances", "size": "storage",
    "tls": "ports",
}  # fmt: skip
"""What other languages, or other mappings of this one, call a key."""

_FIXED_WORDS = re.compile(r"\^\(?[A-Za-z|]+\)?\$")
_FREE = ("/x", "a/b/c", "https://a/b")
"""Whatever takes one of these takes many texts, none of them likelier than another."""

_NUMBER = re.compile(r"[-+]?[0-9.]+")
"""Another spelling of a number would be another number."""

_YES = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


def place(data: JsonValue, path: Path) -> str:
    """The place in words: `scaling of service "orders"`, `metadata.name`, `the registry`."""
    if not path:
        return "the registry"
    if path[0] not in _OWNERS or len(path) == 1:
        return _dotted(path)
    owner = _owner(data, path)
    return f"{_dotted(path[2:])} of {owner}" if path[2:] else owner


def _owner(data: Any, path: Path) -> str:
    entry = data[path[0]][path[1]] if isinstance(path[1], int) else None
    name = entry.get("name") if isinstance(entry, dict) else None
    return f'{_OWNERS[str(path[0])]} "{short(name)}"' if isinstance(name, str) else _dotted(path[:2])


def _dotted(path: Path) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{short(step)}" for step in path)
    return text.removeprefix(".")


def short(text: str) -> str:
    """The text on one line, cut where it is long."""
    shown = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return shown if shown.isprintable() else shown.encode("unicode_escape").decode("ascii")


def came(value: JsonValue, source: str = "") -> str:
    """What stands there: `the text "80"`, `80.5`, `a list`, `empty`, `null`."""
    if value is None:
        return "null" if source else "empty"
    if isinstance(value, str):
        return f'the text "{short(value)}"'
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return short(source) or str(value).lower()


def wanted(node: Mapping[str, Any]) -> str:
    """What belongs there: `a whole number`, `text or a mapping`, `"none" or a mapping with …`."""
    if _only_words(node):
        return str(node["patternErrorMessage"]).removeprefix("must be ")
    types = _types(node)
    return " or ".join(_TYPES.get(name, name) for name in types)


def _only_words(node: Mapping[str, Any]) -> bool:
    """Whether the only texts that fit are fixed words, such as none."""
    return "patternErrorMessage" in node and _FIXED_WORDS.fullmatch(node["pattern"]) is not None


def _words(node: Mapping[str, Any]) -> list[str]:
    return str(node["pattern"]).strip("^()$").split("|")


def _types(node: Mapping[str, Any]) -> list[str]:
    types = node.get("type", [])
    return [types] if isinstance(types, str) else list(types)


def retyped(node: Mapping[str, Any], value: JsonValue, source: str) -> str:
    """A hint on how to write the value so that its type fits, or ""."""
    types = _types(node)
    if value is None:
        return _filled(node, types)
    if types == ["object"] and not isinstance(value, list):
        return _in_a_mapping(node, value)
    if isinstance(value, dict):
        return 'begin each entry with "- "' if "array" in types else ""
    if isinstance(value, list):
        return "write it as a mapping, name: value" if types == ["object"] or _only_words(node) else ""
    if isinstance(value, str):
        return _unquoted(types, value)
    return _quoted(node, types, source)


def _filled(node: Mapping[str, Any], types: Sequence[str]) -> str:
    if "string" in types and _fits(node, ""):
        return 'write "" for an empty text'
    may_be_empty = types == ["object"] and not any(key in node for key in ("required", "minProperties", "oneOf"))
    return "write {} for an empty mapping" if may_be_empty else "give it a value"


def _in_a_mapping(node: Mapping[str, Any], value: JsonValue) -> str:
    key = next(iter(node.get("required", [])), "")
    fits = len(node.get("required", [])) == 1 and type(value) is _BY_ITSELF.get(key)
    return f"write it as a mapping: {{{key}: {short(str(value))}}}" if fits else ""


def _quoted(node: Mapping[str, Any], types: Sequence[str], source: str) -> str:
    if "array" in types:
        return f"write it as a list: [{short(source)}]"
    if "string" in types and _fits(node, source):
        return f'write it in quotes: "{short(source)}"'
    is_text = "string" in types and "patternErrorMessage" in node and not _only_words(node)
    return f"it {node['patternErrorMessage']}" if is_text else ""


def _unquoted(types: Sequence[str], text: str) -> str:
    if "array" in types:
        return f"write it as a list: [{short(text)}]"
    if types == ["boolean"] and text.lower() in _YES:
        return f"write {_YES[text.lower()]}"
    try:
        value = resolve(text)
    except UnusableNumberError:
        return ""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    fits = {"number": is_number, "integer": is_number and isinstance(value, int), "boolean": isinstance(value, bool)}
    return f"write {short(text)} without quotes" if any(fits.get(name) for name in types) else ""


def respelt(node: Mapping[str, Any], text: str) -> str:
    """A way to write the text that the pattern accepts, as a hint, or "". Paths, URLs and images are free: to guess
    at them would be nonsense."""
    near = did_you_mean(text, _words(node)) if _only_words(node) else ""
    if found := near or _otherwise(node, text):
        return found
    if any(_fits(node, free) for free in _FREE) or _NUMBER.fullmatch(text):
        return ""
    for candidate in _spellings(text):
        if candidate != text and _fits(node, candidate) and ".." not in text:
            return f'did you mean "{short(candidate)}"?'
    return ""


def _otherwise(node: Mapping[str, Any], text: str) -> str:
    """A hint that the text belongs into a mapping or a list, or is a number."""
    types = _types(node)
    for key, value in node.get("properties", {}).items():
        if text in value.get("enum", []):
            return f"write it as a mapping: {{{key}: {short(text)}}}"
    if "array" in types:
        return f"write it as a list: [{short(text)}]"
    return f"write {short(text)} without quotes" if "integer" in types and text.isdecimal() else ""


def _spellings(text: str) -> Iterator[str]:
    yield text.strip()
    yield text.strip().lower()
    yield text.strip().removesuffix("B")  # 20GB
    yield re.sub("[ .-]+", "_", text.strip())
    yield re.sub("[ _.]+", "-", text.strip().lower()).strip("-")


def _fits(node: Mapping[str, Any], text: str) -> bool:
    if not text and node.get("minLength"):
        return False
    if len(text) > min(node.get("maxLength", _LONGEST), _LONGEST):
        return False
    if "enum" in node:
        return text in node["enum"]
    return "pattern" not in node or re.search(node["pattern"], text) is not None


def bounds(node: Mapping[str, Any], value: float) -> str:
    """The range that the number lies outside of: `between 1 and 65535`, `at least 0`."""
    low, high = node.get("minimum"), node.get("maximum")
    if high is None or (high == _INT32 and value < high):
        return f"at least {low}"
    return f"at most {high}" if low is None else f"between {low} and {high}"


def length(keyword: str, node: Mapping[str, Any], value: JsonValue) -> str:
    """What is wrong with the size of a text, list or mapping."""
    limit = node[keyword]
    if keyword.startswith("min"):
        return "must not be empty" if isinstance(value, str) else "must have at least one entry"
    size = len(value) if isinstance(value, (str, list, dict)) else 0
    what = "characters" if isinstance(value, str) else "entries"
    return f"has {size:,} {what}; at most {limit:,} are allowed"


def known_keys(known: Collection[str]) -> str:
    """The keys of a small mapping as a hint, or "" for a large one."""
    return "it has " + listed(list(known), "and") if 0 < len(known) <= _FEW else ""


def other_word(key: str, known: Collection[str]) -> str:
    """The key that does here what another language calls `key`, as a hint, or ""."""
    word = _OTHER_WORDS.get(key, "")
    return f'did you mean "{word}"?' if word in known else ""


def listed(names: Sequence[str], word: str = "and") -> str:
    """The names as a sentence has them: a, b and c."""
    return f"{', '.join(names[:-1])} {word} {names[-1]}" if len(names) > 1 else "".join(names)
