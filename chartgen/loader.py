"""The reader of YAML that Helm printed or that people wrote for Helm or Kubernetes."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import yaml
from yaml.constructor import ConstructorError

_DEEPEST = 400
_MOST_VALUES = 1_000_000
_MOST_RESOLVED = 100_000


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
    """Go takes `y` and `n` for truth values too, as YAML 1.1 has it and PyYAML does not."""
    if node.value in ("y", "Y", "n", "N"):
        return node.value in ("y", "Y")
    try:
        return loader.construct_yaml_bool(node)
    except KeyError:
        raise ConstructorError(None, None, f'"{node.value}" is no truth value', node.start_mark) from None


for _name in ("value", "merge", "timestamp"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_name}", _as_text)
_Loader.add_constructor("tag:yaml.org,2002:bool", _as_truth)
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("[yYnN]$"), list("yYnN"))
_Loader.add_constructor("tag:yaml.org,2002:int", _as_number(_Loader.construct_yaml_int))
_Loader.add_constructor("tag:yaml.org,2002:float", _as_number(_Loader.construct_yaml_float))


def load(text: str) -> tuple[Any, list[Repeated]]:
    """The one document of the text (None for an empty one), and its repeated keys. YAMLError, and nothing else, when
    it cannot be read."""
    with _one_kind_of_error():
        _check_depth(text)
        try:
            return _Quick(text).read()
        except _NotPlainError:
            return _slowly(text)


def _slowly(text: str) -> tuple[Any, list[Repeated]]:
    loader = _Loader(text)
    try:
        data = loader.get_single_data()
        if "&" in text and "*" in text:
            _check_size(data)
        return data, loader.repeated
    finally:
        loader.dispose()


class _NotPlainError(Exception):
    """There is an anchor, a tag, a merge key, or a second document."""


_NONE = object()


class _Quick:
    """What `_Loader` makes of a text without anchors, tags and merge keys, from the parser's events, which is what
    almost all texts are: it makes no nodes, and resolves each text once."""

    _resolved: ClassVar[dict[str, Any]] = {}

    def __init__(self, text: str) -> None:
        self._parser = yaml.CSafeLoader(text)
        self._data: Any = _NONE
        self._open: Any = None
        self._key: Any = _NONE
        self._outer: list[Any] = []
        self._repeated: list[Repeated] = []

    def read(self) -> tuple[Any, list[Repeated]]:
        """The document, and its repeated keys."""
        handlers: dict[type[Any], Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._start,
            yaml.SequenceStartEvent: self._start,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._refuse,
            yaml.DocumentStartEvent: self._begin,
        }
        try:
            get_event = self._parser.get_event
            while type(event := get_event()) is not yaml.StreamEndEvent:
                handler = handlers.get(type(event))
                if handler:
                    handler(event)
        finally:
            self._parser.dispose()
        return (None if self._data is _NONE else self._data), self._repeated

    def _begin(self, _: yaml.Event) -> None:
        if self._data is not _NONE:
            raise _NotPlainError

    def _refuse(self, _: yaml.Event) -> None:
        raise _NotPlainError

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        value = event.value
        if event.anchor is not None or event.tag is not None:
            raise _NotPlainError
        if event.implicit[0]:
            try:
                value = self._resolved[value]
            except KeyError:
                value = self._resolve(value)
        if type(self._open) is dict and self._key is _NONE:
            self._set_key(value, event)
        else:
            self._put(value)

    def _resolve(self, text: str) -> Any:
        if len(self._resolved) > _MOST_RESOLVED:
            self._resolved.clear()
        loader = _Loader("")
        try:
            tag = loader.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
            value = self._resolved[text] = loader.construct_object(yaml.ScalarNode(tag, text))
        finally:
            loader.dispose()
        return value

    def _set_key(self, key: Any, event: yaml.ScalarEvent) -> None:
        if key == "<<":
            raise _NotPlainError
        if key in self._open and any(type(each) is type(key) for each in self._open if each == key):
            mark: Any = event.start_mark
            self._repeated.append(Repeated(event.value, mark.line + 1, mark.column + 1))
        self._key = key

    def _put(self, value: Any) -> None:
        if type(self._open) is dict:
            self._open[self._key] = value
            self._key = _NONE
        elif self._open is None:
            self._data = value
        else:
            self._open.append(value)

    def _start(self, event: yaml.CollectionStartEvent) -> None:
        is_key = type(self._open) is dict and self._key is _NONE
        if is_key or event.anchor is not None or event.tag is not None:
            raise _NotPlainError
        new: Any = {} if type(event) is yaml.MappingStartEvent else []
        self._put(new)
        self._outer.append(self._open)
        self._open = new

    def _end(self, _: yaml.Event) -> None:
        self._open = self._outer.pop()


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
