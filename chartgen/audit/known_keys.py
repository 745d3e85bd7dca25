"""Rules on labels and annotations that Kubernetes itself reads or writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartgen.audit.finding import about
from chartgen.audit.objects import Pod, Rendered, mapping
from chartgen.registry import known_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.diagnostics import Diagnostic


def annotations_make_sense(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG506: an annotation of the pods that Kubernetes refuses, for its key or its value."""
    names = [container.name for container in pod.containers]
    for key, value in mapping(pod.metadata.get("annotations")).items():
        words, hint = known_keys.key_refusal(str(key), names)
        if words:
            yield about("CG506", thing, f'has "{key}" among its pods\' annotations, which {words}', hint)
        elif reason := known_keys.value_refusal(str(key), str(value)):
            yield about("CG506", thing, f'has {key}: "{value}" among its pods\' annotations', reason)


def jobs_keep_their_labels(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG506: a label on a Job's pods that Kubernetes itself writes there."""
    for name in sorted(known_keys.JOB_LABELS & pod.labels.keys()) if thing.kind in ("Job", "CronJob") else ():
        yield about("CG506", thing, f"has {name} among its pods' labels, which is Kubernetes' own: none would be made")


def annotations_are_not_outdated(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG543: an annotation of the pods that has a successor, where that is not set beside it."""
    for key in mapping(pod.metadata.get("annotations")):
        found = known_keys.outdated_annotation(str(key))
        if found and _warns(found, pod):
            yield about("CG543", thing, f'has the outdated annotation "{key}" on its pods', found.words)


def _warns(found: known_keys.Outdated, pod: Pod) -> bool:
    own = [container.data for container in pod.containers if container.name == found.container]
    if found.container and not own:
        return False
    places = [*own, *([pod.spec] if found.pod else [])]
    return not found.field or not any(mapping(place.get("securityContext")).get(found.field) for place in places)
