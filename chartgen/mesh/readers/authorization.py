"""AuthorizationPolicies, read. What Istio's webhook refuses is a flaw of the whole policy: it is not there then, or
as it was before."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import TypeAlias

from chartgen.mesh.objects import Action, AuthorizationPolicy, Clause, Rule
from chartgen.mesh.readers.scope import read_scope
from chartgen.mesh.shape import UNREAD, Part

SOURCE = {
    "principals": "source.principal",
    "requestPrincipals": "request.auth.principal",
    "namespaces": "source.namespace",
    "serviceAccounts": "source.serviceAccount",
    "trustDomains": "source.trustDomain",
    "ipBlocks": "source.ip",
    "remoteIpBlocks": "remote.ip",
}
OPERATION = {
    "hosts": "operation.hosts",
    "ports": "destination.port",
    "methods": "operation.methods",
    "paths": "operation.paths",
}
KEYS = frozenset({*SOURCE.values(), "request.auth.audiences", "request.auth.presenter", "destination.ip"}) | {
    "destination.port",
    "connection.sni",
}
BRACKETED = ("request.headers", "request.auth.claims", "experimental.envoy.filters.")

_Clauses: TypeAlias = tuple[Clause, ...]
_MOST_ACCOUNTS = 16
_NO_PORT = "0"
"""Stands for what is no number, so that all ports can be read as numbers."""
_TRUE = ("1", "t", "T", "TRUE", "true", "True")
_FALSE = ("0", "f", "F", "FALSE", "false", "False")
_LITERAL = re.compile(r"[a-zA-Z0-9\-._~%!$&'()+,;:@=]+")


def read(spec: Part, annotations: Part) -> AuthorizationPolicy:
    """The policy."""
    spec.only("selector", "targetRef", "targetRefs", "action", "rules", "provider")
    action = _action(spec["action"])
    rules = tuple(_rule(rule, action) for rule in spec["rules"].mappings())
    if not rules and action in (Action.DENY, Action.CUSTOM):
        spec["rules"].problem(f"{action} without rules never matches; Istio refuses it")
    provider = spec["provider"]
    if provider.given:
        provider.only("name")
    name = provider["name"].text() if provider.given else ""
    if action is Action.CUSTOM and not name:
        provider.problem("CUSTOM needs provider.name")
    if action is not Action.CUSTOM and provider.given:
        provider.problem(f"goes with CUSTOM alone, not with {action}")
    return AuthorizationPolicy(
        ref=spec.ref,
        scope=read_scope(spec),
        action=action,
        rules=rules,
        provider=name,
        dry_run=_dry_run(annotations["istio.io/dry-run"], action),
    )


def _action(part: Part) -> Action:
    if not part.given:
        return Action.ALLOW
    try:
        return Action(part.text())
    except ValueError:
        part.problem("is no action (ALLOW, DENY, AUDIT, CUSTOM)")
        return Action.ALLOW


def _dry_run(part: Part, action: Action) -> bool:
    if part.value is None:
        return False
    if part.value not in _TRUE and part.value not in _FALSE:
        part.problem("is no truth value; Istio refuses it")
    if action not in (Action.ALLOW, Action.DENY):
        part.problem(f"goes with ALLOW and DENY alone, not with {action}; Istio refuses it")
    return part.value in _TRUE


def _rule(rule: Part, action: Action) -> Rule:
    rule.only("from", "to", "when")
    for key in ("from", "to"):
        if rule[key].value == []:
            rule[key].problem("is empty; Istio refuses it")
    found = Rule(
        where=rule.where,
        sources=tuple(_fields(each, "source", SOURCE) for each in rule["from"].mappings()),
        operations=tuple(_fields(each, "operation", OPERATION) for each in rule["to"].mappings()),
        conditions=tuple(_condition(each) for each in rule["when"].mappings()),
    )
    _check_mix(rule, found)
    if action is Action.CUSTOM:
        _check_custom(rule, found)
    return found


def _fields(item: Part, name: str, fields: dict[str, str]) -> _Clauses:
    """The clauses of a source or an operation."""
    item.only(name)
    part = item[name]
    negated = {f"not{key[0].upper()}{key[1:]}": key for key in fields}
    part.only(*fields, *negated)
    found = []
    for key, attribute in fields.items():
        values = _values(part[key], attribute)
        no = f"not{key[0].upper()}{key[1:]}"
        denied = _values(part[no], attribute)
        if values or denied:
            where = f"{part.where}.{key if values else no}"
            found.append(Clause(attribute=attribute, where=where, values=values, denied=denied))
    if not found:
        part.problem("is empty; Istio refuses it")
    return tuple(found)


def _condition(part: Part) -> Clause:
    part.only("key", "values", "notValues")
    key = part["key"].text()
    attribute, argument = _key(key)
    if not attribute:
        part["key"].problem(f'"{key}" is no attribute that Istio knows')
    values, denied = _values(part["values"], attribute), _values(part["notValues"], attribute)
    if not values and not denied:
        part.problem("has neither values nor notValues; Istio refuses it")
    return Clause(attribute=attribute, argument=argument, where=part.where, values=values, denied=denied)


def _key(key: str) -> tuple[str, tuple[str, ...]]:
    """The attribute, and what stands in brackets; empty where it is unknown or malformed."""
    if key in KEYS:
        return key, ()
    for name in BRACKETED:
        if key.startswith(name) and "[" in key and key.endswith("]") and key.index("[") < len(key) - 2:
            prefix, _, rest = key.partition("[")
            if prefix == name or name.endswith("."):
                return name.rstrip("."), _brackets(f"[{rest}") if name == "request.auth.claims" else (rest[:-1],)
    return "", ()


def _brackets(text: str) -> tuple[str, ...]:
    """`[a][b]` as a, b; where the brackets do not pair, all between the first and the last is one name."""
    found = re.fullmatch(r"(\[[^\[\]]*\])+", text)
    return tuple(re.findall(r"\[([^\[\]]*)\]", text)) if found else (text[1:-1],)


def _values(part: Part, attribute: str) -> tuple[str, ...]:
    if not part.given:
        return ()
    values = part.texts()
    if "" in values:
        part.problem("holds an empty text; Istio refuses it")
    check = _CHECKS.get(attribute)
    if check:
        check(part, values)
    elif attribute != "source.namespace":
        _check_stars(part, values)
    if attribute == "destination.port":
        return tuple(str(int(value)) if _is_port(value) else _NO_PORT for value in values)
    return values


def _check_stars(part: Part, values: tuple[str, ...]) -> None:
    for value in values:
        if "*" in value[1:-1]:
            part.problem(f'"{value}": a * in the middle stands for itself', blinds=False)


def _check_ports(part: Part, values: tuple[str, ...]) -> None:
    for value in values:
        if value != UNREAD and not _is_port(value):
            part.problem(f'"{value}" is no port')


def _is_port(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 20 and int(value) <= 65535


def _check_addresses(part: Part, values: tuple[str, ...]) -> None:
    for value in values:
        try:
            ip_network(value, strict=False)
        except ValueError:
            part.problem(f'"{value}" is neither an address nor a CIDR')


def _check_accounts(part: Part, values: tuple[str, ...]) -> None:
    if len(values) > _MOST_ACCOUNTS:
        part.problem(f"has {len(values)} values; Istio takes at most {_MOST_ACCOUNTS}")
    for value in values:
        if "*" in value or value.count("/") > 1 or len(value) > 320 or "" in value.split("/"):
            part.problem(f'"{value}" is no service account (namespace/name, or name; no *)')


def _check_domains(part: Part, values: tuple[str, ...]) -> None:
    for value in values:
        if "/" in value or value.count("*") > 1 or "*" in value[1:-1]:
            part.problem(f'"{value}" is no trust domain')


def _check_paths(part: Part, values: tuple[str, ...]) -> None:
    for value in values:
        if "{" not in value and "}" not in value:
            _check_stars(part, (value,))
        elif not _is_template(value):
            part.problem(f'"{value}" is no path template ({{*}} and, as the last one, {{**}} as whole segments)')


def _is_template(value: str) -> bool:
    rest = False
    for segment in value.strip("/").split("/"):
        if segment in ("{*}", "{**}"):
            if rest:
                return False
            rest = segment == "{**}"
        elif not _LITERAL.fullmatch(segment):
            return False
    return value.startswith("/")


_CHECKS = {
    "destination.port": _check_ports,
    "source.ip": _check_addresses,
    "remote.ip": _check_addresses,
    "destination.ip": _check_addresses,
    "source.serviceAccount": _check_accounts,
    "source.trustDomain": _check_domains,
    "operation.paths": _check_paths,
}


def _check_mix(rule: Part, found: Rule) -> None:
    for place, source in enumerate(found.sources):
        names = {clause.attribute for clause in source}
        if "source.serviceAccount" in names and names & {"source.principal", "source.namespace"}:
            rule["from"].problem(f"[{place}]: serviceAccounts go neither with principals nor with namespaces")


def _check_custom(rule: Part, found: Rule) -> None:
    """CUSTOM asks before the proxy knows who calls."""
    clauses = [clause for source in found.sources for clause in source] + list(found.conditions)
    for clause in clauses:
        if clause.attribute.startswith(("request.auth.",)) or (
            clause.attribute.startswith("source.") and clause.attribute != "source.ip"
        ):
            rule.problem(f"{clause.attribute} does not go with CUSTOM")
