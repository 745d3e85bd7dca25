"""P1 and P9, of pods: what makes those of the registry is there, and gives them the account by which policies know
them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from chartgen.mesh.subject import Finding, Subject
from chartgen.registry.model import Datastore
from chartgen.registry.service import Kind, Service

if TYPE_CHECKING:
    from chartgen.mesh.expected import Expected
    from chartgen.mesh.model import Workload
    from chartgen.registry.service import Path

_HINT = "run `chartgen generate`; an overlay or patch may be in the way"


def pods(subject: Subject) -> Iterator[Finding]:
    """Pods that nothing makes, and those that are not who they ought to be."""
    for node in subject.expected.registry.charts() if subject.expected else ():
        for service in declared(subject.expected, node.name) if subject.expected else ():
            if not subject.is_off(node.name) and not subject.is_off_version(node.name, service.version):
                found = [each for each in subject.by_name.get(node.name, ()) if is_of(each, service)]
                yield from _named(subject, found, service) if found else _gone(subject, node.name, service, node.path)


def declared(expected: Expected, name: str) -> Sequence[Service]:
    """What the registry has of that name that makes pods: a service, its versions, a datastore; none where others make
    its pods."""
    callee, node = expected.callees.get(name), expected.by_name.get(name)
    if not callee or not callee.pods_are_made:
        return ()
    if isinstance(node, Service):
        return node.workloads
    return (node.workload,) if isinstance(node, Datastore) else ()


def is_of(workload: Workload, service: Service) -> bool:
    """Whether it is what makes that service's pods; to a Job's name comes the hash of its content."""
    named = workload.name == service.name
    hashed = service.kind is Kind.JOB and workload.name.startswith(f"{service.name}-")
    return workload.ref.kind == service.kind and (named or hashed)


def _gone(subject: Subject, name: str, service: Service, path: Path) -> Iterator[Finding]:
    yield Finding(
        code="CG759",
        words=f"{service.kind} {subject.home}/{service.name}, which makes the pods of {name}, is not there",
        hint=f"what is not to be there is switched off in the values: {name}.enabled: false",
        path=path,
    )


def _named(subject: Subject, found: Sequence[Workload], service: Service) -> Iterator[Finding]:
    wanted = service.account.name
    for workload in found if subject.meshed else ():
        if workload.account != wanted:
            words = f"{workload.ref} runs as account {workload.account}, not as {wanted}: to the mesh it is not"
            yield Finding(code="CG751", words=f"{words} {service.name}", hint=_HINT, ref=workload.ref)
