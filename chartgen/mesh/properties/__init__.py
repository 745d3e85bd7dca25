"""The properties of a proof, P1 to P17, each a function from a subject to findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeAlias

from chartgen.mesh.properties import (
    basics,
    calls,
    coverage,
    denials,
    diversions,
    door,
    egress,
    fronts,
    identities,
    isolation,
    metrics,
    passing,
    pods,
    references,
    rules,
    shapes,
    tokens,
    traffic,
    unasked,
    waits,
)
from chartgen.mesh.subject import Finding, Subject

Property: TypeAlias = Callable[[Subject], Iterator[Finding]]

PROPERTIES: tuple[Property, ...] = (
    calls.declared,
    calls.undeclared,
    calls.strangers,
    denials.denials,
    pods.pods,
    identities.borrowed,
    identities.disguised,
    identities.evasive,
    identities.unguarded,
    identities.bystanders,
    identities.unlabelled,
    rules.rules,
    rules.anonymous,
    rules.selects_all,
    rules.names_nobody,
    tokens.tokens,
    tokens.spoofed,
    tokens.public_paths,
    tokens.split,
    shapes.shapes,
    shapes.unknowns,
    shapes.unprobed,
    references.references,
    fronts.fronts,
    metrics.metrics,
    coverage.covered,
    coverage.tokens_are_read,
    isolation.isolation,
    isolation.agreement,
    passing.passing,
    basics.basics,
    door.door,
    diversions.diversions,
    diversions.reaching,
    egress.egress,
    traffic.traffic,
    unasked.unasked,
    waits.waits,
    coverage.audits,
)


ADMISSIONS: tuple[Property, ...] = (calls.declared, rules.rules)
"""What says together that the calls which pass are those which ought to."""


def judged(subject: Subject, properties: Iterable[Property] = PROPERTIES) -> list[Finding]:
    """What does not hold, each once."""
    return list(dict.fromkeys(finding for each in properties for finding in each(subject)))


def differences(subject: Subject, code: str, how: str) -> list[Finding]:
    """P14 and P15: where a variant of a platform admits other calls than the registry; `how` says which variant."""
    return [replace(each, code=code, words=f"{how}: {each.words}") for each in judged(subject, ADMISSIONS)]
