"""How an answer could be another one: what to write in the registry, and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chartgen.diagnostics import Span
from chartgen.mesh.grants import Demand, Grant, Why
from chartgen.mesh.model import Decision, Layer, Signature, Verdict
from chartgen.mesh.terms import claim_name
from chartgen.registry.mesh import Claim

if TYPE_CHECKING:
    from chartgen.mesh.answers import Scene
    from chartgen.mesh.asking import Asking
    from chartgen.mesh.model import Request, Token
    from chartgen.mesh.parties import Party, Target
    from chartgen.registry.service import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something that the registry says, or could say, and where."""

    place: Span
    words: str


_NOT_DECLARED = "nothing in the registry declares this call: run `chartgen verify`"
_NO_CERTIFICATE = "declared for callers with a certificate of the mesh; the exception is a port's `plaintext: <reason>`"
_STALE = (
    "the registry declares this call, so charts/ is not what it implies (run `chartgen generate`), or a patch, an "
    "overlay or a value stands in the way"
)
_NOBODY_ELSE = "only declared callers are let in; the exception that waives identity is a port's `plaintext: <reason>`"
_AROUND = {
    "scraper": "no metrics are declared on that port (`metrics: {port, path}`)",
    "helm-test": "the pods of helm test are let in with global.helmTest.enabled, on readiness ports alone",
}


def fits(grant: Grant, asking: Asking) -> bool:
    """Whether what the question says of a request is of this grant."""
    return (
        (not asking.method or not grant.methods or asking.method in grant.methods)
        and (not asking.path or is_path(asking.path, grant.paths))
        and (not asking.host or is_host(asking.host, grant.hosts))
    )


def is_path(path: str, allowed: Sequence[str]) -> bool:
    """Whether a path is one of the registry's (exact, or `/a/*`; none: all)."""
    path = path.partition("?")[0]
    return not allowed or any(path == a or (a.endswith("/*") and path.startswith(a[:-1])) for a in allowed)


def is_host(host: str, allowed: Sequence[str]) -> bool:
    """Whether a host is one of those (none: all)."""
    name = host.lower().partition(":")[0]
    return not allowed or any(name == a or (a.startswith("*.") and name.endswith(a[1:])) for a in allowed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mending:
    """One call that was asked for."""

    scene: Scene
    asking: Asking
    party: Party
    target: Target
    port: int
    request: Request | None

    def lines(self, decision: Decision, here: Sequence[Grant], granted: Sequence[Grant]) -> Iterator[Line]:
        """What to do about the answer; `here`: the grants on this port, `granted`: on all."""
        if self.scene.expected is None or self.scene.place is None:
            return
        misses = [(grant, list(self._misses(grant))) for grant in self._concerned(decision, here)]
        meant = [grant for grant, missing in misses if not missing]
        if decision.verdict is Verdict.ALLOWED:
            if not meant:
                yield self._line(self._callee_path(), _NOT_DECLARED)
        elif self.party.notes or self.target.notes:
            off = self.party.node if self.party.notes else self.target.name
            yield self._line(
                meant[0].path if meant else self._callee_path(), f"{off} is switched off: set {off}.enabled"
            )
        elif meant:
            yield self._line(meant[0].path, _NO_CERTIFICATE if self.asking.plaintext else _STALE)
        elif misses:
            grant, missing = min(misses, key=lambda each: sum(weight for weight, _ in each[1]))
            said = "; ".join(words for _, words in missing)
            yield self._line(grant.path, f"this does not take the call in: {said}")
        else:
            yield self._undeclared(granted)

    def _concerned(self, decision: Decision, here: Sequence[Grant]) -> Iterator[Grant]:
        """The grants that might let the call through: one that waives identity lets in only those whom
        the network knows as its callers, unless they are anyone."""
        assert self.scene.expected
        outside = any(step.layer is Layer.NETWORK and step.verdict is Verdict.REFUSED for step in decision.steps)
        preflight = self.request is not None and self.request.method == "OPTIONS"
        for grant in here:
            if not (outside and not grant.who.namespace and self.scene.expected.peers(grant)) and (
                preflight or grant.why is not Why.PREFLIGHT
            ):
                yield grant

    def _undeclared(self, granted: Sequence[Grant]) -> Line:
        name = self.target.callee.name if self.target.callee else self.target.name
        edge = next((grant for grant in granted if grant.why is Why.EDGE), None)
        if self.port not in self.target.ports:
            return self._line(self._callee_path(), f"{name} declares no port {self.port}")
        if edge:
            port = self.target.ports[self.port] or str(self.port)
            return self._line(edge.path, f"this edge opens other ports of {name}: add {port} to its ports")
        if self.party.node == name:
            return self._line(self._callee_path(), f"{name} does not call itself, and can declare no such edge")
        if self.party.node:
            return no_edge(self.scene, self.party.node, name)
        if self.party.name == "ingress":
            return self._no_route(name)
        words = _AROUND.get(self.party.name, _NOBODY_ELSE)
        return self._line(self._callee_path(), words)

    def _no_route(self, name: str) -> Line:
        gateway = self.scene.expected.registry.gateway if self.scene.expected else None
        if gateway:
            return self._line((*gateway.path, "routes"), f"no route of the gateway leads to {name} there: add one")
        words = f"{name} is not exposed: add a gateway with a route to it, or exposed: true"
        return self._line(self._callee_path(), words)

    def _misses(self, grant: Grant) -> Iterator[tuple[int, str]]:
        """What a grant asks for and the call is not, and how far that makes it another call."""
        request = self.request
        if request is None or not grant.http:
            return
        if grant.methods and request.method not in grant.methods:
            yield 10, f"its methods are {', '.join(grant.methods)}"
        if not is_path(request.path, grant.paths):
            yield 20, f"its paths are {', '.join(grant.paths)}"
        if request.host and not is_host(request.host, grant.hosts):
            yield 40, f"its hosts are {', '.join(grant.hosts)}"
        if not {*grant.headers} <= request.headers.keys():
            yield 1, f"a preflight has the header {' and '.join(grant.headers)}"
        if grant.demand:
            yield from ((1, words) for words in _token_misses(grant.demand, request.token))

    def _callee_path(self) -> Path:
        return self.target.callee.path if self.target.callee else ()

    def _line(self, path: Path, words: str) -> Line:
        assert self.scene.place
        return Line(place=self.scene.place(path), words=words)


def no_edge(scene: Scene, caller: str, callee: str) -> Line:
    """Where to write an edge that is not there."""
    assert scene.expected and scene.place
    path = scene.expected.registry.by_name()[caller].path
    words = f"no edge leads from {caller} to {callee}: add {callee} to its dependencies"
    return Line(place=scene.place((*path, "dependencies")), words=words)


def _token_misses(demand: Demand, token: Token | None) -> Iterator[str]:
    if token is None:
        yield f"it asks for a token of {demand.issuer} for {' or '.join(demand.audiences)}"
        return
    claims = token.claims
    if token.signature is not Signature.GOOD:
        yield f"the token is {token.signature}"
    if claims.get("iss") != demand.issuer:
        yield f"the token must be of {demand.issuer}"
    if not {*_listed(claims.get("aud"))} & {*demand.audiences}:
        yield f"the token must be for {' or '.join(demand.audiences)}"
    if not claims.get("sub"):
        yield "the token must have a subject (sub)"
    for claim in demand.claims:
        if not {*_found(claims, claim)} & {*claim.values}:
            yield f"the token's {claim_name(claim.path)} must be {' or '.join(claim.values)}"


def _found(claims: Mapping[str, Any], claim: Claim) -> list[str]:
    value: Any = claims
    for step in claim.path:
        value = value.get(step) if isinstance(value, Mapping) else None
    if claim.path == ("scope",) and isinstance(value, str):
        return value.split(" ")
    return _listed(value)


def _listed(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list | tuple) else [] if value is None else [str(value)]
