"""Rendered objects with changes, as cases and mutants want them."""

from __future__ import annotations

from typing import Any

import yaml

from tests.manifests import merged


def changed(manifests: str, changes: list[dict[str, Any]]) -> str:
    """The manifests after the changes: {of: Kind/name, merge}, {of, replace: [[path, value]]}, {remove: Kind/name},
    {copy: Kind/name, to: name, merge}, {add: object}, {text}, {keep: [Kind/name]}."""
    if not changes:
        return manifests
    documents = manifests.split("\n---\n")
    for change in changes:
        documents = _applied(documents, change)
    return "\n---\n".join(documents)


def _applied(documents: list[str], change: dict[str, Any]) -> list[str]:
    match change:
        case {"text": text}:
            return [*documents, text]
        case {"add": thing}:
            return [*documents, yaml.safe_dump(thing)]
        case {"keep": names}:
            return [text for text in documents if _name(text) in names]
        case {"remove": name}:
            assert any(_name(text) == name for text in documents), name
            return [text for text in documents if _name(text) != name]
        case {"copy": name, "to": other}:
            thing = yaml.safe_load(next(text for text in documents if _name(text) == name))
            thing["metadata"]["name"] = other
            return [*documents, yaml.safe_dump(merged(thing, change.get("merge", {})))]
        case {"of": name}:
            assert any(_name(text) == name for text in documents), name
            return [_changed(text, change) if _name(text) == name else text for text in documents]
        case _:
            raise AssertionError(f"no such change: {change}")


def _changed(text: str, change: dict[str, Any]) -> str:
    thing = merged(yaml.safe_load(text), change.get("merge", {}))
    for path, value in change.get("replace", []):
        inner = thing
        for key in path[:-1]:
            inner = inner[key]
        if value is None:
            del inner[path[-1]]
        else:
            inner[path[-1]] = value
    source = next((line for line in text.splitlines() if line.startswith("# Source:")), "")
    return f"{source}\n{yaml.safe_dump(thing)}"


def _name(text: str) -> str:
    thing = yaml.safe_load(text)
    return f"{thing['kind']}/{thing['metadata']['name']}" if isinstance(thing, dict) else ""
