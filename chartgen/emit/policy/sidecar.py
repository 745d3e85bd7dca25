"""What sidecars are told of one node: who is admitted, how calls to it behave, and whom it may call itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chartgen.emit.policy.admissions import Callee
from chartgen.emit.policy.calls import Call
from chartgen.emit.policy.egress import Reach
from chartgen.emit.policy.rules import only_if, rules
from chartgen.emit.policy.traffic import breaking, http_routes, subsets
from chartgen.emit.render import Context, render, with_more
from chartgen.registry.mesh import Mesh
from chartgen.registry.model import Node


def admitting(callee: Callee, mesh: Mesh, context: Context) -> Iterator[str]:
    """Its AuthorizationPolicy, none where nothing is admitted, since the deny-all says that; and what checks tokens."""
    found = rules(callee, mesh.jwt)
    condition = only_if(found)
    more = with_more(context, callee=callee, rules=found, only_if=condition, object_name=callee.name, number="target")
    if found:
        text = render("policy/authorizationpolicy.yaml", more)
        yield f"{{{{- if {condition} }}}}\n{text}{{{{- end }}}}\n" if condition else text
    if callee.token_ports:
        yield render("policy/tokens.yaml", more)


def reaching(reach: Reach, owner: str, context: Context) -> str:
    """Its Sidecar."""
    return render("policy/sidecar.yaml", with_more(context, reach=reach, name=owner))


def behaving(
    node: Node, name: str, host: str, calls: Sequence[Call], context: Context, *, http: bool, shared: bool = True
) -> Iterator[str]:
    """How calls of one of its hosts behave. `name`: of the objects; `host`: as it stands in a template; `shared`: its
    versions share the calls."""
    found = subsets(node) if shared else ()
    more = with_more(context, owner=node.name, host=host, subsets=found)
    if http:
        yield render("policy/virtualservice.yaml", with_more(more, name=name, routes=http_routes(node, calls)))
    if found and (http or context["abroad"]):
        yield render("policy/destinationrule.yaml", with_more(more, name=name, pods=(), breaker=None))
    for each in breaking(calls):
        of_caller = with_more(more, name=f"{name}.{each.caller}", pods=each.pods, breaker=each.breaker)
        yield render("policy/destinationrule.yaml", of_caller)
