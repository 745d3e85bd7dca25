"""Parts of a manifest, whatever shape it has: people write them too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chartgen.mesh.model import Tree


def mapping(value: object) -> Tree:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> list[Tree]:
    """The mappings in a list; nothing of what is not a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def texts(value: object) -> list[str]:
    """The items of a list, as texts; nothing of what is not a list."""
    return [str(item) for item in value] if isinstance(value, list) else []


def below(value: object, *keys: str) -> Any:
    """What stands at that path; None where nothing does."""
    for key in keys:
        value = mapping(value).get(key)
    return value


def labels_of(value: object) -> Mapping[str, str]:
    """A mapping of texts, as labels and selectors are."""
    return {str(key): str(each) for key, each in mapping(value).items()}
