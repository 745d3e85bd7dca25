"""The shapes of values: JSON Schemas, as narrow as an operator's typos call for and as light as Helm's start allows."""

from __future__ import annotations

from typing import TypeAlias

Schema: TypeAlias = str
"""A JSON Schema as JSON text: hashable, so that the thousand services of a platform share the work on equal entries."""

TEXT: Schema = '{"type": "string"}'
TEXTS: Schema = '{"type": "object", "additionalProperties": {"type": "string"}}'
VARIABLES: Schema = """{
    "type": "object",
    "propertyNames": {"pattern": "^[A-Za-z_][-A-Za-z0-9_.]*$"},
    "additionalProperties": {"type": "string"}
}"""
POD_LABELS: Schema = """{
    "type": "object",
    "propertyNames": {"not": {"pattern": "^(app\\\\.kubernetes\\\\.io/(name|instance|component|part-of))$"}},
    "additionalProperties": {
        "type": "string", "maxLength": 63, "pattern": "^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$"
    }
}"""
POD_ANNOTATIONS: Schema = """{
    "type": "object", "propertyNames": {"not": {"pattern": "^checksum/"}}, "additionalProperties": {"type": "string"}
}"""
QUANTITIES: Schema = """{
    "type": "object",
    "additionalProperties": {
        "type": ["string", "number"],
        "pattern": "^([0-9]+\\\\.?[0-9]*|\\\\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$"
    }
}"""
RESOURCES: Schema = f"""{{
    "type": "object", "additionalProperties": false,
    "properties": {{"requests": {QUANTITIES}, "limits": {QUANTITIES}}}
}}"""
SIZE: Schema = (
    '{"type": "string", "pattern": "^([0-9]+\\\\.?[0-9]*|\\\\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$"}'
)
TOLERATIONS: Schema = """{
    "type": "array",
    "items": {
        "type": "object", "additionalProperties": false,
        "properties": {
            "key": {"type": "string"}, "operator": {"type": "string"}, "value": {"type": "string"},
            "effect": {"type": "string"}, "tolerationSeconds": {"type": "integer"}
        }
    }
}"""
AFFINITY: Schema = """{
    "type": "object", "additionalProperties": false,
    "properties": {
        "nodeAffinity": {"type": "object"}, "podAffinity": {"type": "object"}, "podAntiAffinity": {"type": "object"}
    }
}"""
NAME: Schema = '{"type": "string", "pattern": "^([a-z0-9]([a-z0-9.-]*[a-z0-9])?)?$"}'
OBJECT: Schema = '{"type": "object"}'
FLAG: Schema = '{"type": "boolean"}'
COUNT: Schema = '{"type": "integer", "minimum": 0}'
AT_LEAST_ONE: Schema = '{"type": "integer", "minimum": 1}'
PERCENT: Schema = '{"type": "integer", "minimum": 0, "maximum": 100}'
DIGEST: Schema = '{"type": "string", "pattern": "^(sha256:[a-f0-9]+)?$", "maxLength": 71}'
PULL_POLICY: Schema = '{"enum": ["", "Always", "IfNotPresent", "Never"]}'
KEY_REF: Schema = """{
    "type": "object", "additionalProperties": false, "required": ["name", "key"],
    "properties": {"name": {"type": "string"}, "key": {"type": "string"}, "optional": {"type": "boolean"}}
}"""
ENV: Schema = f"""{{
    "type": "object",
    "propertyNames": {{"pattern": "^[A-Za-z_][-A-Za-z0-9_.]*$"}},
    "additionalProperties": {{
        "type": ["string", "object"], "additionalProperties": false, "minProperties": 1, "maxProperties": 1,
        "properties": {{
            "secretKeyRef": {KEY_REF},
            "configMapKeyRef": {KEY_REF},
            "fieldRef": {{
                "type": "object", "additionalProperties": false, "required": ["fieldPath"],
                "properties": {{"fieldPath": {{"type": "string"}}}}
            }}
        }}
    }}
}}"""
PEERS: Schema = """{
    "type": "array",
    "items": {
        "type": "object", "additionalProperties": false, "minProperties": 1,
        "properties": {
            "podSelector": {"type": "object"}, "namespaceSelector": {"type": "object"}, "ipBlock": {"type": "object"}
        }
    }
}"""
NAMES: Schema = '{"type": "array", "items": {"type": "string", "minLength": 1}}'
