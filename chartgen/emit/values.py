"""What an operator may set on a service: one list gives values.yaml, its schema and the README's table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from chartgen.emit.environment import env_values
from chartgen.emit.yaml import Commented, Writable, dump, to_json
from chartgen.registry.kinds import traits
from chartgen.registry.model import Claim, Resources, Service

Schema: TypeAlias = "bool | int | str | Sequence[Schema] | Mapping[str, Schema]"

_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
_OBJECT: Schema = {"type": "object"}
_FLAG: Schema = {"type": "boolean"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_AT_LEAST_ONE: Schema = {"type": "integer", "minimum": 1}
_PERCENT: Schema = {"type": "integer", "minimum": 0, "maximum": 100}


def _closed(properties: Mapping[str, Schema], *required: str) -> Schema:
    schema: dict[str, Schema] = {"type": "object", "additionalProperties": False, "properties": properties}
    return schema | {"required": required} if required else schema


_KEY_REF = _closed({"name": _TEXT, "key": _TEXT, "optional": _FLAG}, "name", "key")
_ENV: Schema = {
    "type": "object",
    "additionalProperties": {
        "type": ["string", "object"],
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
        "properties": {
            "secretKeyRef": _KEY_REF,
            "configMapKeyRef": _KEY_REF,
            "fieldRef": _closed({"fieldPath": _TEXT}, "fieldPath"),
        },
    },
}


@dataclass(frozen=True, slots=True)
class Value:
    """One entry of values.yaml: its key, default, schema and what it is for."""

    key: str
    default: Writable
    schema: Schema
    about: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A mapping of entries, closed: no other key is accepted in it."""

    key: str
    entries: tuple[Entry, ...]
    about: str = ""


Entry: TypeAlias = "Value | Group"


def values_yaml(entries: Sequence[Entry]) -> str:
    """The subchart's values.yaml, with a comment wherever the key does not say it all."""
    return dump(_defaults(entries))


def values_schema(entries: Sequence[Entry]) -> str:
    """The subchart's values.schema.json: closed, but for what Helm adds by itself (`global`, `enabled`)."""
    properties = {"global": _OBJECT, "enabled": _FLAG, **_schemas(entries)}
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **_as_dict(_closed(properties))}
    return _indented(to_json(schema))


def values_table(entries: Sequence[Entry], prefix: str = "", about: str = "") -> Iterator[tuple[str, str, str]]:
    """Rows of the README's table: key, default as JSON, what it is for."""
    for entry in entries:
        if isinstance(entry, Group):
            yield from values_table(entry.entries, f"{prefix}{entry.key}.", entry.about)
        else:
            yield prefix + entry.key, to_json(entry.default), entry.about or about


def entries_of(service: Service, by_name: Mapping[str, Service]) -> tuple[Entry, ...]:
    """Everything that an operator may set on the service, in the order of values.yaml."""
    return tuple(_entries(service, by_name))


def _entries(service: Service, by_name: Mapping[str, Service]) -> Iterator[Entry]:
    yield _image(service)
    if traits(service.kind).scales:
        yield from _scaling(service)
    yield Value(
        "resources", _resources(service.main.resources), _OBJECT, "What the main container asks for and may use."
    )
    yield Value("env", env_values(service, by_name), _ENV, _ABOUT_ENV)
    yield Value("settings", dict(service.settings), _TEXTS, _ABOUT_SETTINGS)
    yield Value("podAnnotations", dict(service.annotations), _TEXTS, "Annotations on the pods.")
    yield Value("podLabels", dict(service.labels), _TEXTS, "Further labels on the pods.")
    yield Value("nodeSelector", dict(service.node_selector), _TEXTS, "Labels that a node must have to run the pods.")
    yield Value(
        "tolerations", service.tolerations, {"type": "array", "items": _OBJECT}, "Taints that the pods put up with."
    )
    yield Value("affinity", service.affinity, _OBJECT, "Replaces the chart's own affinity, where it has one.")
    yield Value("priorityClassName", service.priority_class, _TEXT, "Priority class of the pods.")
    if service.files:
        yield _files(service)
    annotations = dict(service.account.annotations)
    yield Group(
        "serviceAccount",
        (Value("annotations", annotations, _TEXTS, "Annotations on the account, for a cloud identity."),),
    )
    yield from _persistence(service)
    yield Value("extra", {}, _OBJECT, "For templates of your own (overlays): nothing generated reads it.")


_ABOUT_ENV = "Environment variables: a name and its value, or one of secretKeyRef, configMapKeyRef, fieldRef."
_ABOUT_SETTINGS = "Environment variables that travel with a release. They win over env."


def _image(service: Service) -> Group:
    image = service.image
    digest: Schema = {"type": "string", "pattern": "^(sha256:[a-f0-9]{64})?$"}
    policy: Schema = {"enum": ["", "Always", "IfNotPresent", "Never"]}
    entries = (
        Value("registry", "", _TEXT, "Host before the repository. Empty: global.imageRegistry."),
        Value("repository", image.repository, {"type": "string", "minLength": 1}, "Repository of the image."),
        Value("tag", image.tag, _TEXT, "Empty: the chart's appVersion."),
        Value("digest", image.digest, digest, "Wins over the tag."),
        Value("pullPolicy", image.pull_policy, policy, "Empty: IfNotPresent with a digest, Always without one."),
    )
    return Group("image", entries)


def _scaling(service: Service) -> Iterator[Entry]:
    scaling = service.scaling
    yield Value("replicaCount", scaling.replicas, _COUNT, "Fixed number of pods, used only while autoscaling is off.")
    most = max(scaling.max_replicas, scaling.replicas, 1)
    cpu = scaling.cpu_threshold if scaling.autoscale else 80
    entries = (
        Value("enabled", scaling.autoscale, _FLAG, "Let a HorizontalPodAutoscaler set the number of pods."),
        Value("minReplicas", max(scaling.replicas, 1), _AT_LEAST_ONE, "Fewest pods."),
        Value("maxReplicas", most, _AT_LEAST_ONE, "Most pods."),
        Value("targetCPUUtilizationPercentage", cpu, _PERCENT, "Percent of the CPU request to hold. 0: not watched."),
        Value(
            "targetMemoryUtilizationPercentage",
            scaling.memory_threshold,
            _PERCENT,
            "Percent of the memory request to hold. 0: not watched.",
        ),
    )
    yield Group("autoscaling", entries)


def _resources(resources: Resources) -> Writable:
    both = {"requests": dict(resources.requests), "limits": dict(resources.limits)}
    return {key: quantities for key, quantities in both.items() if quantities}


def _files(service: Service) -> Group:
    bodies = tuple(Value(file.path, file.body, _TEXT) for file in service.files)
    return Group("files", bodies, "Config files, path by path. A changed body restarts the pods.")


def _persistence(service: Service) -> Iterator[Group]:
    claims = [(volume.name, volume.source) for volume in service.volumes if isinstance(volume.source, Claim)]
    if claims:
        yield Group("persistence", tuple(_claim(name, claim) for name, claim in claims))


def _claim(name: str, claim: Claim) -> Group:
    entries = (
        Value("size", claim.size, _TEXT, "Size of the claim."),
        Value("storageClass", claim.storage_class, _TEXT, "Empty: the cluster's default class."),
    )
    return Group(name, entries)


def _defaults(entries: Sequence[Entry]) -> dict[str, Writable]:
    found: dict[str, Writable] = {}
    for entry in entries:
        value = _defaults(entry.entries) if isinstance(entry, Group) else entry.default
        found[entry.key] = Commented(entry.about, value) if entry.about else value
    return found


def _schemas(entries: Sequence[Entry]) -> dict[str, Schema]:
    return {e.key: _closed(_schemas(e.entries)) if isinstance(e, Group) else e.schema for e in entries}


def _as_dict(schema: Schema) -> Mapping[str, Schema]:
    assert isinstance(schema, Mapping)
    return schema


@cache  # a thousand services share a handful of schemas, and json's indenting writer is slow
def _indented(text: str) -> str:
    return json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"
