"""Rules on how large things are: objects, names, and amounts in whole bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartgen.audit.finding import about, within
from chartgen.audit.objects import Pod, Rendered, Tree, mapping, mappings
from chartgen.audit.quantities import amounts
from chartgen.registry.known_keys import annotations_size
from chartgen.registry.limits import LABEL, MAX_ANNOTATIONS, MAX_DATA
from chartgen.registry.quantity import whole_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.diagnostics import Diagnostic


def objects_fit(thing: Rendered) -> Iterator[Diagnostic]:
    """CG509: a ConfigMap or Secret, or the annotations of an object, larger than Kubernetes takes."""
    pod = thing.pod.metadata if thing.pod and thing.kind != "Pod" else {}
    for found in (mapping(each.get("annotations")) for each in (mapping(thing.data["metadata"]), pod)):
        size = annotations_size((str(key), str(value)) for key, value in found.items())
        if size > MAX_ANNOTATIONS:
            words = f"has {size:,} bytes of annotations; at most {MAX_ANNOTATIONS:,} are taken"
            yield about("CG509", thing, words)
    size = sum(_sizes(thing.data, thing.kind)) if thing.kind in ("ConfigMap", "Secret") else 0
    if size > MAX_DATA:
        yield about("CG509", thing, f"holds {size:,} bytes; at most {MAX_DATA:,} are taken")


def host_names_are_short(thing: Rendered) -> Iterator[Diagnostic]:
    """CG543: a pod whose name is cut when it becomes its host name."""
    if thing.kind == "Pod" and len(thing.name) > LABEL:
        yield about("CG543", thing, f"has a name of more than {LABEL} characters, which becomes its host name")


def bytes_are_whole(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG543: a request or limit of a fraction of a byte."""
    for container in pod.containers:
        for words, hint in _fractions(mapping(container.data.get("resources")), ("requests", "limits")):
            yield within("CG543", thing, container, words, hint)


def claims_are_whole(thing: Rendered) -> Iterator[Diagnostic]:
    """CG543: a claim of a fraction of a byte."""
    claims = [thing.data] if thing.kind == "PersistentVolumeClaim" else mappings(thing.spec.get("volumeClaimTemplates"))
    for claim in claims:
        for words, hint in _fractions(mapping(mapping(claim.get("spec")).get("resources")), ("requests",)):
            yield about("CG543", thing, words, hint)


def _sizes(data: Tree, kind: str) -> Iterator[int]:
    """The bytes of each value: what is written in base64 counts as what it stands for."""
    plain, encoded = ("data", "binaryData") if kind == "ConfigMap" else ("stringData", "data")
    written = mapping(data.get(plain))
    yield from (len(str(value).encode("utf-8", "replace")) for value in written.values())
    for key, value in mapping(data.get(encoded)).items():
        text = "".join(str(value).split())
        yield 0 if key in written else len(text) * 3 // 4 - text[-2:].count("=")


def _fractions(resources: Tree, sides: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for side in sides:
        for what, amount in amounts(resources, side).items():
            if hint := whole_bytes(what, str(amount)):
                yield f"{side}.{what} {amount} is not a whole number of bytes", hint
