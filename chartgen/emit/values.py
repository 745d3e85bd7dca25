"""What an operator may set on a service: one list gives values.yaml, its schema and the README's table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, TypeAlias

from chartgen.emit import shapes
from chartgen.emit.environment import env_values
from chartgen.emit.markdown import value_row
from chartgen.emit.shapes import Schema
from chartgen.emit.yaml import Commented, Writable, dump, to_json
from chartgen.registry.kinds import autoscales, traits
from chartgen.registry.model import Node, Service
from chartgen.registry.pod import Claim, Resources


@dataclass(frozen=True, slots=True)
class Value:
    """One entry of values.yaml: its key, default (as JSON), schema, and what it is for."""

    key: str
    default: str
    schema: Schema
    about: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A mapping of entries, closed: no other key is accepted in it."""

    key: str
    entries: tuple[Entry, ...]
    about: str = ""


@dataclass(frozen=True, slots=True)
class Overlay:
    """A mapping that is laid over others: `entries` are what it holds by default, `known` all that it may hold."""

    key: str
    entries: tuple[Entry, ...]
    known: tuple[Entry, ...]
    about: str = ""


Entry: TypeAlias = "Value | Group | Overlay"


@dataclass(frozen=True, slots=True)
class Written:
    """What three files say of entries: values.yaml, values.schema.json, and the rows of the README's table."""

    yaml: str
    schema: str
    table: str


def written(entries: Sequence[Entry]) -> Written:
    """The three files' texts. values.yaml has a comment wherever the key does not say it all. The schema is closed, but
    for what Helm adds by itself (`global`, `enabled`)."""
    found = [_written(entry) for entry in entries]
    return Written(
        "\n".join([each.yaml for each in found]),
        _schema_of([each.schema for each in (*map(_written, _ADDED_BY_HELM), *found)], tuple(e.key for e in entries)),
        "".join([each.table for each in found]),
    )


def root_schema(entries: Sequence[Entry], mappings: Sequence[str]) -> str:
    """The umbrella's values.schema.json: closed, with nothing that Helm adds; `mappings` are keys of any mapping."""
    properties = [_written(entry).schema for entry in entries]
    return _schema_of([*properties, *(f"    {to_json(key)}: {shapes.OBJECT}" for key in mappings)], ())


def _schema_of(properties: Sequence[str], required: tuple[str, ...]) -> str:
    return _SCHEMA % (",\n".join(properties), to_json(required))


_SCHEMA = """{
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "additionalProperties": false,
  "properties": {
%s
  },
  "required": %s
}
"""
"""Draft 7 has all that is needed, every Helm knows it, and Helm 4 compiles it in half the time of 2020-12."""


def entry_with_default(key: str, default: Writable, schema: Schema, about: str = "") -> Value:
    """An entry whose default is data."""
    return Value(key, to_json(default), schema, about)


def entries_of(service: Service, by_name: Mapping[str, Node]) -> tuple[Entry, ...]:
    """Everything that an operator may set on the service, in the order of values.yaml."""
    entries = tuple(_entries(service, by_name))
    if not service.versions:
        return entries
    return with_overlays(
        entries, [(v.name, v.workload.enabled, _of_version(v.workload, service, by_name)) for v in service.versions]
    )


def _of_version(workload: Service, service: Service, by_name: Mapping[str, Node]) -> tuple[Entry, ...]:
    """A version's own entries. An account that is the service's is told by the service's values."""
    shared = {"extra"} | ({"serviceAccount"} if workload.account.name == service.account.name else set())
    return tuple(entry for entry in _entries(workload, by_name) if entry.key not in shared)


def with_overlays(
    entries: Sequence[Entry], versions: Sequence[tuple[str, bool, tuple[Entry, ...]]]
) -> tuple[Entry, ...]:
    """The entries as far as all versions share them, then what each version has over them."""
    own = [plain(each) for _, _, each in versions]
    shared = plain(entries)
    kept = {key: shared[key] for key in ("extra", "serviceAccount") if key in shared} | common(shared, own)
    overlays = tuple(
        Overlay(
            name,
            (
                Value("enabled", to_json(on), shapes.FLAG, _ABOUT_VERSION),
                *_cut(each, difference(mine, kept), silent=True),
            ),
            each,
        )
        for (name, on, each), mine in zip(versions, own, strict=True)
    )
    *first, extra = _cut(entries, kept)
    return (*first, Group("versions", overlays, _ABOUT_VERSIONS), extra)


def plain(entries: Sequence[Entry]) -> dict[str, Any]:
    """The entries' defaults as data."""
    return {
        entry.key: json.loads(entry.default) if isinstance(entry, Value) else plain(entry.entries) for entry in entries
    }


def common(base: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What of the first can lie under each of the others, without adding anything to one."""
    found = {}
    for key, value in base.items():
        theirs = [other[key] for other in others if key in other]
        if len(theirs) < len(others):
            continue
        if not isinstance(value, dict):
            if not any(isinstance(each, dict) for each in theirs):
                found[key] = value
        elif all(isinstance(each, dict) for each in theirs):
            inner = common(value, theirs)
            if inner or not all(theirs):
                found[key] = inner
    return found


def difference(over: Mapping[str, Any], under: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be laid over the second to get the first."""
    found = {}
    for key, value in over.items():
        if key not in under:
            found[key] = value
        elif isinstance(value, dict) and isinstance(under[key], dict):
            if inner := difference(value, under[key]):
                found[key] = inner
        elif value != under[key]:
            found[key] = value
    return found


def _cut(entries: Sequence[Entry], kept: Mapping[str, Any], *, silent: bool = False) -> tuple[Entry, ...]:
    """The entries that are kept, with what is kept of their defaults; `silent`: what they are for stands elsewhere."""
    found: list[Entry] = []
    for entry in entries:
        if entry.key not in kept:
            continue
        about = "" if silent else entry.about
        if isinstance(entry, Value):
            found.append(replace(entry, default=to_json(kept[entry.key]), about=about))
        elif inner := _cut(entry.entries, kept[entry.key], silent=silent):
            found.append(replace(entry, entries=inner, about=about))
    return tuple(found)


def _entries(service: Service, by_name: Mapping[str, Node]) -> Iterator[Entry]:
    with_default = entry_with_default
    yield _image(service)
    if traits(service.kind).scales:
        yield from _scaling(service)
    yield with_default(
        "resources", _resources(service.main.resources), shapes.RESOURCES, "What the main container may use."
    )
    yield with_default("env", env_values(service, by_name), shapes.ENV, _ABOUT_ENV)
    yield with_default("settings", dict(service.settings), shapes.TEXTS, _ABOUT_SETTINGS)
    yield with_default("podAnnotations", dict(service.annotations), shapes.POD_ANNOTATIONS, "Annotations on the pods.")
    yield with_default("podLabels", dict(service.labels), _pod_labels(service), "Further labels on the pods.")
    yield with_default("nodeSelector", dict(service.node_selector), shapes.TEXTS, "Labels that a node must have.")
    yield with_default("tolerations", service.tolerations, shapes.TOLERATIONS, "Taints that the pods put up with.")
    yield with_default("affinity", service.affinity, shapes.AFFINITY, _ABOUT_AFFINITY)
    yield with_default("priorityClassName", service.priority_class, shapes.TEXT, "Priority class of the pods.")
    if service.files:
        yield _files(service)
    if service.account.own:  # a shared account is the umbrella's, and no chart can tell it anything
        annotations = dict(service.account.annotations)
        yield Group("serviceAccount", (with_default("annotations", annotations, shapes.TEXTS, _ABOUT_ACCOUNT),))
    yield from _persistence(service)
    yield EXTRA


_ABOUT_VERSION = "Whether this version runs."
_ABOUT_VERSIONS = "What each version has over the values above, which hold for all; it takes the same keys."
_ABOUT_ENV = (
    "Environment variables: a name and its value (numbers in quotes), or one of "
    "secretKeyRef, configMapKeyRef, fieldRef, resourceFieldRef."
)
_ABOUT_AFFINITY = "Joins the chart's own; a podAntiAffinity takes the place of the chart's."
_ABOUT_SETTINGS = "Environment variables that travel with a release. They win over env."
_ABOUT_ACCOUNT = "Annotations on the service account, for a cloud identity."
EXTRA = Value("extra", "{}", shapes.OBJECT, "For templates of your own (overlays): nothing generated reads it.")


def _pod_labels(service: Service) -> Schema:
    return shapes.POD_LABELS_OF_VERSIONS if service.versions or service.version else shapes.POD_LABELS


def _image(service: Service) -> Group:
    image = service.image
    repository = to_json(image.repository)
    entries = (
        Value("registry", '""', shapes.TEXT, "Host in place of the repository's own. Empty: global.imageRegistry."),
        Value("repository", repository, '{"type": "string", "minLength": 1}', "Repository, with a host or without."),
        Value("tag", to_json(image.tag), shapes.TEXT, "Empty: the chart's appVersion."),
        Value("digest", to_json(image.digest), shapes.DIGEST, "Wins over the tag."),
        Value("pullPolicy", to_json(image.pull_policy), shapes.PULL_POLICY, _ABOUT_PULLING),
    )
    return Group("image", entries)


_ABOUT_PULLING = "Empty: IfNotPresent with a digest, Always without one."


def _scaling(service: Service) -> Iterator[Entry]:
    scaling = service.scaling
    fewest = max(scaling.replicas, 1 if scaling.autoscale else 2)
    most = scaling.max_replicas if scaling.autoscale else 2 * fewest
    cpu = scaling.cpu_threshold if scaling.autoscale else 80
    entries = (
        Value(
            "enabled", to_json(scaling.autoscale), shapes.FLAG, "Let a HorizontalPodAutoscaler set the number of pods."
        ),
        Value("minReplicas", str(fewest), shapes.AT_LEAST_ONE, "Fewest pods."),
        Value("maxReplicas", str(most), shapes.AT_LEAST_ONE, "Most pods."),
        Value("targetCPUUtilizationPercentage", str(cpu), shapes.PERCENT, "Of the CPU request. 0: not watched."),
        Value(
            "targetMemoryUtilizationPercentage",
            str(scaling.memory_threshold),
            shapes.PERCENT,
            "Of the memory request. 0: not watched.",
        ),
    )
    if not autoscales(service):
        yield Value("replicaCount", str(scaling.replicas), shapes.COUNT, "Number of pods.")
        return
    yield Value(
        "replicaCount", str(scaling.replicas), shapes.COUNT, "Number of pods, used only while autoscaling is off."
    )
    yield Group("autoscaling", entries)


def _resources(resources: Resources) -> Writable:
    both = {"requests": dict(resources.requests), "limits": dict(resources.limits)}
    return {key: quantities for key, quantities in both.items() if quantities}


def _files(service: Service) -> Group:
    bodies = tuple(entry_with_default(file.path, file.body, shapes.TEXT) for file in service.files)
    return Group("files", bodies, "Config files, path by path. A changed body restarts the pods.")


def _persistence(service: Service) -> Iterator[Group]:
    claims = [(volume.name, volume.source) for volume in service.volumes if isinstance(volume.source, Claim)]
    about = _ABOUT_TEMPLATES if traits(service.kind).claim_templates else _ABOUT_CLAIMS
    if claims:
        yield Group("persistence", tuple(_claim(name, claim) for name, claim in claims), about)


def _claim(name: str, claim: Claim) -> Group:
    size = Value("size", to_json(claim.size), shapes.TEXT, "Size of the claim.")
    return Group(name, (size, Value("storageClass", to_json(claim.storage_class), shapes.TEXT, _ABOUT_CLASS)))


_ABOUT_TEMPLATES = "Only for the first installation: Kubernetes lets no StatefulSet change its claims."
_ABOUT_CLAIMS = "Once installed, a size can only grow, and a storage class stays."
_ABOUT_CLASS = "Empty: the cluster's default class."
_ADDED_BY_HELM = (Value("global", "{}", shapes.OBJECT), Value("enabled", "true", shapes.FLAG))


@lru_cache(maxsize=1 << 13)  # a thousand services share most of their entries
def _written(entry: Entry) -> Written:
    rows = "".join(value_row(*row) for row in _rows(entry, "", ""))
    return Written(dump(_defaults((entry,))), _property(entry.key, _schema(entry)), rows)


@lru_cache(maxsize=1 << 10)  # entries that differ in their default alone have one schema
def _property(key: str, schema: Schema) -> str:
    text = json.dumps(json.loads(schema), indent=2, ensure_ascii=False)
    return f"    {to_json(key)}: " + text.replace("\n", "\n    ")


def _rows(entry: Entry, prefix: str, about: str) -> Iterator[tuple[str, str, str]]:
    if not isinstance(entry, Value):
        for inner in entry.entries:
            yield from _rows(inner, f"{prefix}{entry.key}.", entry.about)
    else:
        yield prefix + entry.key, _in_a_cell(entry.default), entry.about or about


def _in_a_cell(default: str) -> str:
    """The default, and of a text of many lines the first ones: values.yaml has the rest."""
    text = json.loads(default) if default.startswith('"') else ""
    lines = text.splitlines()
    return default if len(lines) <= _LINES else f"{to_json(lines[0])[:-1]}… ({len(lines)} lines)"


_LINES = 5


def _defaults(entries: Sequence[Entry]) -> dict[str, Writable]:
    found: dict[str, Writable] = {}
    for entry in entries:
        value = json.loads(entry.default) if isinstance(entry, Value) else _defaults(entry.entries)
        found[entry.key] = Commented(entry.about, value) if entry.about else value
    return found


def _schema(entry: Entry) -> Schema:
    if isinstance(entry, Value):
        return entry.schema
    if isinstance(entry, Overlay):
        return _partial((*entry.entries[:1], *entry.known), '["enabled"]')
    properties = ", ".join(f"{to_json(inner.key)}: {_schema(inner)}" for inner in entry.entries)
    required = to_json([inner.key for inner in entry.entries])
    return (
        f'{{"type": "object", "additionalProperties": false, "required": {required}, "properties": {{{properties}}}}}'
    )


def _partial(entries: Sequence[Entry], required: str = "[]") -> Schema:
    """A closed mapping of which nothing else is required."""
    inner = (
        f"{to_json(each.key)}: {_partial(each.entries) if isinstance(each, Group) else _schema(each)}"
        for each in entries
    )
    properties = ", ".join(inner)
    return (
        f'{{"type": "object", "additionalProperties": false, "required": {required}, "properties": {{{properties}}}}}'
    )
