"""What the service's kind cannot have, and the schedule that a CronJob must have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chartgen.registry.checks.subject import Draft, Finding
from chartgen.registry.cron import schedule_mistake
from chartgen.registry.normal import NONE

if TYPE_CHECKING:
    from collections.abc import Iterator

_LACKS = {
    "exposed": "cannot be exposed",
    "service": "has no Kubernetes Service",
    "metrics": "cannot be asked for metrics",
    "scaling": "does not scale",
}


def unfit_fields(draft: Draft) -> Iterator[Finding]:
    """Fields that the kind cannot have."""
    traits, data = draft.traits, draft.data
    unfit = {
        "ports": not traits.has_ports,
        "exposed": not traits.has_ports,
        "service": not traits.has_ports,
        "aliases": not traits.has_ports,
        "metrics": not traits.has_ports,
        "probes": not traits.has_probes,
        "scaling": not traits.scales,
        "schedule": not traits.has_schedule,
    }
    for field, applies in unfit.items():
        if applies and _is_set(data.get(field)):
            yield Finding(
                code="CG301",
                path=(field,),
                message=f"{draft.title} is a {draft.service.kind}, which {_LACKS.get(field, f'has no {field}')}",
                hint="remove it, or choose another kind",
            )


def _is_set(value: Any) -> bool:
    if isinstance(value, dict):
        return any(each != NONE for each in value.values())
    return value not in (None, False, NONE, [])


def unfit_claims(draft: Draft) -> Iterator[Finding]:
    """Claims on a kind whose pods would all share them."""
    if draft.traits.has_claims:
        return
    for index, volume in enumerate(draft.data.get("volumes", ())):
        if "claim" in volume:
            yield Finding(
                code="CG301",
                path=("volumes", index, "claim"),
                message=f"{draft.title} is a {draft.service.kind} whose pods would all share one claim",
                hint="use hostPath or existingClaim, or make it a StatefulSet",
            )


def missing_schedule(draft: Draft) -> Iterator[Finding]:
    """A CronJob that never runs."""
    if draft.traits.has_schedule and not draft.service.schedule:
        yield Finding(
            code="CG302",
            path=("kind",),
            message=f"{draft.title} is a {draft.service.kind} without a schedule",
            hint='add one, such as schedule: "0 3 * * *"',
        )


def bad_schedule(draft: Draft) -> Iterator[Finding]:
    """Schedules of the right shape that Kubernetes would refuse."""
    if draft.service.schedule and draft.traits.has_schedule:
        mistake = schedule_mistake(draft.service.schedule)
        if mistake:
            yield Finding(
                code="CG303",
                path=("schedule",),
                message=f'Kubernetes would refuse the schedule "{draft.service.schedule}": {mistake}',
            )
