"""Calls in ambient: a ztunnel sees who calls which port, and a waypoint before it reads requests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chartgen.mesh import authorization, envoy, mtls
from chartgen.mesh.facts import Chain
from chartgen.mesh.model import Call, Caller, Dataplane, Identity, KubeService, Layer, Ref, Step, Verdict, Workload
from chartgen.mesh.traffic import Gateway
from chartgen.mesh.world import World
from chartgen.registry.kubernetes import GATEWAY_NAME

HBONE = 15008
"""The port on which pods in ambient take all calls of the mesh."""


def ways(world: World, callee: Workload, port: int) -> tuple[KubeService | None, ...]:
    """The ways of a call to a pod's port, of those that are judged alike one: the pod's address (None), and in ambient
    each Service with a waypoint of its own. Callers choose among them. A headless one is called by addresses."""
    if callee.dataplane is not Dataplane.AMBIENT:
        return (None,)
    services = (each for each in world.services_at(callee, port) if each.waypoint and not each.headless)
    return (None, *services)


def way_of(service: KubeService | None) -> str:
    """A way in words."""
    return f"by {service.ref}" if service else "by the pods' address"


def steps(world: World, call: Call, dry_run: bool) -> tuple[Step, ...]:
    """All that a call to a pod in ambient passes."""
    called = call.service or call.callee
    if not called.waypoint or not _passes_waypoint(world, call.caller, call.service):
        return _to_pod(world, call, call.caller, dry_run)
    namespace, _, name = called.waypoint.partition("/")
    gateway = world.gateway(namespace, name)
    if gateway is None or not gateway.is_waypoint:
        whose = "Service's" if call.service else "pods'"
        words = f"the {whose} waypoint {called.waypoint} is not among the manifests"
        return (*_to_pod(world, call, call.caller, dry_run), _unknown(words, called.ref))
    if gateway.labels.get("istio.io/waypoint-for", "service") not in ("all", "service" if call.service else "workload"):
        return _to_pod(world, call, call.caller, dry_run)
    pod = deployed(gateway)
    via = Caller(identity=pod.identity, namespace=pod.namespace, labels=pod.labels)
    reached = envoy.network_steps(world, call.caller, pod, HBONE)
    stranger = mtls.stranger(world, call.caller)
    reached += (stranger,) if stranger else ()
    read = _for_service if call.service else _for_pods
    return (*reached, *read(world, call, gateway, dry_run), *_to_pod(world, call, via, dry_run))


def deployed(gateway: Gateway) -> Workload:
    """The pods that Istio deploys for a Gateway of the Gateway API."""
    labels = {
        **gateway.pod_labels,
        GATEWAY_NAME: gateway.ref.name,
        "gateway.networking.k8s.io/gateway-class-name": gateway.class_name,
        "istio.io/dataplane-mode": "none",
    }
    ref = Ref(kind="Deployment", namespace=gateway.ref.namespace, name=gateway.account)
    return Workload(ref=ref, account=gateway.account, labels=labels, door=not gateway.is_waypoint)


def _passes_waypoint(world: World, caller: Caller, service: KubeService | None) -> bool:
    """Whether the caller's calls pass a waypoint: those of plaintext callers do not, nor those of doors, unless the
    Service asks for it."""
    if caller.identity is None or (service is not None and service.ingress_waypoint):
        return caller.identity is not None
    if "doors" not in world.memo:
        doors = [each for each in world.found.gateways if each.class_name and not each.is_waypoint]
        world.memo["doors"] = {Identity(namespace=each.ref.namespace, account=each.account) for each in doors}
    plain = replace(caller.identity, trust_domain="")
    return not (
        GATEWAY_NAME in caller.labels or caller.labels.get("istio") == "ingressgateway" or plain in world.memo["doors"]
    )


def _to_pod(world: World, call: Call, caller: Caller, dry_run: bool) -> tuple[Step, ...]:
    """From a caller, or a waypoint, to the pod through its ztunnel."""
    reached = envoy.network_steps(world, caller, call.callee, HBONE if caller.identity else call.port)
    taken, _ = mtls.judge(world, call.callee, call.port, caller)
    if not mtls.is_guarded(call.callee, call.port):
        words = "no ztunnel sees this port: policies do not hold"
        return (*reached, taken, Step(layer=Layer.AUTHORIZATION, verdict=Verdict.ALLOWED, words=words))
    key = ("ztunnel", call.callee.ref, dry_run)
    if key not in world.memo:
        policies = world.policies_of(call.callee)
        world.memo[key] = authorization.enforced(policies, Chain.ZTUNNEL, world.assumed, dry_run)
    return (*reached, taken, authorization.judge(world.memo[key], envoy.facts_of(world, caller, call.port)))


def _for_pods(world: World, call: Call, gateway: Gateway, dry_run: bool) -> tuple[Step, ...]:
    """JWT and authorization at the waypoint for a call to a pod's address: it knows no Service of it, and so neither
    their policies nor what the port speaks."""
    facts = envoy.facts_of(world, call.caller, call.port)
    return envoy.judge(world, _proxy(world, None, gateway), facts, frozenset(), call.request, dry_run)


def _for_service(world: World, call: Call, gateway: Gateway, dry_run: bool) -> tuple[Step, ...]:
    """JWT and authorization at the waypoint, which sees the Service's port."""
    service = call.service
    assert service
    proxy = _proxy(world, service, gateway)
    answers = [
        envoy.judge(
            world,
            proxy,
            envoy.facts_of(world, call.caller, port.number),
            frozenset({port.protocol}),
            call.request,
            dry_run,
        )
        for port in service.ports
        if port.transport == "TCP" and call.port in world.target_ports(call.callee, port)
    ]
    if not answers:
        return (_unknown(f"no port of the Service leads to the pod's port {call.port}", service.ref),)
    return envoy.agreed(answers)


def _proxy(world: World, service: KubeService | None, gateway: Gateway) -> envoy.Proxy:
    """The waypoint as it is for calls to the Service; None: to addresses of pods."""
    key = ("waypoint", service.ref if service else gateway.ref)
    if key not in world.memo:
        world.memo[key] = envoy.Proxy(
            policies=_attached(world, "authorization", service, gateway),
            requests=_attached(world, "requests", service, gateway),
            host=envoy.host_of(world, service.ref.name, service.ref.namespace) if service else "",
        )
    found: envoy.Proxy = world.memo[key]
    return found


def _attached(world: World, kind: str, service: KubeService | None, gateway: Gateway) -> tuple[Any, ...]:
    """The policies that the waypoint holds for calls to the Service: they name one of the two, or all waypoints."""
    return (
        *(world.targeting(kind, service.ref.namespace, "Service", service.ref.name) if service else ()),
        *world.targeting(kind, gateway.ref.namespace, "Gateway", gateway.ref.name),
        *world.targeting(kind, world.assumed.root_namespace, "GatewayClass", "istio-waypoint"),
    )


def _unknown(words: str, by: Ref) -> Step:
    return Step(layer=Layer.AUTHORIZATION, verdict=Verdict.UNKNOWN, words=words, by=by)
