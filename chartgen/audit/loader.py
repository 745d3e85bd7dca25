"""The reader of YAML that Helm printed or that people wrote for Helm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml


class _Loader(yaml.CSafeLoader):
    """Reads as Helm and Kubernetes do: a value `=` or `<<` is text, as Go's writers leave it without quotes."""


def _as_text(_: _Loader, node: yaml.ScalarNode) -> str:
    return str(node.value)


for _name in ("value", "merge"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_name}", _as_text)


def load(text: str) -> Any:
    """The one document of the text; None for an empty one. yaml.YAMLError when it is not YAML."""
    return yaml.load(text, Loader=_Loader)  # noqa: S506  # it is a safe loader


def load_all(text: str) -> Iterator[Any]:
    """The documents of the text, None for empty ones. yaml.YAMLError when it is not YAML."""
    yield from yaml.load_all(text, Loader=_Loader)  # it is a safe loader
