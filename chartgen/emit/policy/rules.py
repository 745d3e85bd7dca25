"""Admissions as the rules of an AuthorizationPolicy: lines that a template writes down, Helm's own marks in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from chartgen.emit.policy.admissions import Admission, AdmittedPort, Callee, Who
from chartgen.emit.render import go_string
from chartgen.registry.mesh import Claim, Jwt

MOST_ACCOUNTS = 16
"""So many service accounts can one `source` name."""

HELM_TEST = ".Values.global.helmTest.enabled"
SCRAPE = 'ne .Values.global.monitoring.scrape "none"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One `source`: the field that names callers, and its values, as they stand in the template."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """One condition: a key and the values of which it must have one."""

    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `issuer`: whose tokens it asks for; empty: none. `only_if`: the condition of the template under which
    it is there; empty: always."""

    sources: tuple[Source, ...]
    issuer: str
    ports: tuple[int, ...]
    methods: tuple[str, ...]
    paths: tuple[str, ...]
    hosts: tuple[str, ...]
    when: tuple[When, ...]
    why: str
    only_if: str


def rules(
    callee: Callee, jwt: Jwt | None, number: Callable[[AdmittedPort], int] = lambda port: port.target
) -> tuple[Rule, ...]:
    """One rule for each admission; `number`: how the enforcing proxy sees a port."""
    return tuple(_rule(each, callee, jwt, number) for each in callee.admissions)


def only_if(found: Iterable[Rule]) -> str:
    """The condition under which there is a rule at all; empty: always."""
    conditions = dict.fromkeys(rule.only_if for rule in found)
    if not conditions or "" in conditions:
        return ""
    return "or " + " ".join(f"({each})" for each in conditions) if len(conditions) > 1 else next(iter(conditions))


def _rule(each: Admission, callee: Callee, jwt: Jwt | None, number: Callable[[AdmittedPort], int]) -> Rule:
    asks = each.token is not None and jwt is not None
    preflight = (When(key="request.headers[access-control-request-method]", values=("*",)),) if each.preflight else ()
    return Rule(
        sources=_sources(each, callee),
        issuer=jwt.issuer if asks and jwt else "",
        ports=tuple(dict.fromkeys(number(port) for port in each.ports)),
        methods=each.methods,
        paths=each.paths,
        hosts=host_matches(each.hosts),
        when=(*preflight, *(claim_condition(claim) for claim in each.token or ())),
        why=each.why,
        only_if={Who.HELM_TEST: HELM_TEST, Who.SCRAPER: SCRAPE}.get(each.who, ""),
    )


def claim_condition(claim: Claim) -> When:
    """A claim, nested ones in brackets one after another: a dot is part of a name."""
    return When(key="request.auth.claims" + "".join(f"[{name}]" for name in claim.path), values=claim.values)


def host_matches(hosts: Iterable[str]) -> tuple[str, ...]:
    """The hosts as a policy compares them: with a port or without. A wildcard takes no second one at its end, so there
    the usual ports are named."""
    found: list[str] = []
    for host in hosts:
        found += [host, f"{host}:80", f"{host}:443"] if host.startswith("*") else [host, f"{host}:*"]
    return tuple(found)


def _sources(each: Admission, callee: Callee) -> tuple[Source, ...]:
    match each.who:
        case Who.ACCOUNTS | Who.HELM_TEST:
            own = [f"{{{{ $own }}}}{account}" for account in each.accounts]
            parts = [own[at : at + MOST_ACCOUNTS] for at in range(0, len(own), MOST_ACCOUNTS)]
            return tuple(Source(field="{{ $by }}", values=tuple(part)) for part in parts)
        case Who.INGRESS | Who.SCRAPER:
            return (Source(field="{{ $by }}", values=(f'{{{{ include "mesh-policy.{each.who}" . }}}}',)),)
        case Who.OPERATOR:
            value = f'{{{{ index .Values.global.operators {go_string(callee.operator)} "namespace" | quote }}}}'
            return (Source(field="namespaces", values=(value,)),)
        case Who.ANYONE:
            return ()
