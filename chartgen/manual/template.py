"""The page of the language: registry.md, with its holes filled from the schema.

`@fields port as ports[]: name, port` stands for what the schema says of these fields of the mapping `port`, shown as
`ports[].name` and so on; the fenced example below it shows them. `@lacking(defaults)` stands for the keys of a service
that this mapping lacks, `@index` for the table of contents. The word after ```yaml says what the example is a part of;
without one it is a part of a service."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from chartgen.manual import words
from chartgen.manual.fields import TOP, everything, fields, shown
from chartgen.registry.schema import schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chartgen.manual.fields import Field, Schema

HEAD = "<!-- Made by `make docs` from chartgen/manual/registry.md and chartgen/registry/schema.json. Do not edit. -->"
_TEMPLATE = Path(__file__).with_name("registry.md")
_HOLE = re.compile(r"^@fields (?P<mapping>\S+)(?: as (?P<shown>\S+))?: (?P<keys>.+)$", re.MULTILINE)
_LACKING = re.compile(r"@lacking\((\S+)\)")
_FENCE = re.compile(r"^```yaml ?(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MAIN = (TOP, "service", "datastore", "external")
"""The mappings whose keys the table of contents names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A fenced example of the page."""

    part: str
    """What it is a part of: a service, the registry, a datastore, …"""
    text: str
    names: tuple[str, ...]
    """The fields that it shows: those named since the example before."""


def holes() -> str:
    """The page with its holes."""
    return _TEMPLATE.read_text(encoding="utf-8")


def page(text: str | None = None, root: Schema | None = None) -> str:
    """The whole page, in Markdown. KeyError for a field that the schema does not have."""
    text, root = text or holes(), root or schema()
    head, rest = _filled(text, root).split("\n", 1)
    rest = _LACKING.sub(lambda hole: _lacking(root, hole[1]), rest)
    rest = _FENCE.sub(lambda fence: f"```yaml\n{fence[2]}```", rest)
    return f"{head}\n\n{HEAD}\n{rest}".replace("@index\n", _index(text))


def examples(text: str | None = None) -> list[Example]:
    """The examples of the page, in its order."""
    text = text or holes()
    found: list[Example] = []
    end = 0
    for fence in _FENCE.finditer(text):
        above = list(_HOLE.finditer(text, end, fence.start()))
        names = tuple(name for hole in above for name in _names(hole))
        found.append(Example(part=fence[1] or "service", text=fence[2], names=names))
        end = fence.end()
    return found


def used(root: Schema, example: Example) -> Iterator[tuple[str, object]]:
    """The fields that the example uses, by name with their values."""
    part = root["$defs"].get(example.part)
    return shown(root, example.part if part else TOP, part or root, yaml.safe_load(example.text))


def named(text: str | None = None) -> list[str]:
    """The fields that the page has, in its order."""
    return [name for hole in _HOLE.finditer(text or holes()) for name in _names(hole)]


def _filled(text: str, root: Schema) -> str:
    """The text with the entries of its lists; a link leads to another section, never to where the reader is."""
    known = fields(root)
    anchors = _anchors(text)
    filled = ""
    for section in _sections(text):
        away = {mapping: anchor for mapping, anchor in anchors.items() if anchor != _anchor(section)}
        filled += _HOLE.sub(partial(_entries, root, known, away), section)
    return filled


def _entries(root: Schema, known: Mapping[str, Field], anchors: Mapping[str, str], hole: re.Match[str]) -> str:
    before = f"{hole['shown']}." if hole["shown"] else ""
    return "\n".join(words.line(root, known[name], before, anchors) for name in _names(hole))


def _names(hole: re.Match[str]) -> list[str]:
    return [f"{hole['mapping']}.{key.strip()}" for key in hole["keys"].split(",")]


def _lacking(root: Schema, mapping: str) -> str:
    """The keys of a service that the mapping does not have, as prose has them."""
    there = next(node for name, node in everything(root) if name == mapping)["properties"]
    keys = [f"`{key}`" for key in root["$defs"]["service"]["properties"] if key not in there]
    return f"{', '.join(keys[:-1])} and {keys[-1]}" if len(keys) > 1 else "".join(keys)


def _anchors(text: str) -> dict[str, str]:
    """Where each mapping is explained: in the section of its first field."""
    found: dict[str, str] = {}
    for section in _sections(text):
        for hole in _HOLE.finditer(section):
            found.setdefault(hole["mapping"], _anchor(section))
    return found


def _sections(text: str) -> list[str]:
    return re.split(r"^(?=##)", text, flags=re.MULTILINE)


def _anchor(section: str) -> str:
    return words.anchor(section.split("\n", 1)[0].lstrip("# "))


def _index(text: str) -> str:
    return "\n".join(_contents(text)) + "\n"


def _contents(text: str) -> Iterator[str]:
    """A line for each section: its title, and the keys that people look for."""
    for section in re.split(r"^(?=## )", text, flags=re.MULTILINE)[1:]:
        title = section.split("\n", 1)[0].removeprefix("## ")
        main = [hole for hole in _HOLE.finditer(section) if hole["mapping"] in _MAIN]
        keys = [key.strip() for hole in main for key in hole["keys"].split(",")]
        shown = ": " + ", ".join(f"`{key}`" for key in dict.fromkeys(keys)) if keys else ""
        yield f"- [{title}](#{words.anchor(title)}){shown}"
