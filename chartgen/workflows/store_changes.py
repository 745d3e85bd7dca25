"""What a datastore's data does not follow: another engine, topology or way, another number of a cluster's pods."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chartgen.engines.engine import Topology, Way
from chartgen.workflows.hazard import Hazard, claims, kept, listed, text_of
from chartgen.workflows.stored import stored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.registry.model import Datastore
    from chartgen.tools.tree import Survey
    from chartgen.workflows.stored import Read

_ENGINE = re.compile(r"^- Engine: (.+), as (?:database|cache|broker)$", re.MULTILINE)
_WAY = re.compile(r'^\{\{- define "[^"]+\.provision" -\}\}\n.*\| default "(\w+)" \}\}$', re.MULTILINE)
_PODS = re.compile(r"^replicaCount: ([0-9]{1,9})$", re.MULTILINE)
_HINT = (
    "give the new one another name and bring the data over; where the data may go, delete the StatefulSet and its "
    "claims before the upgrade"
)


@dataclass(frozen=True, slots=True)
class _Told:
    """What a datastore's chart says of it: its engine's title, and its own pods (0: it makes none)."""

    engine: str
    pods: int


def changed(store: Datastore, folder: str, before: Read, after: Read) -> Iterator[Hazard]:
    """A warning where new pods would find the claims of pods of another kind."""
    old, new = _told(folder, before), _told(folder, after)
    disk = stored(folder, before, store.workload.kind)
    if not (old and new and old.pods and new.pods and disk and disk.claims):
        return
    data = listed(claims(store.name, disk))
    builtin = store.engine.builtin
    if old.engine != new.engine:
        message = f'"{store.name}" becomes {new.engine}, over the data of {old.engine} in {data}'
        yield Hazard("CG619", message, _HINT)
    elif builtin and Topology.CLUSTER in builtin.topologies and old.pods != new.pods:
        resized = f'"{store.name}" goes from {old.pods} pods to {new.pods}'
        if 1 in (old.pods, new.pods):
            message = f'"{store.name}" becomes {_size(new.pods)}, over the data of {_size(old.pods)} in {data}'
            yield Hazard("CG619", message, _HINT)
        elif new.pods < old.pods:
            yield Hazard("CG619", f"{resized}, without what only the last {old.pods - new.pods} have", _HINT)
        elif not builtin.grows:
            yield Hazard("CG619", f"{resized}, but a cluster of {new.engine} keeps the size that it began with", _HINT)


def provided(store: Datastore, folder: str, survey: Survey, before: Read, after: Read) -> Iterator[Hazard]:
    """A warning where the data stays with a way that is no longer meant, or with a resource that leaves the release."""
    yield from _other_way(store, folder, before, after)
    old, new = (
        [
            each
            for each in kept(sorted(path for path in paths if path.startswith(f"{folder}/templates/")), read)
            if each.data and each.name == store.name
        ]
        for paths, read in ((survey.plan.remove, before), (survey.contents, after))
    )
    chosen = "" if _default(folder, before) == Way.OPERATOR else "where values chose it, "
    for each in (each for each in old if each not in new):
        sees = f"{new[0]} does not see" if new else "nothing in the release reads any more"
        message = f"{chosen}{each} stays in the cluster with its data, which {sees}"
        yield Hazard("CG617", message, "bring the data over, and delete the old resource")


def _other_way(store: Datastore, folder: str, before: Read, after: Read) -> Iterator[Hazard]:
    old, new = _default(folder, before), _default(folder, after)
    if old == new or not (old and new):
        return
    disk = stored(folder, before, store.workload.kind) if old == Way.BUILTIN else None
    data = f"the data of {listed(claims(store.name, disk))}" if disk and disk.claims else ""
    if old == Way.OPERATOR and Way.OPERATOR in store.ways:
        data = "the data of the operator's resource"
    if data:
        message = f'where values choose no way, "{store.name}" is provided by {new}, which does not see {data}'
        stay = f", or set global.datastores.{store.name}.provision to {old}" if old in store.ways else ""
        yield Hazard("CG617", message, f"bring the data over{stay}")


def _default(folder: str, read: Read) -> str:
    """The way that the chart takes where values choose none."""
    found = _WAY.search(text_of(f"{folder}/templates/_helpers.tpl", read))
    return found[1] if found else ""


def _told(folder: str, read: Read) -> _Told | None:
    engine = _ENGINE.search(text_of(f"{folder}/README.md", read))
    pods = _PODS.findall(text_of(f"{folder}/values.yaml", read))
    return _Told(engine[1], int(pods[0]) if len(pods) == 1 else 0) if engine else None


def _size(pods: int) -> str:
    return "one pod" if pods == 1 else f"a cluster of {pods} pods"
