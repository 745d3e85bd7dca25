"""The bytes of a registry as plain data with the place of every value."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from chartgen.codes import diagnose
from chartgen.diagnostics import Diagnostic, Span
from chartgen.registry.builder import Budget, Builder, Entry, StopError, event_span
from chartgen.registry.decoding import decode
from chartgen.registry.syntax import explain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.registry.pod import JsonValue
    from chartgen.registry.service import Path

_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A parsed file: plain data, and where each value stands. What an alias repeats is the same object in `data`."""

    file: str
    data: JsonValue
    entries: dict[int, Any]
    """id of a collection of `data` → key or index → Entry"""
    root: Entry
    is_part: bool = False
    """Whether a registry includes it."""

    def span(self, path: Path, *, key: bool = False) -> Span:
        """Where the value at that path stands, or its key; of the nearest ancestor when there is no such path."""
        (key_event, event), value = self._find(path)
        if key_event is not None and (key or (value is None and event.start_mark.index == event.end_mark.index)):
            event = key_event
        elif isinstance(value, dict) and type(event) is yaml.MappingStartEvent and not event.flow_style:
            event = next(iter(self.entries[id(value)].values()), (event,))[0]
        return event_span(self.file, event)

    def source(self, path: Path) -> str:
        """The text of a scalar as the file has it, without quotes; empty for a collection, an alias or no such path."""
        found = self._step(path)
        return found[0][1].value if found and type(found[0][1]) is yaml.ScalarEvent else ""

    def _find(self, path: Path) -> tuple[Entry, JsonValue]:
        while path:
            found = self._step(path)
            if found:
                return found
            path = path[:-1]
        return self.root, self.data

    def _step(self, path: Path) -> tuple[Entry, JsonValue] | None:
        entry, value = self.root, self.data
        for step in path:
            try:
                entry = self.entries[id(value)][step]
                value = value[step]  # type: ignore[index]
            except (KeyError, IndexError, TypeError):
                return None
        return entry, value


def parse(
    file: str, data: bytes, budget: Budget | None = None, *, is_part: bool = False
) -> tuple[Document | None, list[Diagnostic]]:
    """The document, or None and every mistake that kept it from being read. `budget`: what is left for it, where a
    registry is in several files."""
    text, found = decode(file, data)
    if text is None:
        return None, found
    budget = budget or Budget()
    budget.size -= len(data)
    builder = Builder(file, budget)
    try:
        with _without_collector():
            builder.read(_LOADER(text))
    except StopError:
        return None, builder.found
    except yaml.YAMLError as error:
        return None, [*builder.found, explain(file, text, error)]
    _check_top(builder, is_part=is_part)
    if builder.found:
        return None, builder.found
    top, root = builder.top.data[0], builder.top.entries[0]
    return Document(file=file, data=top, entries=builder.entries, root=root, is_part=is_part), []


@contextmanager
def _without_collector() -> Iterator[None]:
    """Pauses the garbage collector: a tree that only grows has no garbage, and looking for it doubles the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _check_top(builder: Builder, *, is_part: bool) -> None:
    if not builder.top.data or (builder.top.data[0] is None and not builder.found):
        what, hint = ("included file", _BEGIN_PART) if is_part else ("registry", "chartgen init writes a first one")
        builder.found.append(diagnose("CG001", Span(builder.file), f"the {what} is empty", hint))
    elif not isinstance(builder.top.data[0], dict):
        builder.complain("CG007", builder.top.entries[0][1], *_not_a_mapping(builder.top.data[0], is_part=is_part))


_BEGIN_PART = "begin it with services:"


def _not_a_mapping(data: JsonValue, *, is_part: bool) -> tuple[str, str]:
    wanted = "a mapping with services" if is_part else "a registry (a mapping)"
    hint = _BEGIN_PART if is_part else "begin with apiVersion: chartgen.dev/v1 and kind: ServiceRegistry"
    if isinstance(data, list):
        hint += ", and put the list under it" if is_part else ", and put the list under services:"
        return f"the file holds a list where {wanted} belongs", hint
    return f"the file holds a single value where {wanted} belongs", hint
