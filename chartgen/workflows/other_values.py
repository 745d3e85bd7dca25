"""Manifests that were rendered with other values than those by which they are judged: one thing to say in place of all
that follows from it. What explains findings away is a finding itself, for the values may be wrong too."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import permutations
from typing import TYPE_CHECKING, Any

from chartgen.audit.values import merged
from chartgen.errors import UsageError
from chartgen.mesh.cover import identities
from chartgen.mesh.premises import premises_of
from chartgen.mesh.properties.isolation import ISTIOD
from chartgen.mesh.properties.networks import METADATA_NAME
from chartgen.mesh.subject import Finding
from chartgen.workflows.value_sets import value_set

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from chartgen.mesh.objects import Clause
    from chartgen.mesh.subject import Subject
    from chartgen.registry.model import Registry
    from chartgen.workflows.value_set import ValueSet

    Judge = Callable[[Mapping[str, Any]], tuple[Subject, list[Finding]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Other values: those of an environment (empty: the defaults), and settings beside them, by their paths. `alike`:
    the environments that say the same of who may call whom."""

    environment: str
    alike: tuple[str, ...] = ()
    given: Mapping[str, Any]
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def values(self) -> Mapping[str, Any]:
        """All of them."""
        found = self.given
        for path, value in self.settings.items():
            tree: Any = value
            for key in reversed(path.split(".")):
                tree = {key: tree}
            found = merged(found, tree)
        return found


def explained(
    root: Path, registry: Registry, values: ValueSet, environment: str, subject: Subject, judge: Judge, many: int
) -> tuple[Subject, list[Finding]] | None:
    """What is left to say of manifests with so many findings, after the one that they look rendered with other values;
    None where no others explain most of them."""
    best: tuple[Other, Subject, list[Finding]] | None = None
    for other in _others(root, registry, values, environment, subject):
        its_subject, found = judge(other.values)
        if 2 * len(found) < (len(best[2]) if best else many):
            best = (other, its_subject, found)
        if best and not best[2]:
            break
    return (best[1], [_told(best[0], values, environment), *best[2]]) if best else None


def _others(root: Path, registry: Registry, values: ValueSet, environment: str, subject: Subject) -> Iterator[Other]:
    """First each environment that says something else of who may call whom, then what the manifests themselves say."""
    own = premises_of(registry, values.given, subject.home)
    names = [name for name in ("", *(each.name for each in registry.environments)) if name != environment]
    read = [(name, given) for name in names if (given := _given(root, registry, name)) is not None]
    names = [name for name, _ in read]
    premises = [premises_of(registry, given, subject.home) for _, given in read]
    sets = [
        Other(environment=name, given=given, alike=tuple(n for n, p in zip(names, premises, strict=True) if p == its))
        for (name, given), its in zip(read, premises, strict=True)
        if its != own and premises.index(its) == names.index(name)
    ]
    yield from sets
    for each in (Other(environment=environment, given=values.given), *sets):
        yield from (replace(each, settings=settings) for settings in _settings(registry, subject))


def _given(root: Path, registry: Registry, name: str) -> Mapping[str, Any] | None:
    """The values of an environment that nobody asked for; None where they cannot be read."""
    try:
        return value_set(root, registry, name).given
    except UsageError:
        return None


def _told(other: Other, values: ValueSet, environment: str) -> Finding:
    settings = ", ".join(f"{path}: {value}" for path, value in other.settings.items())
    alike = " or ".join(name for name in other.alike if name)
    named = f"the values of environment {alike}" if other.environment else "the defaults"
    what = " and ".join(filter(None, (named if other.environment != environment else "", settings)))
    judged = f"those of environment {environment}" if environment else values.name
    hint = f"say --env {other.environment}" if other.environment else "leave --env out"
    if settings:
        hint = "say --env NAME of the environment whose values have that; if none has, the manifests are wrong"
    return Finding(code="CG757", words=f"the manifests look rendered with {what}, not with {judged}", hint=hint)


def _settings(registry: Registry, subject: Subject) -> Iterator[Mapping[str, str]]:
    """What the manifests themselves say of the mesh's own names, where it differs from what they are judged by."""
    assert subject.expected
    premises, shared = subject.expected.premises, dict[str, str]()
    plane = _control_plane(subject)
    if plane and plane != premises.control_plane:
        shared["global.mesh.controlPlane.namespace"] = plane
    domain = _trust_domain(subject) or premises.trust_domain
    if domain != premises.trust_domain:
        shared["global.mesh.trustDomain"] = domain
    named = _named(subject, domain)
    accounts = {"scraper": premises.scraper, **({"ingress": premises.ingress} if registry.gateway else {})}
    gone = [role for role, who in accounts.items() if (who.namespace, who.account) not in named]
    strange = sorted(named - subject.expected.accounts)
    if not strange and shared:
        yield shared
    for roles in permutations(gone, len(strange)) if 0 < len(strange) <= len(gone) else ():
        own = dict(shared)
        for role, (namespace, account) in zip(roles, strange, strict=True):
            own |= {f"global.mesh.{role}.namespace": namespace, f"global.mesh.{role}.serviceAccount": account}
        yield own


def _control_plane(subject: Subject) -> str:
    """The namespace whose istiod pods may call."""
    found = Counter(
        peer.namespaces.labels.get(METADATA_NAME, "")
        for policy in subject.world.found.networks
        for rule in policy.egress or ()
        for peer in rule.peers
        if peer.namespaces and any(port.port == ISTIOD for port in rule.ports)
    )
    return next((name for name, _ in found.most_common(1)), "")


def _trust_domain(subject: Subject) -> str:
    values = (
        value for clause in _clauses(subject) if clause.attribute == "source.principal" for value in clause.values
    )
    found = Counter(value.partition("/ns/")[0] for value in values if "/ns/" in value)
    return next((name for name, _ in found.most_common(1)), "")


def _named(subject: Subject, domain: str) -> set[tuple[str, str]]:
    found = identities(_clauses(subject), domain, subject.home)
    return {(each.namespace, each.account) for each in found}


def _clauses(subject: Subject) -> Iterator[Clause]:
    for policy in subject.world.found.authorization:
        for rule in policy.rules:
            for group in (*rule.sources, rule.conditions):
                yield from group
