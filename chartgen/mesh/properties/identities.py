"""P3, of pods: nobody but a service's own pods has its account, for whoever has it may call what the service may."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from chartgen.mesh.expected import accounts_of
from chartgen.mesh.grants import NAME
from chartgen.mesh.subject import Finding, Subject

if TYPE_CHECKING:
    from chartgen.mesh.expected import Expected


def borrowed(subject: Subject) -> Iterator[Finding]:
    """Pods of the application's namespace that have the account of a service, and are none of its pods."""
    owners = _owners(subject.expected) if subject.expected and subject.meshed else {}
    for workload in subject.world.workloads if owners else ():
        names = owners.get(workload.account) if workload.namespace == subject.home else None
        if names and workload.labels.get(NAME) not in names:
            words = f"{workload.ref} has the account of {' and '.join(sorted(names))}, and may call whom that may"
            yield Finding(
                code="CG753",
                words=f"{words}: the registry does not declare it",
                hint="give it an account of its own, or declare it as a service",
                ref=workload.ref,
            )


def _owners(expected: Expected) -> Mapping[str, frozenset[str]]:
    """Account → the name labels that its pods may have."""
    found: dict[str, set[str]] = {}
    for callee in expected.callees.values():
        for account in callee.accounts:
            found.setdefault(account, set()).update({callee.name, callee.labels.get(NAME, callee.name)})
    for store in expected.registry.datastores:
        for account in accounts_of(store):
            found.setdefault(account, set()).add(store.name)
    return {account: frozenset(names) for account, names in found.items()}
