"""The reader of YAML that Helm printed or that people wrote for Helm."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml


class _Loader(yaml.CSafeLoader):
    """Reads as Helm and Kubernetes do: a value `=` or `<<` is text, as Go's writers leave it without quotes. Notes
    the keys that repeat: YAML forbids them, and Kubernetes keeps the last one silently."""

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


for _name in ("value", "merge"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_name}", _as_text)


def load(text: str) -> tuple[Any, list[Repeated]]:
    """The one document of the text (None for an empty one), and its repeated keys. YAMLError when it is not YAML."""
    loader = _Loader(text)
    try:
        return loader.get_single_data(), loader.repeated
    finally:
        loader.dispose()


def load_all(text: str) -> Iterator[Any]:
    """The documents of the text, None for empty ones. yaml.YAMLError when it is not YAML."""
    yield from yaml.load_all(text, Loader=_Loader)  # it is a safe loader
