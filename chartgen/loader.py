"""The reader of YAML that Helm printed or that people wrote for Helm or Kubernetes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.constructor import ConstructorError

_DEEPEST = 400
_MOST_VALUES = 1_000_000


class _Loader(yaml.CSafeLoader):
    """Reads as Helm and Kubernetes do: a value `=` or `<<`, and any date, is text, as Go's writers leave it without
    quotes. Notes the keys that repeat: YAML forbids them, and Kubernetes keeps the last one silently."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.repeated: list[Repeated] = []

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """The mapping; its repeated keys are noted."""
        own = node.value  # merge keys give the node another list
        found = super().construct_mapping(node, deep=deep)
        if len(found) != len(own):
            self.repeated += _repeated(own)
        return found


@dataclass(frozen=True, slots=True)
class Repeated:
    """A key that its mapping has already, and where it stands (counted from 1)."""

    key: str
    line: int
    column: int


def _repeated(pairs: list[tuple[yaml.Node, yaml.Node]]) -> Iterator[Repeated]:
    seen: set[object] = set()
    for key, _ in pairs:
        if isinstance(key, yaml.ScalarNode):
            if key.value in seen:
                yield Repeated(key.value, key.start_mark.line + 1, key.start_mark.column + 1)
            seen.add(key.value)


def _as_text(_: _Loader, node: yaml.ScalarNode) -> str:
    return str(node.value)


def _as_number(read: Callable[[_Loader, yaml.ScalarNode], int | float]) -> Callable[[_Loader, yaml.ScalarNode], object]:
    """That reader of numbers, but text for what is none to Go: `0b_`, 5000 digits, and 1:30, which is not 90."""

    def number(loader: _Loader, node: yaml.ScalarNode) -> object:
        try:
            return str(node.value) if ":" in node.value else read(loader, node)
        except ValueError:
            return str(node.value)

    return number


def _as_truth(loader: _Loader, node: yaml.ScalarNode) -> bool:
    try:
        return loader.construct_yaml_bool(node)
    except KeyError:
        raise ConstructorError(None, None, f'"{node.value}" is no truth value', node.start_mark) from None


for _name in ("value", "merge", "timestamp"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_name}", _as_text)
_Loader.add_constructor("tag:yaml.org,2002:bool", _as_truth)
_Loader.add_constructor("tag:yaml.org,2002:int", _as_number(_Loader.construct_yaml_int))
_Loader.add_constructor("tag:yaml.org,2002:float", _as_number(_Loader.construct_yaml_float))


def load(text: str) -> tuple[Any, list[Repeated]]:
    """The one document of the text (None for an empty one), and its repeated keys. YAMLError, and nothing else, when
    it cannot be read."""
    with _one_kind_of_error():
        _check_depth(text)
        loader = _Loader(text)
        try:
            data = loader.get_single_data()
            if "&" in text and "*" in text:
                _check_size(data)
            return data, loader.repeated
        finally:
            loader.dispose()


def load_all(text: str) -> Iterator[Any]:
    """The documents of the text, None for empty ones. YAMLError, and nothing else, when it cannot be read."""
    with _one_kind_of_error():
        _check_depth(text)
        yield from yaml.load_all(text, Loader=_Loader)  # it is a safe loader


def _check_depth(text: str) -> None:
    """YAMLError when it is nested too deep: libyaml's binding would end the process. Most texts plainly are not."""
    if text.count("[") + text.count("{") < _DEEPEST and max(map(len, text.splitlines()), default=0) < _DEEPEST:
        return
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise yaml.YAMLError("it is nested too deep")


def _check_size(data: object) -> None:
    """YAMLError when the aliases, each written out, make too much of it, as in a value that contains itself."""
    todo, left = [data], _MOST_VALUES
    while todo:
        value = todo.pop()
        left -= 1
        if left < 0:
            raise yaml.YAMLError("its aliases repeat too much")
        if isinstance(value, dict | list):
            todo.extend(value.values() if isinstance(value, dict) else value)


@contextmanager
def _one_kind_of_error() -> Iterator[None]:
    """PyYAML lets through what it meets: half a pair of surrogates is a ValueError, deep nesting a RecursionError."""
    try:
        yield
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise yaml.YAMLError("it holds a value that cannot be read") from error
