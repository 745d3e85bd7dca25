"""The shapes of values: JSON Schemas that refuse a typo at every level, and are light, for Helm compiles them at every
start, a thousand for a thousand services. So keys are closed by `propertyNames`, and nothing costs a regular expression
that `chartgen lint` sees in the rendered objects (quantities, label values, names)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TypeAlias

from chartgen.engines.engine import Count

Schema: TypeAlias = str
"""A JSON Schema as JSON text: hashable, so that the thousand services of a platform share the work on equal entries."""

OBJECT: Schema = '{"type": "object"}'
FLAG: Schema = '{"type": "boolean"}'
TEXT: Schema = '{"type": "string"}'
NAME: Schema = '{"type": "string", "minLength": 1}'
TEXTS: Schema = '{"type": "object", "additionalProperties": {"type": "string"}}'
SELECTOR: Schema = '{"type": "object", "minProperties": 1, "additionalProperties": {"type": "string"}}'
"""Labels of some pods: without one, it would select all."""
NAMES: Schema = '{"type": "array", "items": {"type": "string", "minLength": 1}}'
COUNT: Schema = '{"type": "integer", "minimum": 0}'
AT_LEAST_ONE: Schema = '{"type": "integer", "minimum": 1}'
PERCENT: Schema = '{"type": "integer", "minimum": 0, "maximum": 100}'
DIGEST: Schema = '{"type": "string", "pattern": "^(sha256:[a-f0-9]+)?$", "maxLength": 71}'
HOST: Schema = """{
    "type": "string",
    "pattern": "^([A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?|[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*)?$"
}"""
"""A name or an address, without a port; empty for none."""
LABEL: Schema = '{"type": "string", "maxLength": 63, "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"}'
DOMAIN: Schema = """{
    "type": "string", "maxLength": 253,
    "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
}"""
"""A namespace; a trust domain or an account's name: they become part of a longer text, where nobody looks at them."""
LABEL_OR_NONE: Schema = LABEL.replace("^[", "^([").replace("?$", "?)?$")
DOMAIN_OR_NONE: Schema = DOMAIN.replace("^[", "^([").replace(")*$", ")*)?$")
PORT: Schema = '{"type": "integer", "minimum": 1, "maximum": 65535}'
PULL_POLICY: Schema = '{"enum": ["", "Always", "IfNotPresent", "Never"]}'
POD_LABELS: Schema = """{
    "type": "object",
    "properties": {
        "app.kubernetes.io/name": false,
        "app.kubernetes.io/instance": false,
        "app.kubernetes.io/component": false,
        "app.kubernetes.io/part-of": false
    },
    "additionalProperties": {"type": "string"}
}"""
"""`false`: the label is the chart's own, and nobody else's to set."""
POD_LABELS_OF_VERSIONS: Schema = POD_LABELS.replace('"properties": {', '"properties": {\n        "version": false,')
POD_ANNOTATIONS: Schema = """{
    "type": "object", "properties": {"checksum/files": false}, "additionalProperties": {"type": "string"}
}"""
RESOURCES: Schema = """{
    "type": "object",
    "propertyNames": {"enum": ["requests", "limits"]},
    "additionalProperties": {"type": "object", "additionalProperties": {"type": ["string", "number"]}}
}"""
TOLERATIONS: Schema = """{
    "type": "array",
    "items": {
        "type": "object", "propertyNames": {"enum": ["key", "operator", "value", "effect", "tolerationSeconds"]}
    }
}"""
AFFINITY: Schema = """{
    "type": "object",
    "propertyNames": {"enum": ["nodeAffinity", "podAffinity", "podAntiAffinity"]},
    "additionalProperties": {"type": "object"}
}"""
ENV: Schema = """{
    "type": "object",
    "additionalProperties": {
        "type": ["string", "object"],
        "minProperties": 1,
        "maxProperties": 1,
        "propertyNames": {"enum": ["secretKeyRef", "configMapKeyRef", "fieldRef", "resourceFieldRef"]},
        "additionalProperties": {
            "type": "object",
            "propertyNames": {"enum": ["name", "key", "optional", "fieldPath", "resource", "divisor"]}
        }
    }
}"""
SCRAPE: Schema = '{"enum": ["annotations", "podMonitor", "none"]}'
PEERS: Schema = """{
    "type": "array",
    "items": {
        "type": "object", "minProperties": 1, "propertyNames": {"enum": ["podSelector", "namespaceSelector", "ipBlock"]}
    }
}"""


def all_or_none(number: int) -> Schema:
    """That many, or none."""
    return json.dumps({"enum": [0, number]})


def pods(count: Count) -> Schema:
    """As many as there can be. Steps begin at a multiple of themselves, or are those of odd numbers."""
    found: dict[str, object] = {"type": "integer", "minimum": count.least}
    if count.most:
        found["maximum"] = count.most
    if count.step > 1:
        step = {"multipleOf": count.step}
        found |= step if count.least % count.step == 0 else {"not": step}
    return json.dumps(found)


def one_of(words: Sequence[str]) -> Schema:
    """One of these words."""
    return json.dumps({"enum": [str(word) for word in words]})
