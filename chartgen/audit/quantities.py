"""Rules on quantities that a chart's schema lets pass and the API server refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartgen.audit.finding import about, within
from chartgen.audit.objects import Container, Pod, Rendered, Tree, mapping, mappings
from chartgen.registry.quantity import HUGE_PAGES, is_extended, parse_quantity, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.diagnostics import Diagnostic

Amounts = dict[str, object]


def quantities_fit(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG507: a quantity that Kubernetes cannot read or does not take, or a request above its limit."""
    for container in pod.containers:
        yield from _resources(thing, container)
    for volume in mappings(pod.spec.get("volumes")):
        size = mapping(volume.get("emptyDir")).get("sizeLimit")
        if size is not None and not _readable(size):
            yield about(
                "CG507", thing, f'gives volume "{volume.get("name")}" the sizeLimit {size}, which is no quantity'
            )


def claims_fit(thing: Rendered) -> Iterator[Diagnostic]:
    """CG507: a claim whose size Kubernetes cannot read, or that asks for nothing."""
    claims = [thing.data] if thing.kind == "PersistentVolumeClaim" else mappings(thing.spec.get("volumeClaimTemplates"))
    for claim in claims:
        for what, size in amounts(mapping(mapping(claim.get("spec")).get("resources")), "requests").items():
            if not _readable(size):
                yield about("CG507", thing, f"claims {what} {size}, which is no quantity")
            elif reason := refusal(what, str(size)):
                yield about("CG507", thing, f"claims {what} {size}, which Kubernetes refuses", reason)


def amounts(resources: Tree, side: str) -> Amounts:
    """What one side of resources names, name to quantity."""
    return {str(name): amount for name, amount in mapping(resources.get(side)).items()}


def _resources(thing: Rendered, container: Container) -> Iterator[Diagnostic]:
    resources = mapping(container.data.get("resources"))
    requests, limits = amounts(resources, "requests"), amounts(resources, "limits")
    for side, found in (("requests", requests), ("limits", limits)):
        for what, amount in found.items():
            if not _readable(amount):
                yield within("CG507", thing, container, f"{side}.{what} {amount} is no quantity")
            elif reason := refusal(what, str(amount)):
                words = f"{side}.{what} {amount} is a quantity that Kubernetes refuses"
                yield within("CG507", thing, container, words, reason)
    for words, hint in (*_apart(requests, limits), *_devices(requests, limits)):
        yield within("CG507", thing, container, words, hint)


def _apart(requests: Amounts, limits: Amounts) -> Iterator[tuple[str, str]]:
    for what, amount in requests.items():
        wanted, most = parse_quantity(str(amount)), parse_quantity(str(limits.get(what, amount)))
        if wanted is not None and most is not None and wanted > most:
            yield f"asks for {what} {amount}, above its limit {limits[what]}", "one of them comes from values: set both"


def _devices(requests: Amounts, limits: Amounts) -> Iterator[tuple[str, str]]:
    """Devices and huge pages are not overcommitted."""
    for what, amount in requests.items():
        if is_extended(what):
            most = parse_quantity(str(limits.get(what)))
            if most is None or parse_quantity(str(amount)) != most:
                yield f"asks for {what} {amount} and has no limit equal to it", f"set resources.limits.{what}"
    everything = {*requests, *limits}
    if any(what.startswith(HUGE_PAGES) for what in everything) and not {"cpu", "memory"} & everything:
        yield "has huge pages without any cpu or memory beside them", ""


def _readable(amount: object) -> bool:
    number = parse_quantity(str(amount))
    return number is not None and number >= 0
