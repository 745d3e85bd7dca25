"""What AuthorizationPolicies decide: CUSTOM, then DENY, then ALLOW, each as the chain sees it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chartgen.mesh.clauses import HTTP_ONLY, Answer, Ask, compiled, either
from chartgen.mesh.facts import Chain, Facts
from chartgen.mesh.model import Layer, Ref, Step, Verdict
from chartgen.mesh.objects import Action, AuthorizationPolicy, Clause, Rule
from chartgen.mesh.world import Assumptions

_L4_CONDITIONS = frozenset({"source.ip", "source.namespace", "source.principal", "destination.ip", "destination.port"})
_L4_SOURCES = frozenset({"source.ip", "source.namespace", "source.principal", "source.serviceAccount"})


@dataclass(frozen=True, slots=True)
class _Part:
    """A clause, ready; its place. `token`: it asks what a token says, which a caller may yet bring."""

    ask: Ask
    where: str
    token: bool = False


@dataclass(frozen=True, slots=True)
class _Ready:
    """A rule, ready: one of each of `groups` holds, with all of its parts."""

    where: str
    groups: tuple[tuple[tuple[_Part, ...], ...], ...]


@dataclass(frozen=True, slots=True)
class _Policy:
    """A policy, ready to be asked; `flaw`: why it cannot be judged."""

    ref: Ref
    flaw: str
    rules: tuple[_Ready, ...]


@dataclass(frozen=True, slots=True)
class Enforced:
    """Policies as one chain enforces them."""

    custom: tuple[_Policy, ...]
    deny: tuple[_Policy, ...]
    allow: tuple[_Policy, ...]


def enforced(
    policies: Iterable[AuthorizationPolicy], chain: Chain, assumed: Assumptions, dry_run: bool = False
) -> Enforced:
    """The policies as that chain takes them. `dry_run`: those that are dry runs too, as if they were not."""
    ready: dict[Action, list[_Policy]] = {action: [] for action in Action}
    for policy in policies:
        if policy.dry_run and not dry_run and not policy.flaw:
            continue
        if chain is Chain.ZTUNNEL and policy.scope.targets:
            continue
        rules = () if policy.flaw else tuple(_rules(policy, chain, assumed))
        ready[policy.action].append(_Policy(policy.ref, policy.flaw, rules))
    custom = () if chain is Chain.ZTUNNEL else tuple(ready[Action.CUSTOM])
    return Enforced(custom, tuple(ready[Action.DENY]), tuple(ready[Action.ALLOW]))


def judge(policies: Enforced, facts: Facts) -> Step:
    """The answer of the policies."""
    for policy in policies.deny:
        for rule in policy.rules:
            if _matches(rule, facts):
                return _step(Verdict.REFUSED, "a DENY rule matches", policy.ref, rule.where)
    doubt = _doubt((*policies.deny, *policies.custom), facts)
    if doubt:
        return doubt
    if not policies.allow:
        return _step(Verdict.ALLOWED, "no ALLOW policy concerns the workload, so every call is let in")
    for policy in policies.allow:
        for rule in policy.rules:
            if _matches(rule, facts):
                return _step(Verdict.ALLOWED, "an ALLOW rule matches", policy.ref, rule.where)
    return _doubt(policies.allow, facts) or _refused(policies, facts)


def _refused(policies: Enforced, facts: Facts) -> Step:
    near = nearest(policies, facts) if facts.closely else None
    if near:
        return _step(Verdict.REFUSED, "no rule of an ALLOW policy matches; the nearest fails here", *near)
    named = next((policy for policy in policies.allow if policy.rules), policies.allow[0])
    words = (
        "no rule of an ALLOW policy matches" if named.rules else "no ALLOW policy has a rule for this port's traffic"
    )
    return _step(Verdict.REFUSED, words, named.ref)


def _doubt(policies: Iterable[_Policy], facts: Facts) -> Step | None:
    """The first policy that nobody can judge for this call."""
    for policy in policies:
        if policy.flaw:
            return _step(Verdict.UNKNOWN, f"this policy cannot be judged: {policy.flaw}", policy.ref)
        for rule in policy.rules:
            answer = _matches(rule, facts)
            if answer is None:
                return _step(
                    Verdict.UNKNOWN, "the manifests cannot tell whether the rule matches", policy.ref, rule.where
                )
            if answer:
                words = "a CUSTOM rule matches: an authorizer outside the manifests decides"
                return _step(Verdict.UNKNOWN, words, policy.ref, rule.where)
    return None


def nearest(policies: Enforced, facts: Facts) -> tuple[Ref, str] | None:
    """Of the ALLOW rules that do not match, the one that comes nearest: the place that stands in the way."""
    best: tuple[tuple[int, int, int], Ref, str] | None = None
    for policy in policies.allow:
        for rule in policy.rules:
            near, where = _misses(rule, facts)
            if where and (best is None or near > best[0]):
                best = (near, policy.ref, where)
    return best[1:] if best else None


def _misses(rule: _Ready, facts: Facts) -> tuple[tuple[int, int, int], str]:
    """How far a rule goes before a demand fails (first: leaving out what tokens must say, for who calls and what is
    called tell better which rule was meant), and how many of all hold; where the first stands that does not."""
    far, all_the_way, held, where, meant = 0, 0, 0, "", True
    for group in rule.groups:
        counts = [(sum(bool(part.ask(facts)) for part in parts), parts) for parts in group]
        best, parts = max(counts, key=lambda each: each[0] - len(each[1]))
        held += best
        failing = [part for part in parts if not part.ask(facts)]
        where = where or next((part.where for part in failing), "")
        meant = meant and all(part.token for part in failing)
        far += meant
        all_the_way += not where
    return (far, all_the_way, held), where


def _step(verdict: Verdict, words: str, by: Ref | None = None, where: str = "") -> Step:
    return Step(layer=Layer.AUTHORIZATION, verdict=verdict, words=words, by=by, where=where)


def _matches(rule: _Ready, facts: Facts) -> Answer:
    unsure = False
    for group in rule.groups:
        answer = either(_all(parts, facts) for parts in group) if len(group) != 1 else _all(group[0], facts)
        if answer is False:
            return False
        unsure |= answer is None
    return None if unsure else True


def _all(parts: tuple[_Part, ...], facts: Facts) -> Answer:
    unsure = False
    for part in parts:
        answer = part.ask(facts)
        if answer is False:
            return False
        unsure |= answer is None
    return None if unsure else True


def _rules(policy: AuthorizationPolicy, chain: Chain, assumed: Assumptions) -> Iterable[_Ready]:
    make = _Maker(chain, assumed.trusted, policy.ref.namespace)
    allows = policy.action is Action.ALLOW
    for rule in policy.rules:
        if chain is Chain.ZTUNNEL:
            if not (allows and _has_l7(rule)):
                yield make.ztunnel(rule)
        elif not (chain is Chain.TCP and allows and _has_http(rule)):
            yield make.envoy(rule)


def _clauses(rule: Rule) -> Iterable[Clause]:
    for clauses in (*rule.sources, *rule.operations, rule.conditions):
        yield from clauses


def _has_http(rule: Rule) -> bool:
    return any(clause.attribute in HTTP_ONLY for clause in _clauses(rule))


def _has_l7(rule: Rule) -> bool:
    """Whether ztunnel's translation finds something that it does not know; `trustDomains` it does not even see."""
    fields = [clause for clauses in (*rule.sources, *rule.operations) for clause in clauses]
    l7 = any(clause.attribute in HTTP_ONLY or clause.attribute == "remote.ip" for clause in fields)
    return l7 or any(clause.attribute not in _L4_CONDITIONS for clause in rule.conditions)


def _of_ztunnel(rule: Rule) -> Iterator[tuple[tuple[tuple[Clause, ...], ...], frozenset[str]]]:
    """The parts of a rule that are all to hold: for each the matches of which one will do, and what ztunnel knows."""
    if rule.sources:
        yield rule.sources, _L4_SOURCES
    if rule.operations:
        yield rule.operations, frozenset({"destination.port"})
    yield from ((((each,),), _L4_CONDITIONS) for each in rule.conditions)


def unseen_by_ztunnel(rule: Rule) -> tuple[Clause, ...]:
    """What of a rule no ztunnel sees."""
    found = ((each, known) for matches, known in _of_ztunnel(rule) for match in matches for each in match)
    return tuple(clause for clause, known in found if clause.attribute not in known)


def is_lost_on_ztunnel(rule: Rule, action: Action) -> bool:
    """Whether a ztunnel never finds that a rule matches, whatever is called: an ALLOW rule with what it does not know
    is not handed to it, and of others a part has nothing left."""
    if action is Action.ALLOW and _has_l7(rule):
        return True
    return any(
        not any(clause.attribute in known for match in matches for clause in match)
        for matches, known in _of_ztunnel(rule)
    )


_NEVER: tuple[tuple[_Part, ...], ...] = ((_Part(lambda _: False, ""),),)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes rules ready for a chain."""

    chain: Chain
    trusted: tuple[str, ...]
    namespace: str

    def envoy(self, rule: Rule) -> _Ready:
        """As an Envoy has it. Over TCP a DENY rule loses what only HTTP has, and so matches more."""
        groups = [tuple(map(self._parts, rule.sources)), tuple(map(self._parts, rule.operations))]
        groups += [(self._parts((each,)),) for each in rule.conditions]
        return _Ready(rule.where, tuple(group for group in groups if group))

    def ztunnel(self, rule: Rule) -> _Ready:
        """As ztunnel has it: a match of which nothing is left never matches."""
        groups = [self._kept(matches, known) for matches, known in _of_ztunnel(rule)]
        return _Ready(rule.where, tuple(groups))

    def _kept(self, matches: Iterable[tuple[Clause, ...]], known: frozenset[str]) -> tuple[tuple[_Part, ...], ...]:
        kept = [tuple(self._part(each) for each in clauses if each.attribute in known) for clauses in matches]
        return tuple(parts for parts in kept if parts) or _NEVER

    def _parts(self, clauses: Iterable[Clause]) -> tuple[_Part, ...]:
        tcp = self.chain is Chain.TCP
        return tuple(self._part(each) for each in clauses if not (tcp and each.attribute in HTTP_ONLY))

    def _part(self, clause: Clause) -> _Part:
        ask = compiled(clause, self.chain, self.trusted, self.namespace)
        return _Part(ask, clause.where, clause.attribute.startswith("request.auth."))
