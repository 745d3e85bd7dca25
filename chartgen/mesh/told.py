"""Changes as people read them: the words, and a page for the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from chartgen.diagnostics import Span
from chartgen.mesh.changes import Change, Subject, Turn
from chartgen.mesh.grants import Why
from chartgen.mesh.terms import Term, words

if TYPE_CHECKING:
    from typing import TypeAlias

    Quote: TypeAlias = Callable[[str], str]

_WIDEST = 90
"""With more words than that, the places of other lines do not move any further to the right."""

LONGEST = 160
"""Of a text that a registry holds, in a line."""

_GREEN, _RED, _YELLOW, _BOLD, _DIM, _RESET = "\033[32m", "\033[31m", "\033[33m", "\033[1m", "\033[2m", "\033[0m"
_MARKS = {Turn.OPENED: "+", Turn.CLOSED: "-", Turn.WIDENED: "~", Turn.NARROWED: "~", Turn.CHANGED: "~"}
_COLORS = {"+": _GREEN, "-": _RED, "~": _YELLOW, "!": f"{_BOLD}{_RED}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What was compared, by the names that people know, and what came out."""

    before: str
    after: str
    changes: tuple[Change, ...]


def summary(changes: Iterable[Change]) -> str:
    """The counts in a line: `1 route made public; 2 calls opened, 1 closed`."""
    counts = Counter(title_of(change) for change in changes)
    return ", ".join(f"{counts[title]} {title.noun(counts[title])}" for title in TITLES if counts[title])


def text(comparison: Comparison, *, color: bool = False) -> str:
    """The page: a head, then what changes for each callee, then settings."""
    head = f"{comparison.before} → {comparison.after}: {summary(comparison.changes) or _NOTHING}"
    lines = [head]
    told = [change for change in comparison.changes if change.subject is not Subject.SETTING]
    told.sort(key=lambda change: (change.name, change.subject is not Subject.NODE))
    for callee, changes in groupby(told, lambda change: change.name):
        lines += ["", _styled(callee, _BOLD, color), *_rows(lines_of(list(changes), plain), color)]
    settings = [change for change in comparison.changes if change.subject is Subject.SETTING]
    if settings:
        lines += ["", _styled("settings", _BOLD, color), *_rows(lines_of(settings, plain), color)]
    return "\n".join(lines) + "\n"


_NOTHING = "nothing changes for who may call whom"


@dataclass(frozen=True, slots=True)
class Title:
    """A sort of changes: `route`, `made public`."""

    subject: str
    turn: str

    def noun(self, count: int) -> str:
        """After a count of them: `calls opened`."""
        return f"{self.subject}{'' if count == 1 else 's'} {self.turn}"


TITLES = (
    Title("route", "made public"),
    Title("exception", "added"),
    Title("setting", "changed"),
    Title("route", "opened"),
    Title("route", "widened"),
    Title("route", "changed"),
    Title("call", "opened"),
    Title("call", "widened"),
    Title("call", "changed"),
    Title("exception", "changed"),
    Title("route", "no longer public"),
    Title("exception", "removed"),
    Title("call", "narrowed"),
    Title("call", "closed"),
    Title("route", "narrowed"),
    Title("route", "closed"),
    *(Title(sort, turn) for turn in ("added", "removed") for sort in ("service", "datastore", "external")),
)
"""In the order in which they weigh."""


def title_of(change: Change) -> Title:
    """Which sort a change is of."""
    match change.subject:
        case Subject.ROUTE if change.public is not None:
            return Title("route", "made public" if change.public else "no longer public")
        case Subject.EXCEPTION:
            return Title("exception", {Turn.OPENED: "added", Turn.CLOSED: "removed"}.get(change.turn, "changed"))
        case Subject.NODE:
            return Title(change.why, "added" if change.is_after else "removed")
        case _:
            return Title(str(change.subject), str(change.turn))


@dataclass(frozen=True, slots=True)
class Line:
    """A change in words, with its mark (`+`, `-`, `~`, `!`). `aside`: how it was before, or what is left."""

    mark: str
    words: str
    aside: str
    place: str


def lines_of(changes: Sequence[Change], quote: Quote) -> Iterator[Line]:
    """A line for each change; those that differ in the port alone are one. `quote` makes what a registry holds fit."""
    ports: dict[Change, list[str]] = {}
    for change in changes:
        ports.setdefault(replace(change, port=0, port_name=""), []).append(_port(change, quote))
    for change, numbers in ports.items():
        said, aside = _words(change, " and ".join(filter(None, numbers)), quote)
        yield Line("!" if change.public else _MARKS[change.turn], said, aside, _place(change.place))


def _place(span: Span) -> str:
    parts = [span.file, *(str(number) for number in (span.line, span.column) if number)]
    return ":".join(parts)


def _port(change: Change, quote: Quote) -> str:
    if not change.port:
        return "every port" if change.subject is not Subject.NODE else ""
    return f"{quote(change.port_name)} ({change.port})" if change.port_name else str(change.port)


def _words(change: Change, ports: str, quote: Quote) -> tuple[str, str]:
    match change.subject:
        case Subject.SETTING:
            old, new = (quote(value) if value else "nothing" for value in change.values)
            return f"{quote(change.name)}: {old} → {new}", ""
        case Subject.NODE:
            return f"{change.why} {'added' if change.is_after else 'removed'}", ""
        case Subject.CALL:
            return _call(change, ports, quote)
        case Subject.ROUTE:
            return _door(change, ports, quote)
    return _exception(change, ports, quote)


def _exception(change: Change, ports: str, quote: Quote) -> tuple[str, str]:
    gone = " removed" if change.turn is Turn.CLOSED else ""
    who = _EXCEPTED.get(change.why, change.caller)
    reason = f" ({quote(change.reason)})" if change.reason else ""
    if change.turn in (Turn.OPENED, Turn.CLOSED):
        terms = _which(change, quote)
        return f"exception{gone}, {change.why}: {who} on {ports}{terms}{reason}", ""
    return f"exception {change.turn}, {change.why}: {who} on {ports}: {_now(change, quote)}{reason}", _was(
        change, quote
    )


_EXCEPTED = {
    str(Why.PLAINTEXT): "anyone, also without mTLS",
    str(Why.SCRAPER): "the monitoring",
    str(Why.HELM_TEST): "the pods of helm test",
    str(Why.OPERATOR): "its operator",
    str(Why.KEYS): "istiod, without mTLS",
}


def _call(change: Change, ports: str, quote: Quote) -> tuple[str, str]:
    caller = quote(change.caller)
    match change.turn:
        case Turn.OPENED:
            return f"{caller} may call it on {ports}{_which(change, quote)}", ""
        case Turn.CLOSED:
            return f"{caller} may no longer call it on {ports}{_which(change, quote)}", ""
        case Turn.WIDENED if not change.before:
            return f"{caller} may call it on {ports} too{_which(change, quote)}", ""
        case Turn.NARROWED if not change.after:
            return f"{caller} may no longer call it on {ports}{_which(change, quote)}", ""
    return f"{caller} on {ports}, {change.turn}: {_now(change, quote)}", _was(change, quote)


def _door(change: Change, ports: str, quote: Quote) -> tuple[str, str]:
    match change.public, change.turn:
        case True, _:
            said = f"from outside on {ports}, now without a token: {_now(change, quote)}"
            return said, _was(change, quote) if change.before else ""
        case False, _:
            said = f"from outside on {ports}, no longer without a token: {_listed(change.before, quote)}"
            return said, f"now: {_now(change, quote)}" if change.after else ""
        case _, Turn.OPENED:
            return f"from outside on {ports}: {_now(change, quote)}", ""
        case _, Turn.CLOSED:
            return f"no longer from outside on {ports}: {_listed(change.before, quote)}", ""
    return f"from outside on {ports}, {change.turn}: {_now(change, quote)}", _was(change, quote)


def _now(change: Change, quote: Quote) -> str:
    return _listed(change.after, quote) or "nothing"


def _was(change: Change, quote: Quote) -> str:
    return f"before: {_listed(change.before, quote) or 'nothing'}"


def _which(change: Change, quote: Quote) -> str:
    """The terms of a call that is new, or gone; nothing where they say nothing."""
    terms = change.after or change.before
    return f": {_listed(terms, quote)}" if terms != (Term(),) else ""


def _listed(terms: Sequence[Term], quote: Quote) -> str:
    return "; ".join(quote(each) for each in words(terms))


def plain(value: str, longest: int = LONGEST) -> str:
    """A text on one line, without characters that would steer a terminal."""
    cut = value if len(value) <= longest else f"{value[: longest - 1]}…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in cut)


def _rows(lines: Iterable[Line], color: bool) -> Iterator[str]:
    rows = [row for line in lines for row in _folded(line)]
    width = min(max((len(words) for _, words, _ in rows), default=0), _WIDEST)
    for mark, said, place in rows:
        shown = _styled(mark, _COLORS[mark], color) if mark else " "
        yield f"  {shown} {said:{width}}  {_styled(place, _DIM, color)}".rstrip()


def _folded(line: Line) -> Iterator[tuple[str, str, str]]:
    """(mark, words, place): in one row where it is short."""
    whole = f"{line.words} ({line.aside})" if line.aside else line.words
    if len(whole) <= _WIDEST or not line.aside:
        yield line.mark, whole, line.place
    else:
        yield line.mark, line.words, line.place
        yield "", f"  {line.aside}", ""


def _styled(value: str, style: str, color: bool) -> str:
    return f"{style}{value}{_RESET}" if color and value else value
