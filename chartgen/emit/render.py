"""Jinja over `templates/`. Its marks are `[[ ]]` and `[% %]`, so that Go's `{{ }}` stands as Helm will read it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from jinja2.runtime import Context

from chartgen.emit import yaml
from chartgen.emit.compiled import Compiled
from chartgen.emit.yaml import Writable, dump_block, quoted, scalar, to_json

__all__ = ["Context", "block", "chart_label", "comment", "context_of", "flow", "go_string", "lit", "literal", "render"]


def context_of(**values: object) -> Context:
    """What templates see. One serves all templates of a service: making it costs as much as a small template."""
    return _environment().context_class(_environment(), values, None, {})


def with_more(context: Context, **values: object) -> Context:
    """The same, with more to be seen."""
    return context_of(**{**context.get_all(), **values})


def render(template: str, context: Context) -> str:
    """The template's text."""
    return "".join(_template(template).root_render_func(context))


def chart_label(name: str, version: str) -> str:
    """The value of `helm.sh/chart`: name and version, cut where a label could grow too long."""
    if len(name) + len(version) < _SHORT:
        return "{{ .Chart.Name }}-{{ .Chart.Version }}"
    return '{{ printf "%s-%s" .Chart.Name .Chart.Version | trunc 63 | trimAll "-._" }}'


def literal(text: str) -> str:
    """Text that Go's template engine prints as it is."""
    return text.replace("{{", '{{ "{{" }}') if "{{" in text else text


def block(value: Writable, indent: int = 0) -> str:
    """A value as literal block YAML, every line indented, without the final newline."""
    return _block(to_json(value), indent)


@lru_cache(maxsize=1 << 13)  # most services have the same probes, mounts and security
def _block(text: str, indent: int) -> str:
    pad = " " * indent
    return pad + literal(dump_block(json.loads(text)).rstrip("\n")).replace("\n", f"\n{pad}")


def go_string(text: str) -> str:
    """The text as a string of Go's template language, on one line for whoever indents lines."""
    return _LINE_ENDS.sub(lambda found: f"\\u{ord(found[0]):04x}", to_json(text))


def lit(text: str) -> str:
    """A string as one literal YAML scalar."""
    return literal(scalar(text))


def comment(text: str) -> str:
    """Text that can stand behind a `#`: on one line, and of characters that YAML takes."""
    words = " ".join(text.split())
    return literal(words if words.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in words))


def flow(items: Sequence[str]) -> str:
    """Strings as a literal YAML list on one line."""
    return "[" + ", ".join(lit(item) if "," not in item else literal(quoted(item)) for item in items) + "]"


class _Pasting(PackageLoader):
    """Pastes included templates into the text: an include at render time costs more than all else together.

    One that says `with context` stays an include, and so is compiled once for all that include it."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool] | None]:
        text, path, fresh = super().get_source(environment, template)
        return _INCLUDE.sub(lambda m: self.get_source(environment, m[1])[0], text), path, fresh


_LINE_ENDS = re.compile("[\x7f\x85\u2028\u2029]")
_SHORT = 50
"""With fewer letters than this, name and version stay a label's 63 through many releases."""
_INCLUDE = re.compile(r'^\[% include "([^"]+?)" %]\n', re.MULTILINE)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=_Pasting("chartgen.emit"),
        auto_reload=False,
        bytecode_cache=Compiled(__file__, yaml.__file__),
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
        autoescape=False,
    )
    environment.filters.update(lit=lit, block=block, go=go_string, flow=flow, comment=comment)
    return environment


@cache
def _template(name: str) -> Template:
    return _environment().get_template(f"{name}.j2")
