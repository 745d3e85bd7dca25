"""Jinja over the templates of `templates/`: its own marks are `[[ ]]` and `[% %]`, so that Go's `{{ }}` stands as Helm reads it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from chartgen.emit.yaml import Writable, dump_block, quoted, scalar


def render(template: str, **context: object) -> str:
    """The template's text."""
    return _template(template).render(context)


def literal(text: str) -> str:
    """Text that Go's template engine prints as it is."""
    return text.replace("{{", '{{ "{{" }}') if "{{" in text else text


def block(value: Writable, indent: int = 0) -> str:
    """A value as literal block YAML, every line indented, without the final newline."""
    pad = " " * indent
    return pad + literal(dump_block(value).rstrip("\n")).replace("\n", f"\n{pad}")


def go_string(text: str) -> str:
    """The text as a string of Go's template language."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def lit(text: str) -> str:
    """A string as one literal YAML scalar."""
    return literal(scalar(text))


def flow(items: Sequence[str]) -> str:
    """Strings as a literal YAML list on one line."""
    return "[" + ", ".join(lit(item) if "," not in item else literal(quoted(item)) for item in items) + "]"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("chartgen.emit"),
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
        comment_start_string="[#",
        comment_end_string="#]",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - the output is YAML: every string goes through `lit`, `block` or `go`
    )
    environment.filters.update(lit=lit, block=block, go=go_string, flow=flow)
    return environment


@cache
def _template(name: str) -> Template:
    return _environment().get_template(f"{name}.j2")
