"""What PeerAuthentications decide: whether a port takes plaintext."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chartgen.mesh.model import Caller, Dataplane, Layer, Ref, Step, Verdict, Workload
from chartgen.mesh.objects import Mtls, PeerAuthentication
from chartgen.mesh.world import World
from chartgen.registry.kubernetes import GATEWAY_NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """The mode of a workload's port, and where it comes from (None: Istio's default). `flaw`: why nobody can say;
    `mode` is UNSET then."""

    mode: Mtls
    by: Ref | None = None
    where: str = ""
    flaw: str = ""


def mode(world: World, workload: Workload, port: int) -> Effective:
    """The mode of that port: its own, else the workload's, the namespace's, the mesh's; PERMISSIVE when none says."""
    key = ("mtls", workload.ref)
    if key not in world.memo:
        world.memo[key] = _levels(world, workload)
    own, whole = world.memo[key]
    if own is not None and own.ports.get(port, Mtls.UNSET) is not Mtls.UNSET and not _unseen(workload, own, port):
        return Effective(mode=own.ports[port], by=own.ref, where=f"spec.portLevelMtls.{port}")
    found: Effective = whole
    return found


def _unseen(workload: Workload, own: PeerAuthentication, port: int) -> bool:
    """Whether istiod passes the port's mode over: it makes no policy for a ztunnel of a workload without a mode of its
    own whose ports are DISABLE alone."""
    passed_over = own.mode is Mtls.UNSET and Mtls.PERMISSIVE not in own.ports.values()
    return workload.dataplane is Dataplane.AMBIENT and passed_over and own.ports[port] is Mtls.DISABLE


def _levels(world: World, workload: Workload) -> tuple[PeerAuthentication | None, Effective]:
    """The workload's own policy, and the mode of all ports that have none of their own."""
    root = world.assumed.root_namespace
    policies = world.peers_of(workload)
    levels = [
        [each for each in policies if not each.scope.labels and each.ref.namespace == root],
        [each for each in policies if not each.scope.labels and each.ref.namespace != root],
        [each for each in policies if each.scope.labels and each.ref.namespace != root],
    ]
    doubt = next((found for level in levels if (found := _doubt(level))), None)
    if doubt:
        return None, doubt
    whole = Effective(mode=Mtls.PERMISSIVE)
    for level in levels:
        if level and level[0].mode is not Mtls.UNSET:
            whole = Effective(mode=level[0].mode, by=level[0].ref, where="spec.mtls.mode")
    return (levels[2][0] if levels[2] else None), whole


def _doubt(level: Iterable[PeerAuthentication]) -> Effective | None:
    """Of several that say different things the oldest holds, and manifests have no age."""
    level = list(level)
    flawed = next((each for each in level if each.flaw), None)
    if flawed:
        return Effective(mode=Mtls.UNSET, by=flawed.ref, flaw=f"this policy cannot be judged: {flawed.flaw}")
    if len({(each.mode, *sorted(each.ports.items())) for each in level}) > 1:
        words = f"{level[0].ref} says something else, and of the two the older one holds"
        return Effective(mode=Mtls.UNSET, by=level[-1].ref, flaw=words)
    return None


def is_guarded(workload: Workload, port: int) -> bool:
    """Whether a proxy stands before that port; a gateway is one itself."""
    return is_proxy(workload) or (workload.dataplane is not Dataplane.NONE and workload.captures(port))


def is_proxy(workload: Workload) -> bool:
    """Whether it is a proxy and nothing else."""
    return workload.door or GATEWAY_NAME in workload.labels


def judge(world: World, workload: Workload, port: int, caller: Caller) -> tuple[Step, bool]:
    """The answer, and whether the callee's proxy learns who calls."""
    if not is_guarded(workload, port):
        return _step(Verdict.ALLOWED, "no proxy sees this port: it takes plaintext from everyone"), False
    if is_proxy(workload):
        return _step(Verdict.ALLOWED, "a door takes what its listeners take, also without a certificate"), False
    found = mode(world, workload, port)
    if found.mode is Mtls.DISABLE and workload.dataplane is Dataplane.SIDECAR:
        return _step(Verdict.ALLOWED, "the port takes plaintext only: nobody proves who calls", found), False
    foreign = stranger(world, caller)
    return (foreign, False) if foreign else (_by_mode(found, caller), True)


def stranger(world: World, caller: Caller) -> Step | None:
    """The refusal of a certificate that the mesh does not trust; None for others, and for none."""
    who = caller.identity
    if who is None or who.trust_domain in ("", *world.assumed.trusted):
        return None
    return _step(Verdict.REFUSED, "the caller's certificate is of another trust domain")


def _by_mode(found: Effective, caller: Caller) -> Step:
    if found.mode is Mtls.UNSET:
        return _step(Verdict.UNKNOWN, found.flaw, found)
    if caller.identity is not None:
        return _step(Verdict.ALLOWED, "the caller proves its identity", found)
    if found.mode is Mtls.STRICT:
        return _step(Verdict.REFUSED, "plaintext is refused: STRICT", found)
    return _step(Verdict.ALLOWED, f"plaintext is taken: {found.mode}", found)


def _step(verdict: Verdict, words: str, found: Effective | None = None) -> Step:
    by, where = (found.by, found.where) if found else (None, "")
    return Step(layer=Layer.MTLS, verdict=verdict, words=words, by=by, where=where)
