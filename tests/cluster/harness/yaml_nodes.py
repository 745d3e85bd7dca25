"""Changes to a registry's text that leave every other scalar as it was written: `yes`, `0123` and `"no"` stay apart."""

from __future__ import annotations

import json
from typing import Any

import yaml


def loaded(text: str) -> yaml.MappingNode:
    """The document as nodes."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(node, yaml.MappingNode)
    return node


def written(node: yaml.Node) -> str:
    """The document as text."""
    return yaml.serialize(node, Dumper=yaml.SafeDumper, allow_unicode=True)


def read(node: yaml.MappingNode, key: str) -> Any:
    """The node below that key, or None."""
    return next((value for name, value in node.value if name.value == key), None)


def put(node: yaml.MappingNode, key: str, value: object) -> None:
    """Sets the key to that plain value, or takes it out when the value is None."""
    node.value = [pair for pair in node.value if pair[0].value != key]
    if value is not None:
        node.value.append((_node(key), _node(value)))


def _node(value: object) -> yaml.Node:
    """Any plain value as a node: JSON is YAML."""
    node = yaml.compose(json.dumps(value, ensure_ascii=False), Loader=yaml.SafeLoader)
    assert node is not None
    return node
