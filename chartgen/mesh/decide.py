"""Whether a call passes, and what says so: network policies, mTLS, tokens, authorization."""

from __future__ import annotations

from dataclasses import replace

from chartgen.mesh import mtls, waypoints
from chartgen.mesh.envoy import Proxy, facts_of, host_of, judge, network_steps
from chartgen.mesh.model import Call, Dataplane, Decision, Layer, Step, Verdict, Workload, worst
from chartgen.mesh.world import World


def decide(world: World, call: Call, dry_run: bool = False) -> Decision:
    """The answer to one question. `dry_run`: as if policies that are dry runs were in force."""
    if call.callee.dataplane is Dataplane.AMBIENT:
        steps = waypoints.steps(world, call, dry_run)
    else:
        steps = _to_pod(world, call, dry_run)
    steps += _blind(world, call)
    return Decision(verdict=worst(step.verdict for step in steps), steps=steps)


def doubted(decision: Decision, callee: Workload) -> Decision:
    """The decision, as far as one can know it: in the place of all that a proxy would say that nobody knows, why. (A
    proof asks for the proxies that are meant to be there, and tells once of each that is another one.)"""
    if not callee.unjudged:
        return decision
    doubt = Step(layer=Layer.AUTHORIZATION, verdict=Verdict.UNKNOWN, words=callee.unjudged, by=callee.ref)
    steps = (*(step for step in decision.steps if step.layer is Layer.NETWORK), doubt)
    return Decision(verdict=worst(step.verdict for step in steps), steps=steps)


def _to_pod(world: World, call: Call, dry_run: bool) -> tuple[Step, ...]:
    """To a pod with a proxy of its own, or with none."""
    callee = call.callee
    reached = network_steps(world, call.caller, callee, call.port)
    mtls_step, proven = mtls.judge(world, callee, call.port, call.caller)
    if not mtls.is_guarded(callee, call.port):
        words = "no proxy sees this port: policies do not hold"
        return (*reached, mtls_step, Step(layer=Layer.AUTHORIZATION, verdict=Verdict.ALLOWED, words=words))
    caller = call.caller if proven else replace(call.caller, identity=None)
    facts = facts_of(world, caller, call.port)
    protocols = world.protocols(callee, call.port)
    return (*reached, mtls_step, *judge(world, proxy_of(world, callee), facts, protocols, call.request, dry_run))


def proxy_of(world: World, workload: Workload) -> Proxy:
    """The workload's own proxy."""
    key = ("proxy", workload.ref)
    if key not in world.memo:
        service = next(iter(world.services_of(workload)), None)
        host = host_of(world, service.ref.name, service.ref.namespace) if service else workload.name
        world.memo[key] = Proxy(policies=world.policies_of(workload), requests=world.requests_of(workload), host=host)
    found: Proxy = world.memo[key]
    return found


def _blind(world: World, call: Call) -> tuple[Step, ...]:
    """A step for each object that changes proxy or network in ways that are not judged."""
    if not world.found.blind_spots:
        return ()
    return tuple(
        Step(
            layer=Layer.NETWORK if each.network else Layer.AUTHORIZATION,
            verdict=Verdict.UNKNOWN,
            words=f"a {each.ref.kind} has its own say, which is not judged here",
            by=each.ref,
        )
        for each in world.blind_spots_of(call.callee)
    )
