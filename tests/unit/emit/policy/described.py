"""Small registries with a mesh, and what is admitted in them, in one line each."""

from __future__ import annotations

from chartgen.emit.policy.admissions import Admission, Callee, Who, callees
from chartgen.emit.policy.calls import calls_to
from chartgen.registry import compile_registry
from chartgen.registry.model import Registry

_HEAD = "apiVersion: chartgen.dev/v1\nkind: ServiceRegistry\nmetadata: {name: shop, version: 1.0.0}\n"
JWT = "jwt: {issuer: https://id.example.com, audiences: [shop], jwksUri: https://id.example.com/keys"


def compiled(services: str, mesh: str = "", more: str = "") -> Registry:
    """A registry of these services (items of a flow list), with a mesh that says more (the rest of a mapping)."""
    text = f"{_HEAD}mesh: {{type: istio, {mesh}}}\nservices: [{services}]\n{more}"
    result = compile_registry("registry.yaml", text.encode(), lambda _path: None)
    assert result.registry is not None, result.diagnostics
    return result.registry


def callee(registry: Registry, name: str) -> Callee:
    """What that node admits, in its first way."""
    return next(each for each in callees(registry, calls_to(registry)) if each.name == name)


def admitted(registry: Registry, name: str) -> list[str]:
    """Each admission of a node, but for `helm test`."""
    return [told(each) for each in callee(registry, name).admissions if each.who is not Who.HELM_TEST]


def told(each: Admission) -> str:
    """`web api: 80 90 GET /a token[tenant=acme]`."""
    callers = each.accounts if each.who is Who.ACCOUNTS else (each.who.upper(),)
    words = [str(port.target) for port in each.ports] + [*each.methods, *each.paths, *each.hosts]
    if each.token is not None:
        claims = ",".join(f"{'.'.join(claim.path)}={'|'.join(claim.values)}" for claim in each.token)
        words.append(f"token[{claims}]")
    return f"{' '.join(callers)}: {' '.join(words)}" + (" preflight" if each.preflight else "")
