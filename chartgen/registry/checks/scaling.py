"""Autoscaling and resources: bounds in order, thresholds that can be measured, quantities that Kubernetes takes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from chartgen.registry.checks.subject import Finding
from chartgen.registry.normal import NONE
from chartgen.registry.quantity import HUGE_PAGES, is_extended, parse_quantity, refusal, whole_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chartgen.registry.checks.subject import Draft
    from chartgen.registry.pod import Resources
    from chartgen.registry.service import Path

    Judge = Callable[[str, str], str]

_MEASURED = {"size": "storage", "sizeLimit": "sizeLimit"}
"""A volume's fields → what they measure."""


def scaling_bounds(draft: Draft) -> Iterator[Finding]:
    """Bounds of the autoscaler that are missing or out of order."""
    data = draft.data.get("scaling", NONE)
    if data == NONE or "replicas" in data or not draft.traits.scales:
        return
    if "maxInstances" not in data:
        yield Finding(
            code="CG312",
            path=("scaling",),
            message=f"{draft.title} scales without an upper bound",
            hint="add maxInstances, or replicas for a fixed size",
        )
    elif data.get("minInstances", 1) > data["maxInstances"]:
        yield Finding(
            code="CG311",
            path=("scaling", "minInstances"),
            message=f"minInstances {data['minInstances']} is above maxInstances {data['maxInstances']}",
        )


def unmeasured_threshold(draft: Draft) -> Iterator[Finding]:
    """Utilization is a percentage of the request, of every container that runs beside the service's own too; where
    there is none, Kubernetes takes the limit for it."""
    scaling = draft.service.scaling
    if not scaling.autoscale:
        return
    for resource, threshold in (("cpu", scaling.cpu_threshold), ("memory", scaling.memory_threshold)):
        for container in (draft.service.main, *draft.service.sidecars) if threshold else ():
            asked = {**dict(container.resources.limits), **dict(container.resources.requests)}
            if not parse_quantity(asked.get(resource, "0")):
                yield Finding(
                    code="CG313",
                    path=("scaling", f"{resource}Threshold"),
                    message=f"{resource}Threshold {threshold} is a percentage of the {resource} request, and container "
                    f'"{container.name}" has none',
                    hint=f"give it resources.requests.{resource}",
                )


def bad_quantity(draft: Draft) -> Iterator[Finding]:
    """Quantities that Kubernetes would refuse, or silently make smaller."""
    for path, name, text in (*_resource_quantities(draft, refusal), *_volume_quantities(draft)):
        if reason := refusal(name, text):
            message = f'Kubernetes would not take the quantity "{text.replace("e+", "e")}"'
            yield Finding(code="CG314", path=path, message=message, hint=reason)


@cache  # most containers have the same resources
def _noted(resources: Resources, judge: Judge) -> tuple[tuple[str, str, str], ...]:
    both = (("requests", resources.requests), ("limits", resources.limits))
    return tuple((side, name, text) for side, found in both for name, text in found if judge(name, text))


def _resource_quantities(draft: Draft, judge: Judge) -> Iterator[tuple[Path, str, str]]:
    for place in draft.containers:
        for side, name, text in _noted(place.container.resources, judge):
            yield (*place.path, "resources", side, name), name, text


def _volume_quantities(draft: Draft) -> Iterator[tuple[Path, str, str]]:
    for index, volume in enumerate(draft.data.get("volumes", ())):
        for source, field in (("claim", "size"), ("emptyDir", "sizeLimit")):
            if field in volume.get(source, {}):
                yield ("volumes", index, source, field), _MEASURED[field], str(volume[source][field])


def requests_above_limits(draft: Draft) -> Iterator[Finding]:
    """Requests above their limits; what is built in has given way before."""
    for place in draft.containers:
        for name, request, limit in _above_limit(place.container.resources):
            yield Finding(
                code="CG315",
                path=(*place.path, "resources", "requests", name),
                message=f"the {name} request {request} is above the limit {limit}",
                hint=f"raise resources.limits.{name}, or lower resources.requests.{name}",
            )


@cache
def _above_limit(resources: Resources) -> tuple[tuple[str, str, str], ...]:
    limits = dict(resources.limits)
    pairs = [(name, request, limits[name]) for name, request in resources.requests if name in limits]
    return tuple(each for each in pairs if _exceeds(*each[1:]))


def _exceeds(request: str, limit: str) -> bool:
    asked, allowed = parse_quantity(request), parse_quantity(limit)
    return asked is not None and allowed is not None and asked > allowed


def unmatched_extended_resource(draft: Draft) -> Iterator[Finding]:
    """Devices and huge pages cannot be overcommitted: Kubernetes wants request and limit equal."""
    for place, _, container in draft.containers:
        for name in _extended(container.resources):
            request, limit = dict(container.resources.requests).get(name), dict(container.resources.limits).get(name)
            if limit is None or (request is not None and parse_quantity(request) != parse_quantity(limit)):
                yield Finding(
                    code="CG316",
                    path=(*place, "resources", "requests", name),
                    message=f"{name} needs a limit equal to its request: Kubernetes does not overcommit it",
                    hint=f"set resources.limits.{name} to {request}",
                )


def lonely_pages(draft: Draft) -> Iterator[Finding]:
    """Huge pages of a container that asks for neither processor nor memory."""
    for place, _, container in draft.containers:
        limits = dict(container.resources.limits)
        pages = [name for name in limits if name.startswith(HUGE_PAGES)]
        if pages and not {"cpu", "memory"} & {*limits, *dict(container.resources.requests)}:
            yield Finding(
                code="CG316",
                path=(*place, "resources", "limits", pages[0]),
                message="Kubernetes refuses huge pages without any cpu or memory beside them",
                hint="keep a request or a limit of cpu or memory",
            )


def fractions_of_bytes(draft: Draft) -> Iterator[Finding]:
    """Quantities that are no whole number of bytes: 1.3Gi, or the 100m of one who meant 100Mi (a warning)."""
    for path, name, text in (*_resource_quantities(draft, whole_bytes), *_volume_quantities(draft)):
        if hint := whole_bytes(name, text):
            yield Finding(
                code="CG411",
                path=path,
                message=f'"{text}" is not a whole number of bytes: Kubernetes warns at every install',
                hint=hint,
            )


def _extended(resources: Resources) -> list[str]:
    return [name for name, _ in resources.requests if is_extended(name)]
