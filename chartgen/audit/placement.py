"""Rules on where pods are placed: affinity, and the labels of nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartgen.audit.finding import about
from chartgen.audit.objects import Pod, Rendered, Tree, mapping, mappings, texts
from chartgen.registry.known_keys import newer_label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.diagnostics import Diagnostic

_SIDES = ("podAffinity", "podAntiAffinity")


def affinity_agrees_with_itself(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG508: a label that two parts of one term of affinity speak of; some of it is refused with the pod alone."""
    for side, term in _terms(pod):
        selector = mapping(term.get("labelSelector"))
        selected = {*mapping(selector.get("matchLabels")), *_keys(selector.get("matchExpressions"))}
        same, other = texts(term.get("matchLabelKeys")), texts(term.get("mismatchLabelKeys"))
        for name in same:
            if name in other or (name in selected and name in pod.labels):
                where = "mismatchLabelKeys" if name in other else "labelSelector"
                yield about("CG508", thing, f'has "{name}" in matchLabelKeys and {where} of one term of {side}')


def terms_are_about_pods(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG543: a term of affinity that selects no pod."""
    for side, term in _terms(pod):
        if term.get("labelSelector") is None:
            hint = "add a labelSelector; {} means all pods"
            yield about("CG543", thing, f"has a term of {side} without a labelSelector, which is about no pod", hint)


def node_labels_are_not_outdated(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG543: a label of nodes that has a successor."""
    for key in (*mapping(pod.spec.get("nodeSelector")), *_keys(mapping(pod.spec.get("affinity")).get("nodeAffinity"))):
        if newer := newer_label(str(key)):
            yield about("CG543", thing, f'looks for nodes with the outdated label "{key}"', f"use {newer}")


def _terms(pod: Pod) -> Iterator[tuple[str, Tree]]:
    """Every term of affinity to pods, after its side."""
    for side in _SIDES:
        terms = mapping(mapping(pod.spec.get("affinity")).get(side))
        for term in mappings(terms.get("requiredDuringSchedulingIgnoredDuringExecution")):
            yield side, term
        for preferred in mappings(terms.get("preferredDuringSchedulingIgnoredDuringExecution")):
            yield side, mapping(preferred.get("podAffinityTerm"))


def _keys(value: object) -> Iterator[str]:
    """Every text under a `key`."""
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _keys(inner)
    if isinstance(value, dict) and "key" in value:
        yield str(value["key"])
