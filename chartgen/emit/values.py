"""What an operator may set on a service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chartgen.emit import shapes
from chartgen.emit.entries import Entry, Group, Value, entry_with_default
from chartgen.emit.environment import env_values
from chartgen.emit.overlaid import with_overlays
from chartgen.emit.shapes import Schema
from chartgen.emit.yaml import Writable, to_json
from chartgen.registry.kinds import autoscales, traits
from chartgen.registry.model import Node
from chartgen.registry.pod import Claim, Resources
from chartgen.registry.service import Service


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
