"""P1 to P3, from the callers' side: what is declared passes; other ports, other requests and strangers do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chartgen.mesh.grants import ANYONE, Grant, Who, Why
from chartgen.mesh.model import Caller, Dataplane, Decision, Identity, Layer, Request, Verdict
from chartgen.mesh.network import End, egress, ingress
from chartgen.mesh.properties.networks import OUTSIDE, callers_of, reaches
from chartgen.mesh.samples import STRAY, STRAY_PATH, bad_requests, covered, good_requests
from chartgen.mesh.subject import MESH, POD, Finding, Node, Subject, at, deciding, most_open, reason

if TYPE_CHECKING:
    from chartgen.mesh.model import Workload
    from chartgen.registry.service import Path

STRAY_PORTS = (64999, 64998)
"""A port that no registry would name, and another for one that does."""

NETWORK = (Layer.NETWORK,)


def declared(subject: Subject) -> Iterator[Finding]:
    """P1: declared calls pass, all layers."""
    for node in subject.nodes.values():
        for grant in node.grants:
            for workload in node.workloads:
                yield from _passes(subject, node, workload, grant)


def _passes(subject: Subject, node: Node, workload: Workload, grant: Grant) -> Iterator[Finding]:
    host = host_of(subject, grant)
    if grant.transport != "TCP":
        yield from _by_network_alone(subject, node, workload, grant)
        return
    for caller, reaching in callers_of(subject, grant):
        for request in good_requests(grant, host):
            decision = subject.ask(caller, workload, grant.port, request, direct=grant.is_direct)
            judges = _is_of_mesh(subject, grant) and not (grant.demand and subject.audits)
            if judges and at(decision) is not Verdict.ALLOWED:
                yield _refused(node, grant, request, decision)
                return
            if reaching and at(decision, NETWORK) is not Verdict.ALLOWED:
                yield _cut_off(node, grant, decision)
                return


def _is_of_mesh(subject: Subject, grant: Grant) -> bool:
    """Whether the mesh decides on it: without one in the registry, policies that others add on calls between pods."""
    return subject.meshed or (subject.world.has_policies and grant.why in (Why.EDGE, Why.PEERS))


def _by_network_alone(subject: Subject, node: Node, workload: Workload, grant: Grant) -> Iterator[Finding]:
    """UDP passes by the mesh."""
    for caller, reaching in callers_of(subject, grant):
        source = End(namespace=caller.namespace, labels=caller.labels, address=caller.address)
        target = End(namespace=workload.namespace, labels=workload.labels, ports=workload.ports)
        steps = [each(subject.world, source, target, grant.port, grant.transport) for each in (egress, ingress)]
        stopping = next((step for step in steps if step.verdict is not Verdict.ALLOWED), None)
        if reaching and stopping:
            words = f"{described(grant.caller, node, grant.port, None)} ({grant.transport}) is declared, and cut off: "
            yield Finding(code="CG762", words=words + reason(stopping), path=grant.path)


def caller_for(subject: Subject, grant: Grant) -> Caller:
    """A caller that the grant means."""
    return next(callers_of(subject, grant))[0]


def host_of(subject: Subject, grant: Grant) -> str:
    """The host that a call through the door names."""
    gateway = subject.expected.registry.gateway if subject.expected else None
    if grant.why not in (Why.ROUTE, Why.PUBLIC, Why.PREFLIGHT) or not gateway:
        return ""
    return (grant.hosts or gateway.hosts)[0].replace("*", STRAY)


def _refused(node: Node, grant: Grant, request: Request | None, decision: Decision) -> Finding:
    code = "CG755" if grant.why in (Why.ROUTE, Why.PUBLIC, Why.PREFLIGHT, Why.EXPOSED) else "CG751"
    verdict = "refused" if at(decision) is Verdict.REFUSED else "not to be judged"
    words = f"{described(grant.caller, node, grant.port, request)} is declared ({grant.why}), and is {verdict}: "
    return Finding(
        code=code,
        words=words + reason(deciding(decision)),
        hint="run `chartgen generate`; an overlay or patch may be in the way",
        path=grant.path,
    )


def _cut_off(node: Node, grant: Grant, decision: Decision) -> Finding:
    words = (
        f"{described(grant.caller, node, grant.port, None)} is declared ({grant.why}), and no network lets it pass: "
    )
    return Finding(code="CG762", words=words + reason(deciding(decision, NETWORK)), path=grant.path)


def undeclared(subject: Subject) -> Iterator[Finding]:
    """P1 and P2: those who may call one port call no other, and with no other requests. In ambient networks see one
    port alone, that of the tunnels."""
    for node in subject.nodes.values():
        for workload in guarded(subject, node)[:1]:
            for grants in _by_caller(node):
                yield from _other_ports(subject, node, workload, grants)
                yield from _other_requests(subject, node, workload, grants)


def guarded(subject: Subject, node: Node) -> list[Workload]:
    """The workloads that have a proxy, where they ought to: of others, P4 says all there is to say."""
    return [each for each in node.workloads if each.dataplane is not Dataplane.NONE or not subject.meshed]


def _by_caller(node: Node) -> list[list[Grant]]:
    found: dict[Who, list[Grant]] = {}
    for grant in node.grants:
        if grant.who != ANYONE:
            found.setdefault(grant.who, []).append(grant)
    return list(found.values())


def _other_ports(subject: Subject, node: Node, workload: Workload, grants: Sequence[Grant]) -> Iterator[Finding]:
    mine, wide = {grant.port for grant in grants}, Told()
    caller, name = caller_for(subject, grants[0]), grants[0].caller
    for port in ports_of(node, workload):
        if port in mine or _is_open(node, port):
            continue
        decisions = subject.ask_every_way(caller, workload, port, _plain(node, port))
        if subject.meshed:
            wide.add("CG752", name, port, decisions, MESH)
        if workload.dataplane is not Dataplane.AMBIENT and not reaches(subject, node, caller, port):
            wide.add("CG762", name, port, decisions, NETWORK)
    yield from wide.findings(node, grants[0].path)


def _other_requests(subject: Subject, node: Node, workload: Workload, grants: Sequence[Grant]) -> Iterator[Finding]:
    for grant in grants if subject.meshed else ():
        if not grant.http or not (grant.methods or grant.paths):
            continue
        same = [each for each in node.grants if each.port == grant.port and each.who in (grant.who, ANYONE)]
        caller = caller_for(subject, grant)
        for request in bad_requests(grant, same, host_of(subject, grant)):
            decision = most_open(subject.ask_every_way(caller, workload, grant.port, request))
            if at(decision) is not Verdict.REFUSED:
                code, passes = judgement("CG751", at(decision))
                words = f"{described(grant.caller, node, grant.port, request)}, which is not declared, {passes}: "
                yield Finding(code=code, words=words + reason(deciding(decision)), path=grant.path)
                break


def judgement(code: str, verdict: Verdict) -> tuple[str, str]:
    """The code and the words for what ought to be refused and is not."""
    return ("CG770", "cannot be judged") if verdict is Verdict.UNKNOWN else (code, "passes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What ought to be refused and is not: for each sort of it, the ports and the first decision."""

    found: dict[tuple[str, str, Verdict], list[tuple[int, Decision]]] = field(default_factory=dict)

    def add(self, code: str, who: str, port: int, decisions: Sequence[Decision], layers: Sequence[Layer]) -> None:
        """Notes the answers of a call's ways, if one is none of the right ones."""
        decision = most_open(decisions, layers)
        verdict = at(decision, layers)
        if verdict is not Verdict.REFUSED:
            self.found.setdefault((code, who, verdict), []).append((port, decision))

    def findings(self, node: Node, path: Path | None, hint: str = "") -> Iterator[Finding]:
        """One finding for each sort."""
        for (code, who, verdict), cases in self.found.items():
            layers = NETWORK if code == "CG762" else MESH
            step = deciding(cases[0][1], layers)
            code, passes = judgement(code, verdict)
            how = "passes the network" if layers is NETWORK and passes == "passes" else passes
            ports = "every port" if cases[-1][0] in STRAY_PORTS else f"port {', '.join(str(port) for port, _ in cases)}"
            way = f" {cases[0][1].way}" if cases[0][1].way else ""
            words = f"{who} → {node.name}, {ports}, which nobody declares, {how}{way}: {reason(step)}"
            yield Finding(code=code, words=words, hint=hint, path=path, ref=node.workloads[0].ref)


def strangers(subject: Subject) -> Iterator[Finding]:
    """P3 (and P4, P12 for the same calls): who is not known gets in nowhere but at declared exceptions."""
    for node in subject.nodes.values():
        kinds = list(_kinds(subject, node))
        for workload in node.workloads:
            if subject.meshed and workload.dataplane is Dataplane.NONE:
                words = f"{node.name} has no proxy of the mesh, so no policy is enforced ({workload.ref})"
                yield Finding(code="CG754", words=words, path=node.path, ref=workload.ref)
                continue
            wide, lax = Told(), dict[int, Decision]()
            for port in ports_of(node, workload):
                for words, caller in kinds:
                    _stranger(subject, node, workload, port, words, caller, wide, lax)
            yield from wide.findings(node, node.path)
            if lax and not subject.audits:
                yield _lax(node, workload, lax)


def _kinds(subject: Subject, node: Node) -> Iterator[tuple[str, Caller]]:
    """The classes of strangers, with what they are called."""
    home = node.workloads[0].namespace if node.workloads else subject.home
    labels = {"app": STRAY}
    yield (
        "an account that nobody declares",
        Caller(identity=Identity(namespace=home, account=STRAY), namespace=home, labels=labels, address=POD),
    )
    known = next((grant.who.account for grant in node.grants if grant.who.account), "default")
    pods = next((grant.pods for grant in node.grants if grant.pods), labels)
    yield (
        f"account {known} of another namespace",
        Caller(identity=Identity(namespace=STRAY, account=known), namespace=STRAY, labels=pods, address=POD),
    )
    foreign = Identity(namespace=home, account=known, trust_domain=f"{STRAY}.invalid")
    yield f"{home}/{known} of another trust domain", Caller(identity=foreign, address=OUTSIDE)
    yield "a caller without a certificate", Caller(identity=None, address=OUTSIDE)


def _stranger(
    subject: Subject,
    node: Node,
    workload: Workload,
    port: int,
    words: str,
    caller: Caller,
    wide: Told,
    lax: dict[int, Decision],
) -> None:
    open_to_all = [grant for grant in node.to(port) if grant.who == ANYONE]
    request = _plain(node, port)
    decisions = subject.ask_every_way(caller, workload, port, request)
    if subject.meshed and not covered_by(open_to_all, request):
        wide.add("CG753", words, port, decisions, MESH)
        if caller.identity is None and not open_to_all and at(decisions[0], (Layer.MTLS,)) is not Verdict.REFUSED:
            lax[port] = decisions[0]
    if not reaches(subject, node, caller, port):
        wide.add("CG762", words, port, decisions, NETWORK)


def covered_by(grants: Sequence[Grant], request: Request | None) -> bool:
    """Whether grants to anyone let the request through."""
    if request is None:
        return bool(grants)
    return covered(grants, request.method, request.path)


def _lax(node: Node, workload: Workload, lax: Mapping[int, Decision]) -> Finding:
    """P4, told by what becomes of a caller without a certificate."""
    ports = [port for port in lax if port not in STRAY_PORTS]
    which = f"port {', '.join(map(str, ports))}" if len(ports) == len(lax) else "every port"
    words = (
        f"{which} of {node.name} takes calls without mTLS: {reason(deciding(next(iter(lax.values())), (Layer.MTLS,)))}"
    )
    return Finding(
        code="CG754",
        words=words,
        hint="a PeerAuthentication with mode STRICT and no selector covers the namespace",
        path=node.path,
        ref=workload.ref,
    )


def ports_of(node: Node, workload: Workload) -> list[int]:
    """Every TCP port that is declared or granted, and one that is not."""
    own = {port.number for port in workload.ports if port.transport == "TCP"}
    own |= set(node.callee.ports if node.callee else ()) | {g.port for g in node.grants if g.transport == "TCP"}
    return [*sorted(own), next(port for port in STRAY_PORTS if port not in own)]


def _is_open(node: Node, port: int) -> bool:
    return any(grant.who == ANYONE for grant in node.to(port))


def _plain(node: Node, port: int) -> Request | None:
    return Request(path=STRAY_PATH) if port in node.http else None


def described(caller: str, node: Node, port: int, request: Request | None) -> str:
    """The call in words."""
    what = f" {request.method} {request.path}" if request else ""
    return f"{caller} → {node.name}:{port}{what}"
