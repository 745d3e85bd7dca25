"""What DENY rules take away of the calls that other rules let through, to compare manifests: all of a call, or a
part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, TypeAlias

from chartgen.mesh import meets, strings
from chartgen.mesh.changes import span_of
from chartgen.mesh.clauses import HTTP_ONLY
from chartgen.mesh.cover import whos
from chartgen.mesh.grants import ANYONE, Who
from chartgen.mesh.meets import Meet
from chartgen.mesh.model import Dataplane
from chartgen.mesh.objects import Action, AuthorizationPolicy, Clause, Rule
from chartgen.mesh.properties.coverage import requests_of
from chartgen.mesh.properties.rules import PORT, attached, includes, shown_clause
from chartgen.mesh.readers.kube import HTTP

if TYPE_CHECKING:
    from chartgen.mesh.changes import Access
    from chartgen.mesh.model import KubeService, Workload
    from chartgen.mesh.subject import Subject
    from chartgen.mesh.terms import Term

ANYONE_MESHED = Who(namespace="*", account="*")
"""Everyone who has an identity of the mesh."""

Share: TypeAlias = tuple[str, ...] | None
"""What of a call a rule speaks of: None for nothing of it, empty for all, else the part in words."""

_CALLERS = frozenset({"source.principal", "source.serviceAccount", "source.namespace"})
_TOKENLESS = "without a token"


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """Clauses that hold together in a DENY: one source, one operation, all conditions. `service`: at whose waypoint;
    `issuers`: those whose tokens are taken there."""

    policy: AuthorizationPolicy
    clauses: tuple[Clause, ...]
    issuers: frozenset[str] = frozenset()
    service: KubeService | None = None
    flaw: str = ""


def denials_of(subject: Subject, workload: Workload) -> list[Denial]:
    """All that policies in force refuse before a workload."""
    found = []
    issuers = frozenset(rule.issuer for each in requests_of(subject, workload) for rule in each.rules)
    for policy, service in attached(subject, workload):
        if policy.action is not Action.DENY or policy.dry_run:
            continue
        if policy.flaw:
            found.append(Denial(policy=policy, clauses=(), flaw=f"what {policy.ref} says"))
        for rule in policy.rules if not policy.flaw else ():
            ways = (way for way in _ways(rule) if service or _is_seen(workload, way))
            found += [Denial(policy=policy, clauses=sum(way, ()), issuers=issuers, service=service) for way in ways]
    return found


_Way: TypeAlias = tuple[tuple[Clause, ...], tuple[Clause, ...], tuple[Clause, ...]]


def _ways(rule: Rule) -> Iterator[_Way]:
    for source, operation in product(rule.sources or ((),), rule.operations or ((),)):
        yield source, operation, rule.conditions


def _is_seen(workload: Workload, way: _Way) -> bool:
    """Whether anything of it can match: a ztunnel drops what only HTTP has, and a match of which nothing is left."""
    if workload.dataplane is not Dataplane.AMBIENT:
        return True
    source, operation, conditions = way
    return not any(c.attribute in HTTP_ONLY for c in conditions) and all(
        not part or any(c.attribute not in HTTP_ONLY for c in part) for part in (source, operation)
    )


def left(subject: Subject, workload: Workload, denials: Sequence[Denial], access: Access) -> Access | None:
    """What is left of a call; None where all of it is refused."""
    reads = _reads_requests(subject, workload, access.port)
    for denial in denials:
        terms = tuple(kept for term in access.terms for kept in _kept(subject, denial, access, term, reads=reads))
        if terms != access.terms:
            access = replace(access, terms=terms, place=span_of(denial.policy.ref))
    return access if access.terms else None


def _reads_requests(subject: Subject, workload: Workload, port: int) -> bool:
    """Whether the port's calls are taken for HTTP, as far as anybody knows."""
    spoken = subject.world.protocols(workload, port) if port else frozenset()
    return not spoken or "" in spoken or bool(spoken & HTTP)


def _kept(subject: Subject, denial: Denial, access: Access, term: Term, *, reads: bool) -> Iterator[Term]:
    share = (denial.flaw,) if denial.flaw else _share(subject, denial, access, term, reads=reads)
    if share is None:
        yield term
    elif share == (_TOKENLESS,):
        yield replace(term, token=True)
    elif share:
        yield replace(term, where=(*term.where, f"not ({', '.join(share)})"))


def _share(subject: Subject, denial: Denial, access: Access, term: Term, *, reads: bool) -> Share:
    reads = reads or denial.service is not None
    parts: tuple[str, ...] = ()
    for clause in denial.clauses:
        if clause.attribute in HTTP_ONLY and not reads:
            continue
        found = _of_clause(subject, denial, clause, access, term)
        if found is None:
            return None
        parts += found
    return parts


def _of_clause(subject: Subject, denial: Denial, clause: Clause, access: Access, term: Term) -> Share:
    if clause.attribute in _CALLERS:
        return _of_caller(subject, denial, clause, access.caller)
    if clause.attribute == "request.auth.principal" and _is_of_all_tokens(denial, clause):
        return None if term.token else (_TOKENLESS,)
    odd = term.path.startswith("*") or strings.is_template(term.path)
    declared: Mapping[str, tuple[str, Meet]] = {
        PORT: (str(access.port or ""), meets.word),
        "operation.methods": (term.method, meets.word),
        "operation.paths": ("" if odd else term.path, meets.path),
        "operation.hosts": (term.host, meets.host),
    }
    return _of_values(clause, *declared.get(clause.attribute, ("", meets.word)))


def _is_of_all_tokens(denial: Denial, clause: Clause) -> bool:
    """Whether a rule excepts all who have a token, of whatever issuer is taken."""
    every = bool(denial.issuers) and {f"{issuer}/*" for issuer in denial.issuers} <= {*clause.denied}
    return not clause.values and ("*" in clause.denied or every)


def _of_values(clause: Clause, declared: str, meet: Meet) -> Share:
    """`declared` empty: any."""
    if not declared:
        return (shown_clause(clause),)
    met = [meet(value, declared) for value in clause.values]
    excepted = [meet(value, declared) for value in clause.denied]
    return _judged(clause, met, excepted)


def _judged(clause: Clause, met: Sequence[tuple[bool, bool]], excepted: Sequence[tuple[bool, bool]]) -> Share:
    """(something is both, all of it is) for each value of a clause, and for each that it excepts."""
    if (clause.values and not any(some for some, _ in met)) or any(whole for _, whole in excepted):
        return None
    whole = (not clause.values or any(whole for _, whole in met)) and not any(some for some, _ in excepted)
    return () if whole else (shown_clause(clause),)


def _of_caller(subject: Subject, denial: Denial, clause: Clause, caller: str) -> Share:
    who = who_of(caller)

    def meet(value: str) -> tuple[bool, bool]:
        if value == "*":
            return True, who != ANYONE
        one = replace(clause, values=(value,), denied=())
        named = whos([one], subject.world.assumed.trust_domain, denial.policy.ref.namespace)
        if named is None or who is None:
            return True, False
        whole = any(includes(each, who) for each in named)
        return whole or who in (ANYONE, ANYONE_MESHED) or any(includes(who, each) for each in named), whole

    return _judged(clause, [meet(value) for value in clause.values], [meet(value) for value in clause.denied])


def who_of(caller: str) -> Who | None:
    """Who a caller of the comparison is; None for names with wildcards."""
    if caller.startswith("anyone"):
        return ANYONE if caller == "anyone" else ANYONE_MESHED
    namespace, _, account = caller.partition("/")
    return (
        None
        if "*" in caller.removesuffix("/*") or "/" in account
        else Who(namespace=namespace, account=account.replace("*", ""))
    )
