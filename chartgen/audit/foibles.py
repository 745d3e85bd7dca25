"""Rules on what the API server refuses, or warns of, beyond the form of fields: sizes, known annotations, peers."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from chartgen.audit.finding import about, repeated, within
from chartgen.audit.objects import Pod, Rendered, Tree, mapping, mappings, texts
from chartgen.audit.quantities import amounts
from chartgen.registry import foibles
from chartgen.registry.quantity import whole_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.diagnostics import Diagnostic

_MAX_DATA = 1024 * 1024
_LONGEST_HOST_NAME = 63


def objects_fit(thing: Rendered) -> Iterator[Diagnostic]:
    """CG509: a ConfigMap or Secret, or the annotations of an object, larger than Kubernetes takes."""
    pod = thing.pod.metadata if thing.pod and thing.kind != "Pod" else {}
    for found in (mapping(each.get("annotations")) for each in (mapping(thing.data["metadata"]), pod)):
        size = foibles.annotations_size((str(key), str(value)) for key, value in found.items())
        if size > foibles.MAX_ANNOTATIONS:
            words = f"has {size:,} bytes of annotations; at most {foibles.MAX_ANNOTATIONS:,} are taken"
            yield about("CG509", thing, words)
    if thing.kind == "ConfigMap":
        size = sum(len(str(value).encode("utf-8", "replace")) for value in mapping(thing.data.get("data")).values())
        if size > _MAX_DATA:
            yield about("CG509", thing, f"holds {size:,} bytes; at most {_MAX_DATA:,} are taken")


def annotations_make_sense(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG506: an annotation of the pods whose value Kubernetes itself refuses."""
    names = [container.name for container in pod.containers]
    for key, value in mapping(pod.metadata.get("annotations")).items():
        if reason := foibles.annotation_refusal(str(key), str(value), names):
            yield about("CG506", thing, f'has {key}: "{value}" among its pods\' annotations', reason)


def jobs_keep_their_labels(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG506: a label on a Job's pods that Kubernetes itself writes there."""
    for name in sorted(foibles.JOB_LABELS & pod.labels.keys()) if thing.kind in ("Job", "CronJob") else ():
        yield about("CG506", thing, f"has {name} among its pods' labels, which is Kubernetes' own: none would be made")


def affinity_agrees_with_itself(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG508: a label that two parts of one term of affinity speak of; some of it is refused with the pod alone."""
    for side in ("podAffinity", "podAntiAffinity"):
        for term in _terms(mapping(mapping(pod.spec.get("affinity")).get(side))):
            selector = mapping(term.get("labelSelector"))
            selected = {*mapping(selector.get("matchLabels")), *_keys(selector.get("matchExpressions"))}
            same, other = texts(term.get("matchLabelKeys")), texts(term.get("mismatchLabelKeys"))
            for name in same:
                if name in other or (name in selected and name in pod.labels):
                    where = "mismatchLabelKeys" if name in other else "labelSelector"
                    yield about("CG508", thing, f'has "{name}" in matchLabelKeys and {where} of one term of {side}')


def peers_are_networks(thing: Rendered) -> Iterator[Diagnostic]:
    """CG506: a NetworkPolicy's ipBlock that is no network, or an exception outside of it."""
    for side, key in (("ingress", "from"), ("egress", "to")) if thing.kind == "NetworkPolicy" else ():
        for rule in mappings(thing.spec.get(side)):
            for peer in mappings(rule.get(key)):
                if reason := _no_network(mapping(peer.get("ipBlock"))):
                    yield about("CG506", thing, f"has an ipBlock in {side}.{key} that Kubernetes refuses", reason)


def server_does_not_warn(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG543: what the API server takes and warns of at every install."""
    for words, hint in (*_names(thing, pod), *_placement(pod)):
        yield about("CG543", thing, words, hint)
    for container in pod.containers:
        for words, hint in _fractions(mapping(container.data.get("resources")), ("requests", "limits")):
            yield within("CG543", thing, container, words, hint)


def claims_are_whole(thing: Rendered) -> Iterator[Diagnostic]:
    """CG543: a claim of a fraction of a byte."""
    claims = [thing.data] if thing.kind == "PersistentVolumeClaim" else mappings(thing.spec.get("volumeClaimTemplates"))
    for claim in claims:
        for words, hint in _fractions(mapping(mapping(claim.get("spec")).get("resources")), ("requests",)):
            yield about("CG543", thing, words, hint)


def _fractions(resources: Tree, sides: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for side in sides:
        for what, amount in amounts(resources, side).items():
            if whole := whole_bytes(what, str(amount)):
                yield f"{side}.{what} {amount} is not a whole number of bytes", f"write {whole}"


def _names(thing: Rendered, pod: Pod) -> Iterator[tuple[str, str]]:
    if thing.kind == "Pod" and len(thing.name) > _LONGEST_HOST_NAME:
        yield f"has a name of more than {_LONGEST_HOST_NAME} characters, which becomes its host name", ""
    for name in repeated(str(secret.get("name")) for secret in mappings(pod.spec.get("imagePullSecrets"))):
        yield f'names the imagePullSecret "{name}" twice', ""
    for key in mapping(pod.metadata.get("annotations")):
        if words := foibles.outdated_annotation(str(key)):
            yield f'has the outdated annotation "{key}" on its pods', words


def _placement(pod: Pod) -> Iterator[tuple[str, str]]:
    affinity = mapping(pod.spec.get("affinity"))
    keys = [*mapping(pod.spec.get("nodeSelector")), *_keys(affinity.get("nodeAffinity"))]
    for key in keys:
        if newer := foibles.newer_label(str(key)):
            yield f'looks for nodes with the outdated label "{key}"', f"use {newer}"
    for side in ("podAffinity", "podAntiAffinity"):
        for term in _terms(mapping(affinity.get(side))):
            if term.get("labelSelector") is None:
                yield f"has a term of {side} without a labelSelector, which is about no pod", ""


def _terms(side: Tree) -> Iterator[Tree]:
    yield from mappings(side.get("requiredDuringSchedulingIgnoredDuringExecution"))
    for preferred in mappings(side.get("preferredDuringSchedulingIgnoredDuringExecution")):
        yield mapping(preferred.get("podAffinityTerm"))


def _keys(value: object) -> Iterator[str]:
    """Every text under a `key`."""
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _keys(inner)
    if isinstance(value, dict) and "key" in value:
        yield str(value["key"])


def _no_network(block: Tree) -> str:
    """What is wrong with an ipBlock; empty when nothing is, or when its shape is wrong anyway."""
    cidr, exceptions = block.get("cidr"), texts(block.get("except"))
    for text in (cidr, *exceptions):
        if isinstance(text, str) and not _is_network(text):
            return f"{text} is no network such as 10.0.0.0/8, with zeros behind its prefix"
    outside = [text for text in exceptions if isinstance(cidr, str) and not _is_inside(text, cidr)]
    return f"{outside[0]} is not a part of {cidr}" if outside else ""


def _is_network(text: str) -> bool:
    try:
        return "/" in text and bool(ipaddress.ip_network(text))
    except ValueError:
        return False


def _is_inside(part: str, whole: str) -> bool:
    """Whether it is a part of the other network, and not all of it."""
    inner, outer = ipaddress.ip_network(part), ipaddress.ip_network(whole)
    return inner != outer and inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]
