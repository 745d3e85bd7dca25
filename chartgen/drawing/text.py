"""A picture for the terminal: one section for each wave, a row for each node, its calls folded to the width."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest

from chartgen.drawing.picture import Grouping, Line, Node, Picture, Sort

NARROWEST_CALLS = 24
"""With less room than this beside the other columns, the calls go on lines of their own."""

BOLD, DIM, CYAN, YELLOW = "1", "2", "36", "33"


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyphs:
    """The characters a drawing is made of."""

    first: str
    middle: str
    bar: str
    last: str
    waits: str
    calls: str
    dot: str


UNICODE = Glyphs(first="┌", middle="├", bar="│", last="└", waits="→", calls="⇢", dot="·")
ASCII = Glyphs(first="+", middle="+", bar="|", last="+", waits="->", calls="~>", dot="-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A piece of text that is never broken, and its color (an SGR code)."""

    text: str
    style: str = ""


Row = list[list[Word]]
"""A row's cells; a cell is its words."""


def glyphs_for(encoding: str | None) -> Glyphs:
    """The finest glyphs that the encoding can carry."""
    try:
        "┌├│└→⇢·".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE


def draw(
    picture: Picture,
    *,
    grouping: Grouping = Grouping.NONE,
    width: int = 100,
    color: bool = False,
    glyphs: Glyphs = UNICODE,
) -> str:
    """The drawing, no line wider than `width` unless a single word is."""
    page = _Page(picture, grouping, max(width, 20), color, glyphs)
    return "\n".join(line.rstrip() for line in page.lines()) + "\n"


class _Page:
    """The state of one drawing: what to draw, how wide, with what."""

    def __init__(self, picture: Picture, grouping: Grouping, width: int, color: bool, glyphs: Glyphs) -> None:
        self.picture, self.grouping, self.color, self.glyphs = picture, grouping, color, glyphs
        self.calls: dict[str, list[Line]] = {}
        for line in picture.lines:
            self.calls.setdefault(line.source, []).append(line)
        self.room = width - len(glyphs.bar) - 2
        self.columns = self._columns()

    def lines(self) -> list[str]:
        """The whole page."""
        return [self._title(), "", *self._body(), *self._releases(), *self._legend()]

    def _title(self) -> str:
        lines = self.picture.lines
        counts = (
            *_sorts(self.picture.nodes),
            _counted(len(lines), "call"),
            _counted(len([w for w in self.picture.by_wave() if w]), "wave"),
        )
        title = Word(text=f"{self.picture.name} {self.picture.version}", style=BOLD)
        return self._painted([title, Word(text=f"{self.glyphs.dot} {', '.join(counts)}")])

    def _columns(self) -> list[int]:
        """The widths of name, kind and ports; the calls get the rest."""
        rows = [self._facts(node) for node in self.picture.nodes]
        return [max((_length(row[at]) for row in rows), default=0) for at in range(3)]

    def _body(self) -> list[str]:
        sections = [(number, wave) for number, wave in enumerate(self.picture.by_wave()) if wave]
        found: list[str] = []
        for at, (number, wave) in enumerate(sections):
            corner = self.glyphs.first if at == 0 else self.glyphs.middle
            found.append(f"{corner} {self._heading(number, wave)}")
            found += [f"{self.glyphs.bar}  {text}" for text in self._wave(wave)]
            found.append(self.glyphs.bar if at + 1 < len(sections) else self.glyphs.last)
        return found

    def _heading(self, number: int, wave: list[Node]) -> str:
        note = "waits for none" if number == 0 else f"waits for wave {number - 1}"
        rest = f"{self.glyphs.dot} {', '.join(_sorts(wave))} {self.glyphs.dot} {note}"
        return self._painted([Word(text=f"wave {number}", style=f"{BOLD};{CYAN}"), Word(text=rest, style=DIM)])

    def _wave(self, wave: list[Node]) -> list[str]:
        ordered = sorted(wave, key=lambda node: (node.group(self.grouping), node.name))
        found: list[str] = []
        for group, nodes in groupby(ordered, key=lambda node: node.group(self.grouping)):
            if self.grouping is not Grouping.NONE:
                found.append(self._painted([Word(text=self._shown(group) or f"no {self.grouping}", style=CYAN)]))
            indent = "" if self.grouping is Grouping.NONE else "  "
            found += [indent + text for node in nodes for text in self._row(node, self.room - len(indent))]
        return found

    def _row(self, node: Node, room: int) -> list[str]:
        """The node's lines: its facts in columns with its calls beside them, or below where there is no room."""
        facts, calls = self._facts(node), self._calls(node)
        taken = sum(self.columns) + 2 * len(self.columns)
        if room - taken >= NARROWEST_CALLS:
            beside = [self._painted(words) for words in fold(calls, room - taken)]
            return [left + right for left, right in zip_longest([self._aligned(facts)], beside, fillvalue=" " * taken)]
        words = [word for cell in facts for word in cell]
        above = [self._aligned(facts)] if taken - 2 <= room else [self._painted(line) for line in fold(words, room)]
        return above + ["    " + self._painted(line) for line in fold(calls, room - 4) if line]

    def _aligned(self, facts: Row) -> str:
        cells = zip(facts, self.columns, strict=True)
        return "".join(self._painted(cell) + " " * (width - _length(cell) + 2) for cell, width in cells)

    def _facts(self, node: Node) -> Row:
        """Name, kind and ports; a port that the Service hides stands in parentheses."""
        style = "" if node.enabled else DIM
        ports = [
            Word(text=f"{p.name}:{p.port}" if p.expose else f"({p.name}:{p.port})", style=style) for p in node.ports
        ]
        marks = [Word(text="exposed", style=YELLOW)] if node.exposed else []
        marks += [] if node.enabled else [Word(text="disabled", style=YELLOW)]
        kind = f"{node.kind} {self._shown(node.note)}".rstrip()
        return [[Word(text=node.name, style=style or BOLD)], [Word(text=kind, style=DIM)], ports + marks]

    def _calls(self, node: Node) -> list[Word]:
        lines = self.calls.get(node.name, [])
        waits = [_call(line) for line in lines if line.startup]
        others = [_call(line) for line in lines if not line.startup]
        found: list[Word] = []
        for glyph, names, style in ((self.glyphs.waits, waits, ""), (self.glyphs.calls, others, YELLOW)):
            listed = [f"{name}," for name in names[:-1]] + names[-1:]
            found += [Word(text=f"{glyph} {name}" if at == 0 else name, style=style) for at, name in enumerate(listed)]
        return found

    def _releases(self) -> list[str]:
        """The order in which releases start, where there are several."""
        names = self.picture.releases
        words = [Word(text=f"{name}," if name is not names[-1] else name) for name in names]
        rows = fold([Word(text="releases", style=f"{BOLD};{CYAN}"), Word(text="in start order:"), *words], self.room)
        return [self._painted(row) for row in rows] if names else []

    def _legend(self) -> list[str]:
        """What the marks mean, only those that were used."""
        lines = self.picture.lines
        marks = [
            (self.glyphs.waits, "waits for", any(line.startup for line in lines)),
            (self.glyphs.calls, "calls without waiting (startup: false)", any(not line.startup for line in lines)),
            ("name?", "may be switched off (optional)", any(line.optional for line in lines)),
            ("name!", "a job that is to finish first", any(line.finishes for line in lines)),
            ("name:port", "that port only", any(line.narrowed for line in lines)),
            ("(port)", "hidden by its Service", any(not p.expose for node in self.picture.nodes for p in node.ports)),
        ]
        words = [Word(text=f"{mark} {meaning}", style=DIM) for mark, meaning, used in marks if used]
        return [self._painted(line, gap="   ") for line in fold(words, self.room, gap=3) if line]

    def _shown(self, text: str) -> str:
        """Free text on one line of a terminal: what could steer it, or cannot be encoded, is written as an escape."""
        safe = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
        return safe if self.glyphs is UNICODE else safe.encode("ascii", "backslashreplace").decode()

    def _painted(self, words: list[Word], gap: str = " ") -> str:
        if not self.color:
            return gap.join(word.text for word in words)
        return gap.join(f"\x1b[{word.style}m{word.text}\x1b[0m" if word.style else word.text for word in words)


def fold(words: list[Word], width: int, gap: int = 1) -> list[list[Word]]:
    """The words on lines of at most `width` characters, at least one word on each; one empty line for no words."""
    lines: list[list[Word]] = [[]]
    for word in words:
        if lines[-1] and _length(lines[-1], gap) + gap + len(word.text) > width:
            lines.append([])
        lines[-1].append(word)
    return lines


def _length(words: list[Word], gap: int = 1) -> int:
    return sum(len(word.text) for word in words) + gap * max(len(words) - 1, 0)


def _call(line: Line) -> str:
    ports = ":" + "+".join(line.ports) if line.narrowed else ""
    return f"{line.target}{ports}{'!' if line.finishes else ''}{'?' if line.optional else ''}"


def _sorts(nodes: Sequence[Node]) -> list[str]:
    """How many there are of each sort that there is."""
    counts = Counter(node.sort for node in nodes)
    return [_counted(counts[sort], sort) for sort in Sort if counts[sort]] or [_counted(0, Sort.SERVICE)]


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
