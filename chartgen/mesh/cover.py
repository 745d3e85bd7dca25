"""Whether what a rule admits lies within what ought to pass: texts of policies against those of the registry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chartgen.mesh.grants import Demand, Who
from chartgen.mesh.model import Identity
from chartgen.mesh.objects import Clause
from chartgen.registry.mesh import Claim

_PLATFORMS_OWN = "cluster.local"
"""Istio takes this trust domain for the mesh's own, whatever that is called."""


def path_within(pattern: str, allowed: Sequence[str]) -> bool:
    """Whether every path that a policy's pattern takes is one of the registry's (exact, or `/a/*`; none: all)."""
    if not allowed:
        return True
    begin = _fixed(pattern)
    if begin is None:
        return pattern in allowed or any(_is_below(pattern, each) for each in allowed)
    return any(_is_below(begin, each) for each in allowed)


def _fixed(pattern: str) -> str | None:
    """What all paths of a pattern begin with; None for an exact path."""
    if "{*}" in pattern or "{**}" in pattern:
        return pattern.partition("{")[0]
    if pattern.endswith("*"):
        return "" if pattern.startswith("*") else pattern[:-1]
    return "" if pattern.startswith("*") else None


def _is_below(path: str, prefix: str) -> bool:
    return prefix.endswith("/*") and path.startswith(prefix[:-1])


def method_within(pattern: str, allowed: Sequence[str]) -> bool:
    """Whether every method that a policy's text takes is one of the registry's (none: all)."""
    return not allowed or pattern in allowed


def host_within(pattern: str, allowed: Sequence[str]) -> bool:
    """Whether every host that a policy's text takes is one of the registry's (none: all), with a port or without."""
    name, _, _ = pattern.lower().partition(":")
    hosts = [host.lower() for host in allowed]
    return not hosts or name in hosts or any(host.startswith("*.") and name.endswith(host[1:]) for host in hosts)


def whos(source: Sequence[Clause], trust_domain: str, home: str) -> list[Who] | None:
    """Who a `source` of a policy means; None where it is more than accounts and namespaces."""
    accounts, namespaces = _identities(source, trust_domain, home), _namespaces(source)
    if accounts is None or namespaces is None:
        return None
    if accounts:
        return [who for who in accounts if not namespaces or who.namespace in namespaces]
    return [Who(namespace=name) for name in namespaces] or [Who()]


def _identities(source: Sequence[Clause], trust_domain: str, home: str) -> list[Who] | None:
    found: list[Who] = []
    for clause in source:
        for value in clause.values:
            if clause.attribute == "source.serviceAccount":
                namespace, slash, account = value.rpartition("/")
                found.append(Who(namespace=namespace if slash else home, account=account))
            elif clause.attribute == "source.principal":
                who = _of_principal(value, trust_domain)
                if who is None:
                    return None
                found.append(who)
    return found


def _of_principal(value: str, trust_domain: str) -> Who | None:
    parts = value.split("/")
    if "*" in value or len(parts) != 5 or (parts[1], parts[3]) != ("ns", "sa"):
        return None
    if parts[0] not in (trust_domain, _PLATFORMS_OWN):
        return None
    return Who(namespace=parts[2], account=parts[4])


def _namespaces(source: Sequence[Clause]) -> list[str] | None:
    values = [value for clause in source if clause.attribute == "source.namespace" for value in clause.values]
    return None if any("*" in value for value in values) else values


def identities(clauses: Iterable[Clause], trust_domain: str, home: str) -> list[Identity]:
    """Every account that the clauses name plainly."""
    found = [who for clause in clauses for who in (_identities([clause], trust_domain, home) or ())]
    return [Identity(namespace=who.namespace, account=who.account) for who in found]


def demands(wanted: Demand | None, clauses: Sequence[Clause]) -> bool:
    """Whether the clauses of a rule let no token pass that is not what is wanted (its audience is checked where the
    token is)."""
    if wanted is None:
        return True
    return _names_issuer(wanted, clauses) and all(_asks_for(claim, clauses) for claim in wanted.claims)


def _names_issuer(wanted: Demand, clauses: Sequence[Clause]) -> bool:
    named = [clause.values for clause in clauses if clause.attribute == "request.auth.principal" and clause.values]
    return any(all(value.startswith(f"{wanted.issuer}/") for value in values) for values in named)


def _asks_for(claim: Claim, clauses: Sequence[Clause]) -> bool:
    asked = [
        c.values for c in clauses if c.attribute == "request.auth.claims" and c.argument == claim.path and c.values
    ]
    return any(set(values) <= set(claim.values) for values in asked)


def issuers_asked(clauses: Iterable[Clause]) -> tuple[str, ...]:
    """The issuers (or subjects) of which a token must be one."""
    return tuple(v.removesuffix("/*") for c in clauses if c.attribute == "request.auth.principal" for v in c.values)


def claims_asked(clauses: Iterable[Clause]) -> tuple[Claim, ...]:
    """The claims that a token must have."""
    asked = (c for c in clauses if c.attribute == "request.auth.claims" and c.values)
    return tuple(Claim(path=c.argument, values=c.values) for c in asked)
