"""Who may call whom, to look at: a grid of callers and callees, alone as SVG or in a page with every call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from chartgen.mesh.tables import port_of, request, unrefused_as_text

if TYPE_CHECKING:
    from chartgen.mesh.audited import Unrefused
    from chartgen.mesh.matrix import Row

CELL = 22
_LETTER = 7.1
"""The width of a letter at the size of the labels, with room to spare."""
_MOST = 80
"""A grid of more callers or callees than this cannot be read at once; the page's tables can be searched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """All calls from one caller to one callee. `sort`: declared or exception; `narrowed`: some requests alone pass;
    `token`: all of them want one."""

    column: int
    row: int
    sort: str
    narrowed: bool
    token: bool
    title: str

    @property
    def x(self) -> int:
        """Its left edge, from the grid's."""
        return self.column * CELL

    @property
    def y(self) -> int:
        """Its upper edge, from the grid's."""
        return self.row * CELL


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Callers from top to bottom, callees from left to right: in the same order, as far as they are the same."""

    callers: tuple[str, ...]
    callees: tuple[str, ...]
    cells: tuple[Cell, ...]

    @property
    def left(self) -> int:
        """The width of the callers' names."""
        return round(max((len(name) for name in self.callers), default=0) * _LETTER) + 16

    @property
    def top(self) -> int:
        """The height of the callees' names, which stand aslant."""
        return round(max((len(name) for name in self.callees), default=0) * _LETTER * 0.71) + 24

    @property
    def width(self) -> int:
        """Of the whole picture: the last name leans out of the grid."""
        return max(self.left + len(self.callees) * CELL + self.top, 600)

    @property
    def height(self) -> int:
        """Of the whole picture, the legend below included."""
        return self.top + len(self.callers) * CELL + 46


def grid(rows: Iterable[Row]) -> Grid:
    """The grid of these calls. What only calls from outside the platform comes last."""
    found = sorted(rows, key=_pair)
    callees = tuple(sorted({row.callee for row in found}))
    inside = {row.caller for row in found if not row.is_exception} | set(callees)
    callers = tuple(sorted({row.caller for row in found}, key=lambda name: (name not in inside, name)))
    columns, lines = ({name: at for at, name in enumerate(names)} for names in (callees, callers))
    cells = (
        _cell(columns[callee], lines[caller], list(group)) for (caller, callee), group in groupby(found, key=_pair)
    )
    return Grid(callers=callers, callees=callees, cells=tuple(cells))


def svg(rows: Iterable[Row]) -> str:
    """The grid as a picture of its own; each cell says when pointed at what passes."""
    return _environment().get_template("calls.svg.j2").render(grid=grid(rows), size=CELL)


def page(
    title: str,
    rows: Sequence[Row],
    value_sets: Sequence[str] = (),
    notes: Sequence[str] = (),
    unrefused: Sequence[Unrefused] = (),
) -> str:
    """A page that needs no other file: the grid (where it can be read), every call by callee, what policies that are
    dry runs do not refuse yet, and what it stands on."""
    whole = grid(rows)
    readable = max(len(whole.callers), len(whole.callees), 1) <= _MOST
    return (
        _environment()
        .get_template("calls.html.j2")
        .render(
            title=title,
            grid=whole if readable else None,
            size=CELL,
            callees=[(callee, list(_lines(list(group), value_sets))) for callee, group in groupby(rows, key=_callee)],
            unrefused=unrefused_as_text(unrefused, value_sets),
            notes=notes,
            value_sets=value_sets,
        )
    )


def _lines(rows: Sequence[Row], value_sets: Sequence[str]) -> Iterator[dict[str, str]]:
    for row in rows:
        yield {
            "port": port_of(row),
            "caller": row.caller,
            "account": row.account,
            "request": request(row) or "all",
            "why": ", ".join(word for word in (row.why, row.reason) if word),
            "sets": "" if len(row.sets) == len(value_sets) else ", ".join(row.sets),
            "sort": "exception" if row.is_exception else "declared",
        }


def _cell(column: int, line: int, rows: Sequence[Row]) -> Cell:
    said = dict.fromkeys(f"{port_of(row)} {request(row) or 'every request'}" for row in rows)
    return Cell(
        column=column,
        row=line,
        sort="exception" if all(row.is_exception for row in rows) else "declared",
        narrowed=all(row.methods or row.paths for row in rows),
        token=all(row.token for row in rows),
        title=f"{rows[0].caller} → {rows[0].callee}\n" + "\n".join(said),
    )


def _pair(row: Row) -> tuple[str, str]:
    return row.caller, row.callee


def _callee(row: Row) -> str:
    return f"{row.callee} (outside)" if row.outside else row.callee


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("chartgen.drawing"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
