"""Text → objects: what `helm template` printed, or any file of manifests. What cannot be read becomes a problem."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from chartgen import loader
from chartgen.mesh.model import Problem, Ref, Tree
from chartgen.mesh.readers import unread
from chartgen.mesh.reading import KINDS

_SEPARATOR = re.compile(r"^---(?=\s|$)", re.MULTILINE)
_SOURCE = re.compile(r"^# Source: (.+)$", re.MULTILINE)
_KIND = re.compile(r"^kind:[ \t]*(\S+)[ \t\r]*$", re.MULTILINE)
_BLANK = re.compile(r"\s*(?:[#%].*\s*|\.\.\.\s*)*")
_SILENT = frozenset({"ConfigMap", "CustomResourceDefinition"})
"""Kinds that may quote anything, and say nothing of calls themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifests:
    """The objects with their places, and what is wrong with the text."""

    objects: list[tuple[Tree, Ref]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_text(text: str, file: str = "") -> Manifests:
    """The objects that say anything of calls; `file` is where the text is from. Where Helm says which template printed
    a document, that is its file, and its line is not known."""
    found = Manifests()
    for line, document in _documents(text):
        if _BLANK.fullmatch(document) or not _matters(document):
            continue
        source = _SOURCE.search(document)
        place = Ref(kind="", namespace="", name="", file=file, line=line)
        if source and not file:
            place = replace(place, file=source[1].strip(), line=0)
        _read(document, place, found)
    return found


def _documents(text: str) -> Iterator[tuple[int, str]]:
    """The documents, each with the line on which it begins."""
    start, line = 0, 1
    for found in _SEPARATOR.finditer(text):
        yield line, text[start : found.start()]
        line += text.count("\n", start, found.end())
        start = found.end()
    yield line, text[start:]


def _matters(document: str) -> bool:
    """Whether it has to be read: not if its kind stands at its begin, once, and says nothing of calls."""
    kinds = _KIND.findall(document)
    if len(kinds) != 1 or kinds[0] in KINDS or not kinds[0].isalnum() or kinds[0].endswith(("List", "Policy")):
        return True
    return kinds[0] not in _SILENT and unread.may_matter(document)


def _read(document: str, place: Ref, found: Manifests) -> None:
    try:
        data, repeated = loader.load(document)
    except yaml.YAMLError as error:
        found.problems.append(Problem(ref=place, where="", words=f"is not YAML: {_words(error)}"))
        return
    refs = [_add(each, place, found) for each in _flat(data)]
    for key in repeated:
        line = f"line {place.line + key.line - 1}" if place.line else ""
        for ref in refs:
            found.problems.append(Problem(ref=ref, where=line, words=f'has the key "{key.key}" twice in one mapping'))


def _flat(data: Any) -> Iterator[Any]:
    """The object, or those of a list."""
    if isinstance(data, dict) and isinstance(data.get("items"), list) and str(data.get("kind")).endswith("List"):
        for item in data["items"]:
            yield from _flat(item)
    elif data is not None:
        yield data


def _add(data: Any, place: Ref, found: Manifests) -> Ref:
    """Notes the object, or why it is none."""
    metadata = data.get("metadata") if isinstance(data, dict) else None
    missing = [] if isinstance(metadata, dict) else ["metadata"]
    if not isinstance(data, dict) or not isinstance(data.get("kind"), str):
        missing.insert(0, "kind")
    if missing or not isinstance(metadata, dict):
        words = f"is no object: it has no {' and no '.join(missing)} that could be read"
        found.problems.append(Problem(ref=place, where="kind", words=words))
        return place
    name, namespace = metadata.get("name") or metadata.get("generateName"), metadata.get("namespace")
    ref = replace(place, kind=data["kind"], name=_text(name), namespace=_text(namespace))
    if not data["kind"].endswith("Policy") and data["kind"] not in KINDS and not _is_unread(data):
        return ref
    found.objects.append((data, ref))
    wrong = [
        key
        for key, value in (("apiVersion", data.get("apiVersion")), ("metadata.name", name))
        if not isinstance(value, str) or not value
    ]
    wrong += [] if isinstance(namespace, str | None) else ["metadata.namespace"]
    for key in wrong:
        found.problems.append(Problem(ref=ref, where=key, words="is missing, or no text"))
    return ref


def _is_unread(data: Tree) -> bool:
    version = data.get("apiVersion")
    return bool(unread.why(data, version.rpartition("/")[0] if isinstance(version, str) else "", data["kind"]))


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _words(error: yaml.YAMLError) -> str:
    said = [getattr(error, "context", None), getattr(error, "problem", None)]
    return ", ".join(part for part in said if part) or " ".join(str(error).split())
