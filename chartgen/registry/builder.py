"""Parser events to plain data and its places. Iterative: the parser's own composer recurses and dies on deep input."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

from chartgen.codes import diagnose
from chartgen.diagnostics import Diagnostic, Span
from chartgen.registry.decoding import MAX_BYTES
from chartgen.registry.scalars import Scalar, UnusableNumberError, resolve, resolve_as

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_DEPTH = 100
MAX_ALIASED = 16 * 1024 * 1024
MAX_EVENTS = 5_000_000
TEXT_KEYS = frozenset({"env", "settings", "labels", "annotations", "args"})
"""What stands directly under these keys is text: a plain scalar keeps its source."""

UNUSABLE = re.compile("[\\x00\\x7f-\\x9f\\ud800-\\udfff\\ufffe\\uffff]")
"""Characters that Helm drops, alters or chokes on (its toYaml writes them bare and cannot read them back)."""

_NODE_WEIGHT = 16
_CORE = "tag:yaml.org,2002:"
_CORE_SCALARS = frozenset({"int", "float", "bool", "null"})
_CORE_COLLECTIONS = {yaml.MappingStartEvent: _CORE + "map", yaml.SequenceStartEvent: _CORE + "seq"}
_TEXT_TAGS = (None, "!", _CORE + "str")

Event: TypeAlias = Any
Entry: TypeAlias = tuple[Event | None, Event]
"""The events of a value's key (None in a list) and of the value itself."""


@dataclass(slots=True)
class Budget:
    """What is left for the files that make one registry: bytes and events to read, and bytes for aliases to stand
    for."""

    size: int = MAX_BYTES
    events: int = MAX_EVENTS
    aliased: int = MAX_ALIASED


class StopError(Exception):
    """Reading on makes no sense; the diagnostics have been noted."""


def event_span(file: str, event: Event) -> Span:
    """Where the event's own text stands."""
    start, end = event.start_mark, event.end_mark
    return Span(file, start.line + 1, start.column + 1, end.line + 1, end.column + 1)


class _Frame:
    """A collection that is still open."""

    __slots__ = ("anchor", "data", "entries", "height", "is_map", "key", "key_event", "text", "weight")

    def __init__(self, data: Any, entries: Any, *, text: bool, anchor: str | None, weight: int) -> None:
        self.data = data
        self.entries = entries
        self.is_map = type(data) is dict
        self.text = text
        self.anchor = anchor
        self.weight = weight
        self.height = 1
        self.key: str | None = None
        self.key_event: Event | None = None


@dataclass(frozen=True, slots=True)
class _Anchored:
    """What an alias repeats: a scalar by its event (it is read anew where it is used), or a collection."""

    event: Event
    data: Any
    weight: int
    height: int


class Builder:
    """Turns events into data. `found` collects what is wrong on the way, `top.data` and `top.entries` have one
    element each, the whole document's, and `entries` maps the id of each collection to its places."""

    def __init__(self, file: str, budget: Budget) -> None:
        self.file = file
        self.found: list[Diagnostic] = []
        self.entries: dict[int, dict[str, Entry] | list[Entry]] = {}
        self._anchors: dict[str, _Anchored | None] = {}
        self.top = _Frame([], [], text=False, anchor=None, weight=0)
        self._frame = self.top
        self._stack: list[_Frame] = []
        self._weight = 0
        self._budget = budget
        self._plain: dict[str, Scalar] = {}
        self._known_keys: set[str] = set()
        # A mapping or list used as a key is skipped whole: how many of its collections are open.
        self._skipping = 0

    def read(self, loader: Any) -> None:
        """Reads one document to its end."""
        handlers: dict[type[Any], Callable[[Event], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.AliasEvent: self._alias,
            yaml.MappingStartEvent: self._start,
            yaml.SequenceStartEvent: self._start,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.DocumentStartEvent: self._document,
        }
        get_event = loader.get_event
        for count in range(self._budget.events):
            event = get_event()
            handler = handlers.get(type(event))
            if handler is not None:
                handler(event)
            elif type(event) is yaml.StreamEndEvent:
                self._budget.events -= count
                return
        self.complain("CG005", event, "the file holds too many values", "a registry has at most 10,000 services")

    def complain(self, code: str, event: Event, message: str, hint: str = "") -> None:
        """Notes a mistake at an event."""
        self.found.append(diagnose(code, event_span(self.file, event), message, hint))

    def _document(self, event: Event) -> None:
        if self.top.data:
            hint = 'keep one platform to a file and remove the "---"'
            self.complain("CG006", event, "a second document begins here", hint)
            raise StopError

    # values

    def _scalar(self, event: Event) -> None:
        if self._skipping:
            return
        frame = self._frame
        self._weight += _NODE_WEIGHT + len(event.value)
        if frame.is_map and frame.key_event is None:
            self._key(event)
            return
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchored(event, None, _NODE_WEIGHT + len(event.value), 0)
        self._put(self._value(event), event)

    def _put(self, value: Any, event: Event) -> None:
        frame = self._frame
        if not frame.is_map:
            frame.data.append(value)
            frame.entries.append((None, event))
            return
        if frame.key is not None:
            frame.data[frame.key] = value
            frame.entries[frame.key] = (frame.key_event, event)
        frame.key = frame.key_event = None

    def _value(self, event: Event, place: Event | None = None) -> Scalar:
        """The value of a scalar in the open collection; `place`: the alias that repeats it."""
        text: str = event.value
        if not event.implicit[0] or event.tag is not None:
            return self._quoted(event, place or event)
        try:
            value = self._plain[text]
        except KeyError:
            value = self._resolved(event, place or event)
        return text if self._frame.text and value is not None else value

    def _resolved(self, event: Event, place: Event) -> Scalar:
        try:
            value = self._plain[event.value] = resolve(event.value)
        except UnusableNumberError as error:
            if not self._frame.text:
                self.complain("CG014", place, str(error), "put it in quotes if it is meant as text")
            return str(event.value)
        return value

    def _quoted(self, event: Event, place: Event) -> Scalar:
        """Quoted, block and tagged scalars."""
        text: str = event.value
        if event.style == '"' and (unusable := UNUSABLE.search(text)):
            message = (
                f"the text holds the character U+{ord(unusable[0]):04X}, which does not survive the way through Helm"
            )
            self.complain("CG004", place, message, "keep such bytes in a Secret or in the image")
        tag = event.tag
        if tag in _TEXT_TAGS:
            return text
        if not tag.startswith(_CORE) or tag[len(_CORE) :] not in _CORE_SCALARS:
            self._unknown_tag(event)
            return text
        try:
            return resolve_as(tag[len(_CORE) :], text)
        except ValueError as error:
            self.complain("CG012", place, str(error), "remove the tag")
        return text

    def _unknown_tag(self, event: Event) -> None:
        tag = event.tag.replace(_CORE, "!!")
        self.complain(
            "CG012", event, f"the tag {tag} has no meaning here", 'remove it, or quote text that begins with "!"'
        )

    # keys

    def _key(self, event: Event) -> None:
        frame = self._frame
        frame.key_event = event
        key: str = event.value
        if event.implicit[0] and event.tag is None and not self._is_text_key(event, key):
            return
        if event.tag not in _TEXT_TAGS:
            self._unknown_tag(event)
        if key in frame.entries:
            first = frame.entries[key][0].start_mark.line + 1
            self.complain(
                "CG008", event, f'the key "{key}" stands here twice (first in line {first})', "remove one of them"
            )
            return
        frame.key = key

    def _is_text_key(self, event: Event, key: str) -> bool:
        if key == "<<":
            hint = "write what services share under defaults, or repeat a whole value with an alias"
            self.complain("CG013", event, "merge keys (<<) are not part of YAML 1.2", hint)
            return False
        try:
            fine = type(resolve(key)) is str
        except UnusableNumberError:
            fine = False
        if not fine:
            what = f"the key {key} is not text" if key else 'a key is missing before the ":"'
            self.complain("CG009", event, what, f'write "{key}" in quotes' if key else "write the key")
        return fine

    # collections

    def _start(self, event: Event) -> None:
        frame = self._frame
        if self._skipping or (frame.is_map and frame.key_event is None):
            self._skip(event)
            return
        if len(self._stack) >= MAX_DEPTH:
            self._too_deep(event)
        if event.tag not in (None, "!", _CORE_COLLECTIONS[type(event)]):
            self._unknown_tag(event)
        data: Any = {} if type(event) is yaml.MappingStartEvent else []
        entries: Any = {} if type(event) is yaml.MappingStartEvent else []
        # Not inside another text collection: a variable called "args" is only a variable.
        text = frame.key in TEXT_KEYS and not frame.text
        self._put(data, event)
        self.entries[id(data)] = entries
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._weight += _NODE_WEIGHT
        self._stack.append(frame)
        self._frame = _Frame(data, entries, text=text, anchor=event.anchor, weight=self._weight - _NODE_WEIGHT)

    def _skip(self, event: Event) -> None:
        if not self._skipping:
            hint = "a key is one word; text in braces or brackets, such as {{ x }}, needs quotes"
            self.complain("CG009", event, "a mapping or list is used as a key", hint)
        self._skipping += 1
        if self._skipping > MAX_DEPTH:
            self._too_deep(event)

    def _too_deep(self, event: Event) -> None:
        self.complain("CG015", event, f"more than {MAX_DEPTH} levels of nesting", "no registry needs that many")
        raise StopError

    def _end(self, event: Event) -> None:
        if self._skipping:
            self._skipping -= 1
            if not self._skipping:
                self._frame.key_event = event
            return
        frame = self._frame
        if frame.anchor is not None:
            weight = self._weight - frame.weight
            self._anchors[frame.anchor] = _Anchored(None, frame.data, weight, frame.height)
        self._frame = self._stack.pop()
        self._frame.height = max(self._frame.height, frame.height + 1)

    # aliases

    def _alias(self, event: Event) -> None:
        if self._skipping:
            return
        frame = self._frame
        if frame.is_map and frame.key_event is None:
            self.complain("CG009", event, "an alias is used as a key", "write the key itself")
            frame.key_event = event
            return
        anchored = self._anchors.get(event.anchor)
        if anchored is None:
            self.complain("CG010", event, *self._unusable(event.anchor))
            self._put(None, event)
            return
        self._grow(anchored, event)
        self._put(anchored.data if anchored.event is None else self._value(anchored.event, event), event)

    def _unusable(self, anchor: str) -> tuple[str, str]:
        if anchor in self._anchors:
            return f"*{anchor} repeats a value inside itself", "repeat a value only after its end"
        return (
            f"*{anchor} repeats a value that is not marked before it",
            f'mark the value with &{anchor}, or quote text that begins with "*"',
        )

    def _grow(self, anchored: _Anchored, event: Event) -> None:
        self._weight += anchored.weight
        self._budget.aliased -= anchored.weight
        self._frame.height = max(self._frame.height, anchored.height + 1)
        if len(self._stack) + anchored.height > MAX_DEPTH:
            self._too_deep(event)
        if self._budget.aliased < 0:
            message = "the aliases up to here stand for more than 16 MiB"
            self.complain("CG011", event, message, "write what services share under defaults")
            raise StopError
