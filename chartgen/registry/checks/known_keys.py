"""Labels and annotations that Kubernetes itself reads, schedules and terms: what it refuses, warns of, or never acts
on although its form is right."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chartgen.registry import known_keys
from chartgen.registry.checks.subject import Draft, Finding
from chartgen.registry.cron import never_comes, schedule_mistake
from chartgen.registry.limits import MAX_ANNOTATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.registry.service import Path


def refused_annotations(draft: Draft) -> Iterator[Finding]:
    """Annotations that no pod of the service can have."""
    containers = [place.container.name for place in draft.containers]
    for key, value in draft.service.annotations:
        words, hint = known_keys.key_refusal(key, containers)
        if words:
            message = f'the annotation "{key}" of {draft.title} {words}'
            yield Finding(code="CG336", path=("annotations", key), key=True, message=message, hint=hint)
        elif reason := known_keys.value_refusal(key, value):
            message = f'Kubernetes refuses pods with this value of the annotation "{key}"'
            yield Finding(code="CG336", path=("annotations", key), message=message, hint=reason)


def annotations_too_large(draft: Draft) -> Iterator[Finding]:
    """More annotations than one object can have."""
    places: list[tuple[Path, tuple[tuple[str, str], ...]]] = [
        (("annotations",), draft.service.annotations),
        (("serviceAccount", "annotations"), draft.service.account.annotations),
    ]
    for path, found in places:
        size = known_keys.annotations_size(found)
        if size > MAX_ANNOTATIONS:
            yield Finding(
                code="CG336",
                path=path,
                message=f"these annotations hold {size:,} bytes; one object has at most {MAX_ANNOTATIONS:,}",
                hint="keep large texts in files",
            )


def outdated_keys(draft: Draft) -> Iterator[Finding]:
    """Node labels and annotations that have been replaced (a warning)."""
    for key in draft.data.get("nodeSelector", {}):
        if newer := known_keys.newer_label(key):
            yield _outdated(("nodeSelector", key), f'the node label "{key}"', f"use {newer}", key=True)
    for path, key in _affinity_keys(
        draft.data.get("affinity", {}).get("nodeAffinity", {}), ("affinity", "nodeAffinity")
    ):
        if newer := known_keys.newer_label(key):
            yield _outdated(path, f'the node label "{key}"', f"use {newer}")
    yield from _outdated_annotations(draft)


def _outdated_annotations(draft: Draft) -> Iterator[Finding]:
    """Those of containers that there are, without the field beside them: emitted pods have a seccompProfile, patches
    can bring all others."""
    containers = [place.container.name for place in draft.containers]
    patches = json.dumps(draft.data.get("patches", ()), default=str)
    for key in draft.data.get("annotations", {}):
        found = known_keys.outdated_annotation(key)
        if found is None or (found.container and found.container not in containers):
            continue
        if not found.field or (found.container and found.field not in patches):
            yield _outdated(("annotations", key), f'the annotation "{key}"', found.words, key=True)


def terms_without_selector(draft: Draft) -> Iterator[Finding]:
    """Terms of affinity to pods that are about no pod (a warning)."""
    for side in ("podAffinity", "podAntiAffinity"):
        required, preferred = (f"{word}DuringSchedulingIgnoredDuringExecution" for word in ("required", "preferred"))
        terms = draft.data.get("affinity", {}).get(side, {})
        places: list[tuple[Path, Any]] = [((required, at), term) for at, term in enumerate(terms.get(required, ()))]
        for at, weighted in enumerate(terms.get(preferred, ())):
            places.append(((preferred, at, "podAffinityTerm"), weighted["podAffinityTerm"]))
        for path, term in places:
            if "labelSelector" not in term:
                yield Finding(
                    code="CG411",
                    path=("affinity", side, *path),
                    message=f"a term of {side} without a labelSelector is about no pod: Kubernetes warns of it",
                    hint="add a labelSelector; {} means all pods",
                )


def schedule_without_a_day(draft: Draft) -> Iterator[Finding]:
    """Schedules such as the 31st of February (a warning)."""
    schedule = draft.service.schedule
    if draft.traits.has_schedule and not schedule_mistake(schedule) and never_comes(schedule):
        yield Finding(
            code="CG412",
            path=("schedule",),
            message=f'the day of "{schedule}" never comes: Kubernetes takes the schedule, and notes '
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
