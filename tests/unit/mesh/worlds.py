"""Small worlds and calls, from a few lines of YAML."""

from __future__ import annotations

from typing import Any

from chartgen.mesh.decide import decide
from chartgen.mesh.manifests import read_text
from chartgen.mesh.model import Call, Caller, Decision, Identity, Layer, Request, Step, Token, Verdict
from chartgen.mesh.reading import read
from chartgen.mesh.world import Assumptions, World

ISSUER = "https://id.example.com"

PODS = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers: [{name: web, ports: [{name: http, containerPort: 8080}, {name: tcp, containerPort: 5000}]}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports:
    - {name: http, port: 80, targetPort: http}
    - {name: tcp-raw, port: 5000, targetPort: 5000}
"""

TOKENS = f"""
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {{name: jwt, namespace: shop}}
spec:
  jwtRules: [{{issuer: "{ISSUER}", audiences: [shop], jwks: '{{"keys": []}}', forwardOriginalToken: true}}]
"""

STRICT = """
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: STRICT}}
"""

DENY_ALL = """
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: deny-all, namespace: shop}
spec: {}
"""


def world(*texts: str, **assumed: Any) -> World:
    """The world of these manifests, with the pods of `web`."""
    found = read_text("\n---\n".join((PODS, *texts)))
    return read(found.objects, Assumptions(**assumed), found.problems)


def policy(rules: str, action: str = "ALLOW", name: str = "web", extra: str = "", namespace: str = "shop") -> str:
    """An AuthorizationPolicy for web; `rules` and `extra` in flow style."""
    return f"""
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: {name}, namespace: {namespace}{", annotations: {istio.io/dry-run: 'true'}" if "dry" in name else ""}}}
spec:
  selector: {{matchLabels: {{app: web}}}}
  action: {action}
  rules: {rules}
  {extra}
"""


def caller(account: str = "front", namespace: str = "shop", domain: str = "", **more: Any) -> Caller:
    """A caller with a certificate, with a pod that is labelled as its account."""
    identity = Identity(namespace=namespace, account=account, trust_domain=domain)
    return Caller(identity=identity, namespace=namespace, labels={"app": account}, **more)


PLAINTEXT = Caller(identity=None)


def token(**claims: Any) -> Token:
    """A good token for the platform; None takes a claim away."""
    given = {"iss": ISSUER, "sub": "anna", "aud": "shop", **claims}
    return Token(claims={key: value for key, value in given.items() if value is not None})


def ask(
    here: World,
    who: Caller | None = None,
    port: int = 8080,
    request: Request | None = None,
    tcp: bool = False,
    **more: Any,
) -> Decision:
    """Whether web takes the call."""
    callee = here.workload("shop", "web")
    assert callee is not None
    sent = None if tcp else request or Request(**more)
    return decide(here, Call(caller=who or caller(), callee=callee, port=port, request=sent))


def verdict(here: World, who: Caller | None = None, port: int = 8080, tcp: bool = False, **more: Any) -> Verdict:
    """The answer alone."""
    return ask(here, who, port, tcp=tcp, **more).verdict


def step(decision: Decision, layer: Layer) -> Step:
    """What the last word of a layer is."""
    return [each for each in decision.steps if each.layer is layer][-1]


def allows(rules: str, who: Caller | None = None, port: int = 8080, tcp: bool = False, **more: Any) -> bool:
    """Whether an ALLOW policy with these rules lets the call in; it must be sure."""
    here = world(policy(rules), TOKENS)
    assert not [each for each in here.problems if each.blinds], here.problems
    found = verdict(here, who, port, tcp, **more)
    assert found is not Verdict.UNKNOWN, ask(here, who, port, tcp=tcp, **more)
    return found is Verdict.ALLOWED
