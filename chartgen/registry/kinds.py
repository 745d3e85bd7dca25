"""What each workload kind can have. A new kind is a row here and a template in `emit/`."""

from __future__ import annotations

from dataclasses import dataclass

from chartgen.registry.limits import LABEL
from chartgen.registry.service import Kind, Service


@dataclass(frozen=True, slots=True, kw_only=True)
class KindTraits:
    """One kind's abilities. `max_name` is the longest service name whose pods Kubernetes will still start."""

    kind: Kind
    api_version: str
    max_name: int = LABEL
    has_ports: bool = True
    has_probes: bool = True
    scales: bool = False
    has_disruption_budget: bool = False
    has_headless_service: bool = False
    has_claims: bool = True
    claim_templates: bool = False
    has_schedule: bool = False
    is_batch: bool = False
    content_named: bool = False


TRAITS: dict[Kind, KindTraits] = {
    traits.kind: traits
    for traits in (
        KindTraits(kind=Kind.DEPLOYMENT, api_version="apps/v1", scales=True, has_disruption_budget=True),
        KindTraits(
            kind=Kind.STATEFUL_SET,
            api_version="apps/v1",
            max_name=52,
            scales=True,
            has_disruption_budget=True,
            has_headless_service=True,
            claim_templates=True,
        ),
        KindTraits(kind=Kind.DAEMON_SET, api_version="apps/v1", has_claims=False),
        KindTraits(
            kind=Kind.CRON_JOB,
            api_version="batch/v1",
            max_name=52,
            has_ports=False,
            has_probes=False,
            has_schedule=True,
            is_batch=True,
        ),
        KindTraits(
            kind=Kind.JOB,
            api_version="batch/v1",
            max_name=52,
            has_ports=False,
            has_probes=False,
            is_batch=True,
            content_named=True,
        ),
    )
}


def traits(kind: Kind) -> KindTraits:
    """What that kind can have."""
    return TRAITS[kind]


def autoscales(service: Service) -> bool:
    """Whether an autoscaler may set its number of pods; a datastore's is a matter of its topology."""
    return TRAITS[service.kind].scales and not service.store
