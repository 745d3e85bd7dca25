"""The rule on what pods read: every claim and ConfigMap of a render has its reader."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from chartgen.audit.finding import about
from chartgen.audit.objects import Container, Pod, Rendered, Tree, mapping, mappings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.audit.platform import Key, Platform
    from chartgen.diagnostics import Diagnostic

_READ = ("PersistentVolumeClaim", "ConfigMap")


def objects_have_readers(platform: Platform) -> Iterator[Diagnostic]:
    """CG547: a claim or ConfigMap that no pod of the render mounts or reads; the hint names the pods of the same chart
    that ask for one which the render lacks."""
    asked: dict[Key, Rendered] = {}
    for thing in platform.workloads:
        asked |= dict.fromkeys(_reads(thing.pod), thing) if thing.pod else {}
    unread = [thing for thing in platform.of_kind(*_READ) if (thing.kind, thing.name) not in asked]
    if not unread:
        return
    lost: dict[Key, list[str]] = defaultdict(list)
    for (kind, name), thing in asked.items():
        if (kind, name) not in platform.by_name:
            lost[_chart(thing), kind].append(f'{thing.kind} "{thing.name}" asks for "{name}", which is not rendered')
    for thing in unread:
        yield about("CG547", thing, "is read by no pod of this render", "; ".join(lost[_chart(thing), thing.kind]))


def _reads(pod: Pod) -> Iterator[Key]:
    for volume in mappings(pod.spec.get("volumes")):
        yield from _mounted(volume)
    for container in pod.containers:
        yield from _environment(container)


def _mounted(volume: Tree) -> Iterator[Key]:
    if "persistentVolumeClaim" in volume:
        yield "PersistentVolumeClaim", str(mapping(volume["persistentVolumeClaim"]).get("claimName"))
    for source in (volume, *mappings(mapping(volume.get("projected")).get("sources"))):
        if "configMap" in source:
            yield "ConfigMap", str(mapping(source["configMap"]).get("name"))


def _environment(container: Container) -> Iterator[Key]:
    sources = [mapping(entry.get("configMapRef")) for entry in mappings(container.data.get("envFrom"))]
    entries = [mapping(entry.get("valueFrom")) for entry in mappings(container.data.get("env"))]
    sources += [mapping(entry.get("configMapKeyRef")) for entry in entries]
    for source in sources:
        if source:
            yield "ConfigMap", str(source.get("name"))


def _chart(thing: Rendered) -> str:
    return thing.file.partition("/templates/")[0]
