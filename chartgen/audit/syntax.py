"""Rules on texts that a chart's schema lets pass and the API server or the kubelet refuses: labels, names, images."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from chartgen.audit.finding import about, within
from chartgen.audit.objects import Pod, Rendered, Tree, mapping, mappings
from chartgen.registry.images import is_reference
from chartgen.registry.limits import DNS_NAME, LABEL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.diagnostics import Diagnostic

_WORD = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?"
_LABEL_VALUE = re.compile(rf"(?:{_WORD})?")
_QUALIFIED = re.compile(rf"(?:(?P<prefix>[^/]*)/)?(?P<name>{_WORD})")
_DNS_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")
_DNS_NAME = re.compile(rf"{_DNS_LABEL.pattern}(?:\.{_DNS_LABEL.pattern})*")
_VARIABLE = re.compile(r"[-._A-Za-z][-._A-Za-z0-9]*")


def metadata_is_well_formed(thing: Rendered) -> Iterator[Diagnostic]:
    """CG506: a label or an annotation of the object that Kubernetes refuses."""
    yield from _metadata(thing, mapping(thing.data["metadata"]), "")
    claims = [thing.data] if thing.kind == "PersistentVolumeClaim" else mappings(thing.spec.get("volumeClaimTemplates"))
    for storage_class in (mapping(claim.get("spec")).get("storageClassName") for claim in claims):
        if storage_class and not is_dns_name(str(storage_class)):
            yield about("CG506", thing, f'has the storageClassName "{storage_class}", which is no DNS name')


def pods_are_well_formed(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG506: the same for its pods, and the names that they refer to."""
    if thing.kind != "Pod":
        yield from _metadata(thing, pod.metadata, "its pods' ")
    yield from _labels(thing, mapping(pod.spec.get("nodeSelector")), "nodeSelector")
    for place, name in _names(pod):
        if name and not is_dns_name(str(name)):
            yield about("CG506", thing, f'has the {place} "{name}", which is no DNS name')
    for container in pod.containers:
        for entry in mappings(container.data.get("env")):
            if not _VARIABLE.fullmatch(str(entry.get("name"))):
                yield within("CG506", thing, container, f'"{entry.get("name")}" is no name of an environment variable')
        image = container.data.get("image")
        if isinstance(image, str) and image and not is_reference(image):
            hint = "a lower-case repository, then :tag or @sha256: with 64 hexadecimal digits"
            yield within("CG506", thing, container, f'image "{image}" is none that a node could pull', hint)


@lru_cache(maxsize=1 << 12)
def is_dns_name(text: str) -> bool:
    """Whether the text is a DNS-1123 subdomain, as most names of objects must be."""
    return len(text) <= DNS_NAME and _DNS_NAME.fullmatch(text) is not None


NAMESPACE_FORM = f"at most {LABEL} lower-case letters, digits and `-`, the first and last a letter or digit"


def is_namespace(text: object) -> bool:
    """Whether it can be the name of a namespace."""
    return isinstance(text, str) and len(text) <= LABEL and _DNS_LABEL.fullmatch(text) is not None


@lru_cache(maxsize=1 << 12)
def is_qualified(key: str) -> bool:
    """Whether the text can be a label's or annotation's key: `name`, or `dns.name/name`."""
    found = _QUALIFIED.fullmatch(key)
    return (
        found is not None and len(found["name"]) <= LABEL and (found["prefix"] is None or is_dns_name(found["prefix"]))
    )


@lru_cache(maxsize=1 << 12)
def is_label_value(text: str) -> bool:
    """Whether the text can be a label's value."""
    return len(text) <= LABEL and _LABEL_VALUE.fullmatch(text) is not None


def _metadata(thing: Rendered, metadata: Tree, whose: str) -> Iterator[Diagnostic]:
    yield from _labels(thing, mapping(metadata.get("labels")), f"{whose}labels")
    for key in mapping(metadata.get("annotations")):
        if not is_qualified(str(key).lower()):
            yield about("CG506", thing, f'has "{key}" among {whose}annotations, which is no key that Kubernetes takes')


def _labels(thing: Rendered, labels: Tree, whose: str) -> Iterator[Diagnostic]:
    for key, value in labels.items():
        if not is_qualified(str(key)):
            yield about("CG506", thing, f'has "{key}" among {whose}, which is no key that Kubernetes takes')
        elif not is_label_value(str(value)):
            hint = f"at most {LABEL} letters, digits, `-`, `_` and `.`, the first and last a letter or digit"
            yield about("CG506", thing, f'has {key}: "{value}" among {whose}, which Kubernetes refuses', hint)


def _names(pod: Pod) -> Iterator[tuple[str, object]]:
    for field in ("priorityClassName", "serviceAccountName"):
        yield field, pod.spec.get(field)
    for secret in mappings(pod.spec.get("imagePullSecrets")):
        yield "imagePullSecret", secret.get("name")
    for container in pod.containers:
        for entry in mappings(container.data.get("env")):
            for field, source in mapping(entry.get("valueFrom")).items():
                if field in ("secretKeyRef", "configMapKeyRef"):
                    yield field, mapping(source).get("name")
