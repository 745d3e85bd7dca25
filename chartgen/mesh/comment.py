"""Changes as a comment on a pull request: Markdown in which no text of a registry can do anything but stand there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby

from chartgen.mesh.changes import Change, Subject
from chartgen.mesh.told import TITLES, Comparison, lines_of, plain, summary, title_of

MANY = 10
"""With more entries than this a section is folded."""

MOST = 60_000
"""How many characters of entries are shown: GitHub refuses a comment of more than 65,536."""


def markdown(comparison: Comparison) -> str:
    """The comment: what weighs most first, long lists folded."""
    head = f"**chartgen diff**: {code(comparison.before)} → {code(comparison.after)}"
    if not comparison.changes:
        return f"{head}\n\nNothing changes for who may call whom.\n"
    lines = [head, "", summary(comparison.changes)[0].upper() + summary(comparison.changes)[1:] + "."]
    sections = {title: _items([c for c in comparison.changes if title_of(c) == title]) for title in TITLES}
    filled = {title: items for title, items in sections.items() if items}
    for title, items in filled.items():
        count = sum(title_of(change) == title for change in comparison.changes)
        lines += ["", *_section(f"{count} {title.noun(count)}", items, MOST // len(filled))]
    return "\n".join(lines) + "\n"


def code(value: str) -> str:
    """Inline code of Markdown, whatever the text holds."""
    inner = plain(value)
    fence = "`"
    while fence in inner:
        fence += "`"
    space = " " if inner.startswith("`") or inner.endswith("`") else ""
    return f"{fence}{space}{inner}{space}{fence}"


def _items(changes: Sequence[Change]) -> list[str]:
    named = [(change.name, list(group)) for change, group in _by_name(changes)]
    items = []
    for name, group in named:
        for line in lines_of(group, code):
            subject = f"{code(name)}: " if group[0].subject is not Subject.SETTING else ""
            aside = f"; {line.aside}" if line.aside else ""
            items.append(f"- {subject}{line.words}{aside} ({code(line.place)})")
    return items


def _by_name(changes: Sequence[Change]) -> Iterator[tuple[Change, list[Change]]]:
    for _, group in groupby(sorted(changes, key=lambda change: change.name), lambda change: change.name):
        listed = list(group)
        yield listed[0], listed


def _section(title: str, items: Sequence[str], room: int) -> list[str]:
    sizes = accumulate(len(item) + 1 for item in items)
    shown = [item for item, size in zip(items, sizes, strict=True) if size <= room]
    if len(shown) < len(items):
        shown.append(f"- … and {len(items) - len(shown)} more")
    if len(items) <= MANY:
        return [f"**{title}**", "", *shown]
    return [f"<details><summary>{title}</summary>", "", *shown, "", "</details>"]
