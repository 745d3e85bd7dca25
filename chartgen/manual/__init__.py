"""The page of the registry language, and every field that it has to show: both made from the JSON Schema."""

from __future__ import annotations

from chartgen.manual.fields import TOP, Field, fields, shown
from chartgen.manual.template import Example, examples, named, page

__all__ = ["TOP", "Example", "Field", "examples", "fields", "named", "page", "shown"]
