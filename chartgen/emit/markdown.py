"""Pieces of Markdown that survive whatever text they hold."""

from __future__ import annotations

VALUE_TABLE_HEAD = "| key | default | meaning |\n|---|---|---|\n"


def value_row(key: str, default: str, about: str) -> str:
    """One line of a table of values."""
    return f"| {code(key)} | {code(default)} | {about} |\n"


def code(text: str) -> str:
    """Inline code, in a table too."""
    fence = "``" if "`" in text else "`"
    space = " " if "`" in text else ""
    return f"{fence}{space}{text}{space}{fence}".replace("|", "\\|")


def sentence(text: str) -> str:
    """Prose on one line, with a full stop; empty for no text."""
    line = plain(text)
    return line if not line or line.endswith((".", "!", "?")) else f"{line}."


def plain(text: str) -> str:
    """Prose on one line, without markup of its own."""
    return " ".join(text.split()).replace("<", "&lt;").replace("|", "\\|")
