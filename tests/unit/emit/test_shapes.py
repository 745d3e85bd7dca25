"""The shapes of values agree with the language: what the registry accepts, the chart's own schema accepts."""

from __future__ import annotations

import json

from chartgen.emit import shapes
from chartgen.registry.schema import schema

DEFS = schema()["$defs"]


def test_quantities_are_those_of_the_language():
    pattern = DEFS["quantity"]["pattern"]
    assert json.loads(shapes.QUANTITIES)["additionalProperties"]["pattern"] == pattern
    assert json.loads(shapes.SIZE)["pattern"] == pattern


def test_names_of_variables_are_those_of_the_language():
    pattern = DEFS["envName"]["pattern"]
    assert json.loads(shapes.ENV)["propertyNames"]["pattern"] == pattern
    assert json.loads(shapes.VARIABLES)["propertyNames"]["pattern"] == pattern


def test_label_values_are_those_of_the_language():
    pattern = DEFS["labelValue"]["pattern"]
    assert json.loads(shapes.POD_LABELS)["additionalProperties"]["pattern"] == pattern
