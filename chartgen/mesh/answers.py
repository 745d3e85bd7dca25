"""The answer to a question, and what stands behind it: the rules that decide, and the registry's lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from chartgen.diagnostics import Span
from chartgen.mesh import mends, sending
from chartgen.mesh.asking import Asking, Kind
from chartgen.mesh.decide import decide, doubted
from chartgen.mesh.grants import Demand, Grant, Why
from chartgen.mesh.mends import Line
from chartgen.mesh.model import (
    Call,
    Decision,
    Identity,
    KubeService,
    Layer,
    Ref,
    Request,
    Signature,
    Step,
    Token,
    Tree,
    Verdict,
    worst,
)
from chartgen.mesh.parties import Party, Target, ports_of
from chartgen.mesh.terms import terms_of, words
from chartgen.mesh.trees import below
from chartgen.mesh.waypoints import way_of, ways
from chartgen.registry.ports import main_port
from chartgen.registry.service import Service

if TYPE_CHECKING:
    from chartgen.mesh.expected import Expected
    from chartgen.mesh.world import World
    from chartgen.registry.service import Path

Place: TypeAlias = Callable[["Path"], Span]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A step, with what the object says at its place."""

    step: Step
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One call and its answer. `admits`: what the registry lets that caller do on that port; `mends`: how to change
    the answer; `notes`: what it stands on."""

    caller: str
    callee: str
    port: int
    port_name: str
    request: Request | None
    decision: Decision
    reasons: tuple[Reason, ...]
    admits: tuple[Line, ...] = ()
    mends: tuple[Line, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What questions are asked of. `objects`: the manifests, to quote them; `expected` and `place` None: there is no
    registry."""

    world: World
    objects: Mapping[Ref, Tree] = field(default_factory=dict)
    expected: Expected | None = None
    place: Place | None = None


def answers(scene: Scene, asking: Asking, party: Party, target: Target) -> tuple[Answer, ...]:
    """One answer for each port that is meant; UsageError for a port that there is not."""
    granted = granted_to(scene, party, target)
    wanted = ports_of(scene.world, target, asking.port) if asking.port else _ports(scene, target, granted)
    return tuple(_answer(scene, asking, party, target, port, granted) for port in wanted)


def granted_to(scene: Scene, party: Party, target: Target) -> list[Grant]:
    """What the registry grants that caller."""
    if scene.expected is None or target.callee is None:
        return []
    caller = party.caller
    return [
        grant
        for grant in scene.expected.grants.get(target.callee.name, ())
        if grant.who.holds(caller.identity)
        and grant.pods.items() <= caller.labels.items()
        and (grant.why is not Why.KEYS or party.name in ("istiod", "outside"))
    ]


def _ports(scene: Scene, target: Target, granted: Sequence[Grant]) -> list[int]:
    """Where no port is named: those of the declared calls, else the main one, else all."""
    declared = sorted({grant.port for grant in granted if grant.transport == "TCP" and grant.why is not Why.PLAINTEXT})
    if declared:
        return declared
    node = scene.expected.registry.by_name().get(target.callee.name) if scene.expected and target.callee else None
    main = main_port(node.exposed_ports) if isinstance(node, Service) else None
    return [main.target_port] if main else sorted(target.ports) or [0]


def _answer(scene: Scene, asking: Asking, party: Party, target: Target, port: int, granted: Sequence[Grant]) -> Answer:
    here = [grant for grant in granted if grant.port == port]
    request = _request(scene, asking, party, target, port, here)
    service = None if party.by_address else target.service_to(scene.world, port)
    sent = _sent(party, target, service, port, request)
    bare = asking.plaintext or (sent is not None and sending.is_bare(scene.world, sent))
    caller = replace(party.caller, identity=None) if bare else party.caller
    call = Call(
        caller=caller,
        callee=target.workload,
        port=port,
        request=request,
        service=service,
    )
    judged = decide(scene.world, call)
    decision = doubted(judged, call.callee)
    if sent and decision.verdict is not Verdict.REFUSED:  # a call that nobody declares has no route of its own either
        decision = _with(decision, sending.steps(scene.world, sent))
    mending = mends.Mending(scene=scene, asking=asking, party=party, target=target, port=port, request=request)
    return Answer(
        caller=party.name,
        callee=target.name,
        port=port,
        port_name=target.ports.get(port, ""),
        request=request,
        decision=decision,
        reasons=tuple(Reason(step=step, says=_says(scene, step, caller.identity)) for step in decision.steps),
        admits=tuple(line_of(scene, grant) for grant in here),
        mends=tuple(mending.lines(decision, here, granted)),
        notes=(*party.notes, *target.notes, *_notes(scene, asking, call, judged)),
    )


def _sent(
    party: Party, target: Target, service: KubeService | None, port: int, request: Request | None
) -> sending.Sent | None:
    """The call as the caller's own pods make it; None where nobody knows them, or there is no mesh."""
    if party.pods is None:
        return None
    return sending.Sent(pods=party.pods, callee=target.workload, service=service, port=port, request=request)


def _with(decision: Decision, more: Sequence[Step]) -> Decision:
    steps = (*decision.steps, *more)
    return replace(decision, verdict=worst(each.verdict for each in steps), steps=steps)


def line_of(scene: Scene, grant: Grant) -> Line:
    """What the registry says there, with its place."""
    jwt = scene.expected.registry.mesh.jwt if scene.expected and scene.expected.registry.mesh else None
    terms = ", ".join(words(terms_of(grant, jwt.required_claims if jwt else ())))
    reason = f" ({grant.reason})" if grant.reason else ""
    assert scene.place
    return Line(place=scene.place(grant.path), words=f"{grant.why}: {terms}{reason}")


def _request(
    scene: Scene, asking: Asking, party: Party, target: Target, port: int, here: Sequence[Grant]
) -> Request | None:
    """The request that is meant: what is not said comes from the registry's first fitting grant."""
    if port not in target.http and not (asking.names_request and port not in target.ports):
        return None
    grants = [grant for grant in here if grant.why is not Why.PREFLIGHT] or list(here)
    fitting = [grant for grant in grants if mends.fits(grant, asking)]
    grant = next(iter([*fitting, *grants]), None)
    first = grant if grant and grant.http else None
    path = asking.path or (_example(first.paths[0]) if first and first.paths else "/")
    return Request(
        method=asking.method or (first.methods[0] if first and first.methods else "GET"),
        path=path,
        host=asking.host or _host(scene, party, first),
        headers=dict(asking.headers),
        token=_token(scene, asking, first),
    )


def _example(pattern: str) -> str:
    return f"{pattern[:-1]}x" if pattern.endswith("/*") else pattern


def _host(scene: Scene, party: Party, grant: Grant | None) -> str:
    """The host that callers at the door ask for; empty inside."""
    gateway = scene.expected.registry.gateway if scene.expected else None
    if party.name != "ingress" or gateway is None:
        return ""
    host = (grant.hosts if grant and grant.hosts else gateway.hosts)[0]
    return f"www{host[1:]}" if host.startswith("*.") else host


def _token(scene: Scene, asking: Asking, grant: Grant | None) -> Token | None:
    """The token that the call carries: as the grant asks for it, changed as the question says."""
    demand = grant.demand if grant else None
    jwt = scene.expected.registry.mesh.jwt if scene.expected and scene.expected.registry.mesh else None
    if asking.token is Kind.NONE or (asking.token is Kind.RIGHT and asking.claims is None and demand is None):
        return None
    given = asking.claims
    if jwt and demand is None:
        demand = Demand(issuer=jwt.issuer, audiences=jwt.audiences, claims=jwt.required_claims if given is None else ())
    base: dict[str, Any] = {"sub": "somebody"}
    if demand:
        base = {"iss": demand.issuer, "aud": list(demand.audiences[:1]), **base}
        for claim in demand.claims if given is None else ():
            _put(base, claim.path, claim.values[0])
    signature = {Kind.BAD: Signature.BAD, Kind.EXPIRED: Signature.EXPIRED}.get(asking.token, Signature.GOOD)
    return Token(claims={**base, **(given or {})}, signature=signature)


def _put(claims: dict[str, Any], path: tuple[str, ...], value: str) -> None:
    *outer, last = path
    for step in outer:
        claims = claims.setdefault(step, {})
    claims.setdefault(last, value)


def _notes(scene: Scene, asking: Asking, call: Call, decision: Decision) -> Iterator[str]:
    if call.request is None and asking.names_request:
        yield "this port speaks no HTTP: method, path, host and headers mean nothing to the mesh there"
    strict = doubted(decide(scene.world, call, dry_run=True), call.callee)
    if strict.verdict is not decision.verdict:
        yield f"policies are dry runs: in force, they would make this {strict.verdict}"
    for service in ways(scene.world, call.callee, call.port) if decision.verdict is Verdict.REFUSED else ():
        if decide(scene.world, replace(call, service=service)).allowed:
            yield f"{way_of(service)}, the same call passes"


_QUOTED = 3
"""How many values of a list are quoted."""


def _says(scene: Scene, step: Step, caller: Identity | None) -> str:
    """What stands at the step's place: a rule's demands, or a list's values."""
    value = _at(scene.objects.get(step.by) if step.by else None, step.where)
    if isinstance(value, dict) and "key" in value:
        return f"takes {value['key']} {_values(value.get('values') or ['not …'], '')}"
    if isinstance(value, dict) and step.layer is Layer.AUTHORIZATION:
        return _rule(value, f"{caller.namespace}/{caller.account}" if caller else "")
    if isinstance(value, list) and value and not any(isinstance(item, dict | list) for item in value):
        taken = _values(value, "")
        return f"takes {taken}" if step.verdict is Verdict.REFUSED else taken
    return ""


def _at(tree: Tree | None, where: str) -> Any:
    """The part of an object at a place such as `spec.rules[1].to[0]`."""
    value: Any = tree
    for key in where.replace("[", ".[").split(".") if where else ():
        if key.startswith("["):
            index = int(key[1:-1])
            value = value[index] if isinstance(value, list) and index < len(value) else None
        else:
            value = below(value, key)
    return value if where else None


def _rule(rule: Tree, caller: str) -> str:
    """An AuthorizationPolicy's rule in a line: `from default/web, to ports 3000 methods GET`."""
    sources = [_fields(below(each, "source"), caller) for each in rule.get("from") or ()]
    operations = [_fields(below(each, "operation"), "") for each in rule.get("to") or ()]
    conditions = [f"{below(each, 'key')} {_values(below(each, 'values') or [], '')}" for each in rule.get("when") or ()]
    parts = (("from", sources), ("to", operations), ("when", conditions))
    return "; ".join(f"{name} {' or '.join(each)}" for name, each in parts if each)


def _fields(part: Any, caller: str) -> str:
    items = part.items() if isinstance(part, dict) else ()
    return " ".join(f"{key} {_values(values, caller)}" for key, values in items if isinstance(values, list))


def _values(values: Sequence[Any], first: str) -> str:
    """A list, cut short; `first` is quoted in any case, where it is one of them."""
    texts = [str(value) for value in values]
    ordered = sorted(texts, key=lambda text: text != first) if first else texts
    more = f" and {len(ordered) - _QUOTED} more" if len(ordered) > _QUOTED else ""
    return ", ".join(ordered[:_QUOTED]) + more
