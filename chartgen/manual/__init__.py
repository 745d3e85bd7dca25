"""The page of the registry language, and the schema for editors: both from the JSON Schema and the page's examples."""

from __future__ import annotations

from chartgen.manual.editor import for_editors, printed_schema
from chartgen.manual.fields import TOP, Field, fields, shown
from chartgen.manual.template import Example, examples, named, page, used

__all__ = [
    "TOP", "Example", "Field", "examples", "fields", "for_editors", "named", "page", "printed_schema", "shown", "used",
]  # fmt: skip
