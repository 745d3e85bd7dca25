"""Workloads of one service that take each other's place: versions that come, go, or have other names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartgen.registry.kinds import TRAITS
from chartgen.workflows.hazard import Hazard, claims, listed
from chartgen.workflows.stored import running, stored

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chartgen.registry.service import Service
    from chartgen.workflows.stored import Read, Stored


def replaced(service: Service, folder: str, before: Read, after: Read) -> Iterator[Hazard]:
    """A warning where the new workloads do not see the data of those that go, and one where no pod that runs stays."""
    old, new = running(folder, before), running(folder, after)
    if old is None or new is None:
        return
    gone = [version for version in old if version not in new]
    found = {version: stored(folder, before, service.kind, version) for version in gone}
    come = [_workload(service, version) for version in new if version not in old]
    yield from _data({_workload(service, v): each for v, each in found.items() if each and each.claims}, come)
    if not TRAITS[service.kind].is_batch:
        yield from _pods(service, old, new)


def _workload(service: Service, version: str) -> str:
    return f"{service.name}-{version}" if version else service.name


def _data(gone: Mapping[str, Stored], come: list[str]) -> Iterator[Hazard]:
    if not gone:
        return
    data = listed(each for name, old in gone.items() for each in claims(name, old))
    if come:
        becomes, sees = "becomes" if len(gone) == 1 else "become", "does" if len(come) == 1 else "do"
        message = f"{listed(gone)} {becomes} {listed(come)}, which {sees} not see the data of {data}"
        hint = "keep the name, copy the data, or make a service of its own of what is new"
        yield Hazard("CG617", message, hint)
    else:
        goes = "goes" if len(gone) == 1 else "go"
        yield Hazard("CG617", f"{listed(gone)} {goes}, and the data of {data} stays there", "copy what is needed of it")


def _pods(service: Service, old: Mapping[str, bool], new: Mapping[str, bool]) -> Iterator[Hazard]:
    gone, come = [each for each in old if old[each]], [each for each in new if new[each]]
    if not gone or not come or {*gone} & {*come}:
        return
    names, others = (listed(_workload(service, each) for each in side) for side in (gone, come))
    message = f"the pods of {names} go before those of {others} are ready"
    yield Hazard("CG620", message, _way(service, gone, come))


def _way(service: Service, gone: list[str], come: list[str]) -> str:
    if "" not in (*gone, *come):
        return "let both run for one upgrade, and take the old out in a later one"
    kind = service.kind.lower()
    names = " ".join(_workload(service, each) for each in gone)
    return (
        f"before the upgrade, in the release's namespace: kubectl annotate {kind},networkpolicy {names} "
        f"helm.sh/resource-policy=keep; when the new pods are ready: kubectl delete {kind},networkpolicy {names}"
    )
