"""Values as Helm merges them, and which of the two files of an environment may hold what."""

from __future__ import annotations

from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import yaml

from chartgen import loader
from chartgen.audit.objects import Tree, mapping, yaml_words
from chartgen.codes import diagnose
from chartgen.diagnostics import Diagnostic, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

RELEASE_ROOT = "chartgenRelease"
_RELEASE_IMAGE = frozenset({"repository", "tag", "digest"})

Leaf = tuple[str, ...]


def merged(below: Tree, above: Tree) -> dict[str, Any]:
    """Both as `helm -f below -f above` has them: maps merge, all else is replaced, null stays null."""
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result


def coalesced(defaults: Tree, given: Tree) -> dict[str, Any]:
    """A chart's values with what is given for it: as `merged`, but null removes, and a map is not replaced by less."""
    result = {key: value for key, value in defaults.items() if value is not None}
    for key, value in given.items():
        old = result.get(key)
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            result[key] = coalesced(mapping(old), value)
        elif not isinstance(old, dict):
            result[key] = value
    return result


def read_values(text: str, file: str) -> tuple[dict[str, Any], list[Diagnostic]]:
    """The mapping in a values file (empty for an empty file), or why it is none."""
    try:
        data, repeated = loader.load(text)
    except yaml.YAMLError as error:
        return {}, [diagnose("CG562", _mark(error, file), f"is not YAML: {yaml_words(error)}")]
    if data is None:
        return {}, []
    if not isinstance(data, dict):
        return {}, [diagnose("CG562", Span(file=file, line=1, column=1), "holds no mapping of values")]
    words = 'has the key "{}" twice in one mapping'
    return data, [diagnose("CG562", Span(file, key.line, key.column), words.format(key.key)) for key in repeated]


def leaves_in_place(values: Tree, text: str, file: str) -> Iterator[Diagnostic]:
    """CG561: a leaf that belongs in the environment's other file."""
    release = PurePosixPath(file).name == "release.yaml"
    for leaf in _leaves(values):
        if _is_release(leaf) != release:
            name, other = ".".join(leaf), "values.yaml" if release else "release.yaml"
            why = "only what is promoted" if release else "what chartgen promotes"
            words = f"{name} belongs in {other}: {'release.yaml' if release else other} holds {why}"
            yield diagnose("CG561", locate(text, leaf, file), words)


def locate(text: str, path: Leaf, file: str, *, exactly: bool = False) -> Span:
    """The place of the key or list item at `path`, or (unless `exactly`) of its nearest ancestor; else the whole
    file."""
    node, span = _composed(text), Span(file=file)
    for part in path:
        place, node = _step(node, part)
        if place is None:
            return Span(file=file) if exactly else span
        start, end = place.start_mark, place.end_mark
        span = Span(file, start.line + 1, start.column + 1, end.line + 1, end.column + 1)
    return span


def key_paths(values: Tree, name: str, path: Leaf = ()) -> Iterator[Leaf]:
    """The path of every key of that name."""
    for key, value in values.items():
        if key == name:
            yield (*path, name)
        yield from key_paths(mapping(value), name, (*path, str(key)))


def _step(node: yaml.Node | None, part: str) -> tuple[yaml.Node | None, yaml.Node | None]:
    """The node that says where a part of a path stands, and the node below it."""
    if isinstance(node, yaml.SequenceNode) and part.isdigit() and int(part) < len(node.value):
        return node.value[int(part)], node.value[int(part)]
    pairs = reversed(node.value) if isinstance(node, yaml.MappingNode) else ()
    return next(((key, value) for key, value in pairs if key.value == part), (None, None))


@lru_cache(maxsize=8)
def _composed(text: str) -> yaml.Node | None:
    """The nodes of a values file, kept for the next of its findings; None when it is not YAML."""
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return None
    return node


def _leaves(values: Tree, path: Leaf = ()) -> Iterator[Leaf]:
    for key, value in values.items():
        here = (*path, str(key))
        if isinstance(value, dict) and value and here != (RELEASE_ROOT,):
            yield from _leaves(value, here)
        elif path or here == (RELEASE_ROOT,) or not isinstance(value, dict):
            yield here


def _is_release(leaf: Leaf) -> bool:
    if leaf[0] == RELEASE_ROOT:
        return True
    if leaf[0] == "global" or len(leaf) < 3:
        return False
    if leaf[1] == "versions" and len(leaf) > 3:  # what a version has of its own
        return _is_release((leaf[0], *leaf[3:]))
    return leaf[1] == "settings" or (leaf[1] == "image" and leaf[2] in _RELEASE_IMAGE)


def _mark(error: yaml.YAMLError, file: str) -> Span:
    mark = getattr(error, "problem_mark", None)
    return Span(file=file, line=mark.line + 1, column=mark.column + 1) if mark else Span(file=file)
