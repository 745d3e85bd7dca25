"""The policy chart's README: who may call whom, what passes beside declared calls, and what the mesh must have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chartgen.emit.markdown import VALUE_TABLE_HEAD, code, plain
from chartgen.emit.policy.admissions import Admission, Callee, Who
from chartgen.engines.engine import Way
from chartgen.registry.controllers import controllers
from chartgen.registry.kubernetes import CLUSTER_DOMAIN
from chartgen.registry.mesh import Claim, GatewayApi, Mesh, Mode
from chartgen.registry.model import Registry
from chartgen.registry.umbrellas import POLICY, POLICY_GROUP, PolicyHome, umbrella_name

_CALLERS = {
    Who.INGRESS: "the door",
    Who.SCRAPER: "the monitoring",
    Who.OPERATOR: "the operator",
    Who.ANYONE: "anyone, in plaintext",
}

_WHY = {Who.INGRESS: "a route", Who.SCRAPER: "metrics", Who.OPERATOR: "its controller"}


def readme(registry: Registry, home: PolicyHome, callees: Sequence[Callee], table: str) -> str:
    """The chart's README.md; its last table is values.yaml."""
    name = registry.metadata.name
    lines = [
        f"# {home.name}",
        "",
        f"{'Who may call whom' if registry.mesh else 'The door'} in the {name} platform.",
        "All of it follows from the registry: to change it, change that.",
        "",
        *_installation(registry, home),
        *(_mesh(registry, registry.mesh) if registry.mesh else ()),
        *_door(registry),
        *(_matrix(callees, registry.mesh) if registry.mesh else ()),
        "## Values",
        "",
    ]
    return "\n".join(lines) + "\n" + VALUE_TABLE_HEAD + table


def _installation(registry: Registry, home: PolicyHome) -> Iterator[str]:
    name, platform = umbrella_name(registry.metadata.name, POLICY_GROUP), registry.metadata.name
    if not home.alone:
        yield f"It is installed with the platform. To install it alone and first, set `{POLICY}.enabled=false` for the"
        yield "platform's own release, since an object can belong to one release only:"
        yield ""
    yield f"    helm install {name} {home.folder} --namespace {platform} --values values/ENVIRONMENT/values.yaml"
    yield ""


def _mesh(registry: Registry, mesh: Mesh) -> Iterator[str]:
    yield "## What must be there"
    yield ""
    yield f"- Istio {'.'.join(map(str, mesh.min_version))} or later, and Kubernetes' domain is `{CLUSTER_DOMAIN}`."
    yield f"- The namespace has the label `{'='.join(mesh.label)}`: `chartgen namespace` prints it."
    if mesh.audit:
        yield "- This is the audit (`mesh.audit`): policies are dry runs, plaintext is still taken, tokens are not"
        yield "  looked at, and hosts outside are open. Istio logs and counts what would be refused."
    else:
        yield "  Without it, strict mTLS is an outage."
    if mesh.mode is Mode.SIDECAR:
        yield "- Sidecars are native, or Jobs never end: the default from Istio 1.27 on, with Kubernetes 1.33."
    operators = ", ".join(operator.title for operator in controllers(registry))
    if operators:
        yield f"- The namespaces of {operators} are in the mesh too, or their calls to the pods are refused."
    if mesh.jwt:
        audiences = ", ".join(mesh.jwt.audiences)
        yield f"- Tokens are those of {code(mesh.jwt.issuer)} for {audiences}, with the claims below."
        yield "- Tokens without `exp` are taken for ever, and no policy can ask for one: that is the issuer's to set."
    yield ""


def _door(registry: Registry) -> Iterator[str]:
    gateway = registry.gateway
    if not gateway:
        return
    yield "## The door"
    yield ""
    yield f"- Hosts: {', '.join(code(host) for host in gateway.hosts)}"
    if gateway.tls:
        where = "beside the ingress' pods" if gateway.api is GatewayApi.ISTIO else "beside the Gateway"
        yield f"- The Secret {code(gateway.tls)} holds the certificate, {where}; plain HTTP leads to HTTPS."
    else:
        yield "- Plain HTTP: no certificate is named."
    if gateway.api is GatewayApi.GATEWAY:
        yield "- The Gateway API's definitions are installed, and the class that `global.gateway.className` names."
        if any(path.endswith("/*") for route in gateway.routes for path in route.paths):
            rest = "policies refuse it where no route names it" if registry.mesh else "only a mesh would refuse it"
            yield f"- A route for `/a/*` leads `/a` itself to the service as well, as the Gateway API has it; {rest}."
    yield ""


def _matrix(callees: Sequence[Callee], mesh: Mesh) -> Iterator[str]:
    """Ports are those of the pods, as policies name them."""
    yield "## Who may call whom"
    yield ""
    yield f"On the pods' ports. What is not here {'would be' if mesh.audit else 'is'} refused."
    if any(each.who is Who.HELM_TEST for callee in callees for each in callee.admissions):
        yield "While `global.helmTest.enabled` is true, `helm test` may ask for each readiness path as well."
    yield ""
    yield "| callee | callers | ports | only | token |"
    yield "|---|---|---|---|---|"
    for callee in callees:
        for each in callee.admissions:
            if each.who is Who.ACCOUNTS:
                yield _row(callee, each)
    yield ""
    listed = (Who.ACCOUNTS, Who.HELM_TEST)
    beside = [(callee, each) for callee in callees for each in callee.admissions if each.who not in listed]
    if beside:
        yield "Beside the declared calls:"
        yield ""
        yield "| callee | callers | ports | only | token | why |"
        yield "|---|---|---|---|---|---|"
        yield from (f"{_row(callee, each)} {plain(each.why or _WHY[each.who])} |" for callee, each in beside)
        yield ""


def _row(callee: Callee, each: Admission) -> str:
    name = f"{callee.name} ({callee.way})" if callee.way is Way.OPERATOR else callee.name
    callers = ", ".join(dict.fromkeys(caller.name for caller in each.callers)) if each.who is Who.ACCOUNTS else ""
    ports = ", ".join(str(port.target) for port in each.ports)
    only = " ".join([*each.methods, *(code(text) for text in (*each.paths, *each.hosts))])
    return f"| {name} | {callers or _CALLERS[each.who]} | {ports} | {only} | {_token(each)} |"


def _token(each: Admission) -> str:
    if each.token is None:
        return ""
    return " ".join(["yes", *(_claim(claim) for claim in each.token)])


def _claim(claim: Claim) -> str:
    return code(f"{'.'.join(claim.path)}={'|'.join(claim.values)}")
