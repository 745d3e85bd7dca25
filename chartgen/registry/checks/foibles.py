"""Labels, annotations and schedules of the right form that Kubernetes refuses, warns of, or never acts on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chartgen.registry import foibles
from chartgen.registry.checks.subject import Draft, Finding
from chartgen.registry.cron import never_comes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.registry.model import Path


def refused_annotations(draft: Draft) -> Iterator[Finding]:
    """Annotations that no pod of the service can have."""
    containers = [place.container.name for place in draft.containers]
    for key, value in draft.service.annotations:
        if reason := foibles.annotation_refusal(key, value, containers):
            message = f'Kubernetes refuses pods with this value of the annotation "{key}"'
            yield Finding(code="CG336", path=("annotations", key), message=message, hint=reason)


def annotations_too_large(draft: Draft) -> Iterator[Finding]:
    """More annotations than one object can have."""
    places: list[tuple[Path, tuple[tuple[str, str], ...]]] = [
        (("annotations",), draft.service.annotations),
        (("serviceAccount", "annotations"), draft.service.account.annotations),
    ]
    for path, found in places:
        size = foibles.annotations_size(found)
        if size > foibles.MAX_ANNOTATIONS:
            yield Finding(
                code="CG336",
                path=path,
                message=f"these annotations hold {size:,} bytes; one object has at most {foibles.MAX_ANNOTATIONS:,}",
                hint="keep large texts in files",
            )


def outdated_keys(draft: Draft) -> Iterator[Finding]:
    """Node labels and annotations that have been replaced (a warning)."""
    for key in draft.data.get("nodeSelector", {}):
        if newer := foibles.newer_label(key):
            yield _outdated(("nodeSelector", key), f'the node label "{key}"', f"use {newer}", key=True)
    for path, key in _affinity_keys(
        draft.data.get("affinity", {}).get("nodeAffinity", {}), ("affinity", "nodeAffinity")
    ):
        if newer := foibles.newer_label(key):
            yield _outdated(path, f'the node label "{key}"', f"use {newer}")
    for key in draft.data.get("annotations", {}):
        if words := foibles.outdated_annotation(key):
            yield _outdated(("annotations", key), f'the annotation "{key}"', words, key=True)


def schedule_without_a_day(draft: Draft) -> Iterator[Finding]:
    """Schedules such as the 31st of February (a warning)."""
    if draft.traits.has_schedule and never_comes(draft.service.schedule):
        yield Finding(
            code="CG412",
            path=("schedule",),
            message=f'the day of "{draft.service.schedule}" never comes: Kubernetes takes the schedule, and notes '
            "InvalidSchedule each time it looks",
            hint="correct the day or the month; to run a job by hand, use kubectl create job --from=cronjob/…",
        )


def _affinity_keys(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """The path and text of every `key` below."""
    if isinstance(value, dict):
        if isinstance(value.get("key"), str):
            yield (*path, "key"), value["key"]
        for name, inner in value.items():
            yield from _affinity_keys(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _affinity_keys(inner, (*path, index))


def _outdated(path: Path, what: str, hint: str, *, key: bool = False) -> Finding:
    return Finding(code="CG411", path=path, message=f"{what} is outdated: Kubernetes warns of it", hint=hint, key=key)
