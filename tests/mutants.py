"""Small changes of policies, made systematically: each leaves a proof that has to fail."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from chartgen.mesh.assumed import assumptions
from chartgen.mesh.expected import Expected
from chartgen.mesh.manifests import read_text
from chartgen.mesh.premises import premises_of, with_door
from chartgen.mesh.properties import judged
from chartgen.mesh.reading import read
from chartgen.mesh.subject import Subject

if TYPE_CHECKING:
    from chartgen.registry.model import Registry

KINDS = (
    "AuthorizationPolicy",
    "PeerAuthentication",
    "RequestAuthentication",
    "NetworkPolicy",
    "Sidecar",
    "ServiceEntry",
    "VirtualService",
    "DestinationRule",
    "Gateway",
    "HTTPRoute",
)

Mutant = tuple[str, Any]
"""What was done, and the object after it (None: it is gone)."""


def survivors_of(registry: Registry, manifests: str, at_most: int = 0) -> tuple[list[str], int]:
    """The mutants of which no property says anything, and how many were judged; the manifests themselves are proven.
    `at_most`: about so many, spread evenly, where there are more; 0: all."""
    premises = premises_of(registry, {})
    assumed, found = assumptions(registry, premises), read_text(manifests)
    expected = Expected(registry, with_door(premises, registry, read(found.objects, assumed, found.problems)))

    def findings(objects: list[Any]) -> list[Any]:
        return judged(Subject(world=read(objects, assumed, found.problems), expected=expected))

    assert findings(found.objects) == []
    made = [(place, *each) for place, (thing, _) in enumerate(found.objects) for each in mutants(thing)]
    judging = made[:: max(1, round(len(made) / at_most))] if at_most else made
    survivors = []
    for place, words, mutant in judging:
        thing, ref = found.objects[place]
        changed = [(mutant, ref)] if mutant is not None else []
        if not findings([*found.objects[:place], *changed, *found.objects[place + 1 :]]):
            survivors.append(f"{thing['kind']}/{ref.name}: {words}")
    return sorted(survivors), len(judging)


def mutants(thing: Any) -> Iterator[Mutant]:
    """Every mutant of an object of the policy."""
    kind = thing["kind"]
    if kind not in KINDS:
        return
    yield "removed", None
    for words, changed in _MAKERS[kind](thing):
        if changed != thing:
            yield words, changed


def _authorization(thing: Any) -> Iterator[Mutant]:
    spec = thing.get("spec") or {}
    yield "dry run", _with(thing, ("metadata", "annotations", "istio.io/dry-run"), "true")
    if "selector" in spec:
        yield "no selector", _without(thing, ("spec", "selector"))
        yield "another selector", _with(thing, ("spec", "selector", "matchLabels", "app.kubernetes.io/name"), "other")
    if spec.get("action") == "ALLOW":
        yield "denies", _with(thing, ("spec", "action"), "DENY")
    if spec.get("action") == "DENY":
        yield "allows", _with(thing, ("spec", "action"), "ALLOW")
    if not spec.get("rules"):
        yield "allows all", _with(thing, ("spec", "rules"), [{}])
    for place, rule in enumerate(spec.get("rules", ())):
        yield from _rule(thing, ("spec", "rules", place), rule)


def _rule(thing: Any, where: tuple[Any, ...], rule: Any) -> Iterator[Mutant]:
    yield f"rule {where[-1]} dropped", _without(thing, where)
    yield f"rule {where[-1]} empty", _with(thing, where, {})
    for part in ("from", "to", "when"):
        if part in rule:
            yield f"rule {where[-1]} without {part}", _without(thing, (*where, part))
    for place, item in enumerate(rule.get("from", ())):
        yield from _fields(thing, (*where, "from", place, "source"), item["source"])
    for place, item in enumerate(rule.get("to", ())):
        yield from _fields(thing, (*where, "to", place, "operation"), item["operation"])
    for place, item in enumerate(rule.get("when", ())):
        at = (*where, "when", place)
        yield f"condition {item['key']} dropped", _without(thing, at)
        yield f"condition {item['key']} on anything", _with(thing, (*at, "values"), ["*"])
        yield f"condition {item['key']} on something else", _with(thing, (*at, "values"), ["other"])


_OTHERS = {
    "serviceAccounts": ["default/other"],
    "principals": ["cluster.local/ns/default/sa/other"],
    "requestPrincipals": ["https://other.invalid/*"],
    "namespaces": ["elsewhere"],
    "ports": ["1"],
    "methods": ["PATCH"],
    "paths": ["/other"],
    "hosts": ["other.example.com"],
}
_WIDER = {
    "principals": ["*"],
    "requestPrincipals": ["*"],
    "namespaces": ["*"],
    "methods": ["*"],
    "paths": ["*"],
    "hosts": ["*"],
}


def _fields(thing: Any, where: tuple[Any, ...], fields: Any) -> Iterator[Mutant]:
    for key, values in fields.items():
        at = (*where, key)
        name = f"{'.'.join(map(str, at[1:]))}"
        if len(fields) > 1:
            yield f"{name} dropped", _without(thing, at)
        if key in _OTHERS:
            yield f"{name} swapped", _with(thing, at, _OTHERS[key])
            yield f"{name} widened", _with(thing, at, [*values, *_OTHERS[key]])
        if key in _WIDER:
            yield f"{name} wild", _with(thing, at, _WIDER[key])
        if key == "paths":
            yield f"{name} all prefixes", _with(thing, at, [value.rstrip("*") + "*" for value in values])
        if key == "serviceAccounts":
            yield f"{name} of another namespace", _with(thing, at, [f"elsewhere/{v.partition('/')[2]}" for v in values])
        for place in range(len(values)) if len(values) > 1 else ():
            yield f"{name}[{place}] dropped", _without(thing, (*at, place))


def _peer(thing: Any) -> Iterator[Mutant]:
    for mode in ("PERMISSIVE", "DISABLE", "UNSET"):
        yield f"mode {mode}", _with(thing, ("spec", "mtls", "mode"), mode)
    if "selector" in thing["spec"]:
        yield "no selector", _without(thing, ("spec", "selector"))
    for port in thing["spec"].get("portLevelMtls", {}):
        yield f"port {port} strict", _with(thing, ("spec", "portLevelMtls", port, "mode"), "STRICT")
        yield "another port", _with(thing, ("spec", "portLevelMtls"), {9: {"mode": "PERMISSIVE"}})
    if "selector" in thing["spec"]:
        more = {**thing["spec"].get("portLevelMtls", {}), 3000: {"mode": "PERMISSIVE"}, 8080: {"mode": "DISABLE"}}
        yield "more ports", _with(thing, ("spec", "portLevelMtls"), more)


def _request(thing: Any) -> Iterator[Mutant]:
    rule = ("spec", "jwtRules", 0)
    yield "no rules", _with(thing, ("spec", "jwtRules"), [])
    yield "another issuer", _with(thing, (*rule, "issuer"), "https://other.invalid")
    yield "no audiences", _without(thing, (*rule, "audiences"))
    yield "another audience", _with(thing, (*rule, "audiences"), ["other"])
    yield "one audience more", _with(thing, (*rule, "audiences"), [*thing["spec"]["jwtRules"][0]["audiences"], "other"])
    yield "other keys", _with(thing, (*rule, "jwksUri"), "https://other.invalid/keys")
    yield "token not forwarded", _with(thing, (*rule, "forwardOriginalToken"), False)
    if "outputClaimToHeaders" in thing["spec"]["jwtRules"][0]:
        yield "no headers", _without(thing, (*rule, "outputClaimToHeaders"))
        yield "another claim", _with(thing, (*rule, "outputClaimToHeaders", 0, "claim"), "email")
    yield "another selector", _with(thing, ("spec", "selector", "matchLabels", "app.kubernetes.io/name"), "other")


def _network(thing: Any) -> Iterator[Mutant]:
    spec = thing["spec"]
    yield "another selector", _with(thing, ("spec", "podSelector", "matchLabels", "app.kubernetes.io/name"), "other")
    yield "ingress of all", _with(thing, ("spec", "ingress"), [{}])
    yield "egress to all", _with(thing, ("spec", "egress"), [{}])
    yield "no ingress", _with(thing, ("spec", "policyTypes"), ["Egress"])
    yield "no egress", _with(thing, ("spec", "policyTypes"), ["Ingress"])
    for way, side in (("ingress", "from"), ("egress", "to")):
        for place, rule in enumerate(spec.get(way) or ()):
            at = ("spec", way, place)
            yield f"{way} {place} dropped", _without(thing, at)
            if rule.get(side):
                yield f"{way} {place} with anyone", _without(thing, (*at, side))
                yield f"{way} {place} with every namespace", _with(thing, (*at, side), [{"namespaceSelector": {}}])
                yield f"{way} {place} with every pod", _with(thing, (*at, side), [{"podSelector": {}}])
            if rule.get("ports"):
                yield f"{way} {place} on every port", _without(thing, (*at, "ports"))
                yield f"{way} {place} on more ports", _with(thing, (*at, "ports"), [*rule["ports"], {"port": 1}])
                yield f"{way} {place} on another port", _with(thing, (*at, "ports", 0, "port"), 1)


def _sidecar(thing: Any) -> Iterator[Mutant]:
    hosts = ("spec", "egress", 0, "hosts")
    listed = thing["spec"]["egress"][0]["hosts"]
    yield "one host more", _with(thing, hosts, [*listed, "./other.default.svc.cluster.local"])
    yield "all hosts", _with(thing, hosts, ["*/*"])
    yield "all hosts of its namespace", _with(thing, hosts, ["istio-system/*", "./*"])
    yield "open", _with(thing, ("spec", "outboundTrafficPolicy", "mode"), "ALLOW_ANY")
    for place, host in enumerate(listed):
        if host != "istio-system/*":
            yield f"without {host}", _without(thing, (*hosts, place))
    yield "another selector", _with(thing, ("spec", "workloadSelector", "labels", "app.kubernetes.io/name"), "other")


def _entry(thing: Any) -> Iterator[Mutant]:
    yield "another host", _with(thing, ("spec", "hosts"), ["other.example.com"])
    yield "one host more", _with(thing, ("spec", "hosts"), [*thing["spec"]["hosts"], "*.example.net"])
    yield "another port", _with(thing, ("spec", "ports", 0, "number"), 1)


def _virtual(thing: Any) -> Iterator[Mutant]:
    yield "another host", _with(thing, ("spec", "hosts"), ["other"])
    for place, rule in enumerate(thing["spec"].get("http", ())):
        at = ("spec", "http", place)
        yield f"route {place} retried", _with(thing, (*at, "retries"), {"attempts": 5, "perTryTimeout": "100s"})
        if "timeout" in rule:
            yield f"route {place} with another timeout", _with(thing, (*at, "timeout"), "333s")
            yield f"route {place} without a timeout", _without(thing, (*at, "timeout"))
        for target, one in enumerate(rule.get("route", ())):
            yield f"route {place} elsewhere", _with(thing, (*at, "route", target, "destination", "host"), "other")
            if "weight" in one:
                yield f"route {place} of another weight", _with(thing, (*at, "route", target, "weight"), 1)
            if "subset" in one["destination"]:
                yield f"route {place} to no subset", _with(thing, (*at, "route", target, "destination", "subset"), "v9")


def _destination(thing: Any) -> Iterator[Mutant]:
    yield "another host", _with(thing, ("spec", "host"), "other")
    yield "tls off", _with(thing, ("spec", "trafficPolicy", "tls"), {"mode": "DISABLE"})
    for place, _ in enumerate(thing["spec"].get("subsets", ())):
        yield f"subset {place} of nobody", _with(thing, ("spec", "subsets", place, "labels"), {"version": "v9"})
        yield f"subset {place} dropped", _without(thing, ("spec", "subsets", place))


def _gateway(thing: Any) -> Iterator[Mutant]:
    for place, listener in enumerate(thing["spec"].get("listeners", ())):
        at = ("spec", "listeners", place)
        yield f"listener {place} without a host", _without(thing, (*at, "hostname"))
        yield f"listener {place} of another host", _with(thing, (*at, "hostname"), "other.example.com")
        if "tls" in listener:
            yield (
                f"listener {place} with another certificate",
                _with(thing, (*at, "tls", "certificateRefs", 0, "name"), "other"),
            )
            yield f"listener {place} in plaintext", _with(_without(thing, (*at, "tls")), (*at, "protocol"), "HTTP")
    for place, _ in enumerate(thing["spec"].get("servers", ())):
        yield f"server {place} of every host", _with(thing, ("spec", "servers", place, "hosts"), ["*"])


def _route(thing: Any) -> Iterator[Mutant]:
    yield "another gateway", _with(thing, ("spec", "parentRefs", 0, "name"), "other")
    yield "no hosts", _without(thing, ("spec", "hostnames"))
    yield "another host", _with(thing, ("spec", "hostnames"), ["other.example.com"])
    for place, rule in enumerate(thing["spec"].get("rules", ())):
        at = ("spec", "rules", place)
        yield f"rule {place} dropped", _without(thing, at)
        yield f"rule {place} for all", _without(thing, (*at, "matches"))
        if "timeouts" in rule:
            yield f"rule {place} with another timeout", _with(thing, (*at, "timeouts", "request"), "333s")
            yield f"rule {place} without a timeout", _without(thing, (*at, "timeouts"))
        if "backendRefs" in rule:
            yield f"rule {place} retried", _with(thing, (*at, "retry"), {"attempts": 5, "codes": [503]})
        for target, _ in enumerate(rule.get("backendRefs", ())):
            yield f"rule {place} elsewhere", _with(thing, (*at, "backendRefs", target, "name"), "other")
            yield f"rule {place} on another port", _with(thing, (*at, "backendRefs", target, "port"), 1)


_MAKERS = {
    "AuthorizationPolicy": _authorization,
    "PeerAuthentication": _peer,
    "RequestAuthentication": _request,
    "NetworkPolicy": _network,
    "Sidecar": _sidecar,
    "ServiceEntry": _entry,
    "VirtualService": _virtual,
    "DestinationRule": _destination,
    "Gateway": _gateway,
    "HTTPRoute": _route,
}


def _with(thing: Any, path: tuple[Any, ...], value: Any) -> Any:
    result = copy.deepcopy(thing)
    inner = result
    for key, after in pairwise(path):
        inner = inner.setdefault(key, [] if isinstance(after, int) else {}) if isinstance(inner, dict) else inner[key]
    inner[path[-1]] = value
    return result


def _without(thing: Any, path: tuple[Any, ...]) -> Any:
    result = copy.deepcopy(thing)
    inner = result
    for key in path[:-1]:
        inner = inner[key]
    if isinstance(inner, list) or path[-1] in inner:
        del inner[path[-1]]
    return result
