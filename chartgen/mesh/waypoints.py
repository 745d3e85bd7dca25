"""Calls in ambient: a ztunnel sees who calls which port, and a waypoint before it reads requests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chartgen.mesh import authorization, envoy, mtls
from chartgen.mesh.facts import Chain
from chartgen.mesh.model import Call, Caller, Identity, KubeService, Layer, Ref, Step, Verdict, Workload
from chartgen.mesh.traffic import Gateway
from chartgen.mesh.world import World
from chartgen.registry.kubernetes import GATEWAY_NAME

HBONE = 15008
"""The port on which pods in ambient take all calls of the mesh."""

_SERVES = ("service", "all")


def steps(world: World, call: Call, dry_run: bool) -> tuple[Step, ...]:
    """All that a call to a pod in ambient passes."""
    service = call.service
    if service is None or not service.waypoint or not _passes_waypoint(world, call.caller, service):
        return _to_pod(world, call, call.caller, dry_run)
    namespace, _, name = service.waypoint.partition("/")
    gateway = world.gateway(namespace, name)
    if gateway is None or not gateway.is_waypoint:
        words = f"the Service's waypoint {service.waypoint} is not among the manifests"
        return (*_to_pod(world, call, call.caller, dry_run), _unknown(words, service.ref))
    if gateway.labels.get("istio.io/waypoint-for", "service") not in _SERVES:
        return _to_pod(world, call, call.caller, dry_run)
    pod = deployed(gateway)
    via = Caller(identity=pod.identity, namespace=pod.namespace, labels=pod.labels)
    reached = envoy.network_steps(world, call.caller, pod, HBONE)
    stranger = mtls.stranger(world, call.caller)
    reached += (stranger,) if stranger else ()
    return (*reached, *_at_waypoint(world, call, service, gateway, dry_run), *_to_pod(world, call, via, dry_run))


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


def _passes_waypoint(world: World, caller: Caller, service: KubeService) -> bool:
    """Whether the caller's calls pass the Service's waypoint: those of plaintext callers do not, nor those of doors,
    unless the Service asks for it."""
    if service.ingress_waypoint or caller.identity is None:
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


def _at_waypoint(world: World, call: Call, service: KubeService, gateway: Gateway, dry_run: bool) -> tuple[Step, ...]:
    """JWT and authorization at the waypoint, which sees the Service's port."""
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


def _proxy(world: World, service: KubeService, gateway: Gateway) -> envoy.Proxy:
    """The waypoint as it is for calls to the Service."""
    key = ("waypoint", service.ref)
    if key not in world.memo:
        world.memo[key] = envoy.Proxy(
            policies=_attached(world, "authorization", service, gateway),
            requests=_attached(world, "requests", service, gateway),
            host=envoy.host_of(world, service.ref.name, service.ref.namespace),
        )
    found: envoy.Proxy = world.memo[key]
    return found


def _attached(world: World, kind: str, service: KubeService, gateway: Gateway) -> tuple[Any, ...]:
    """The policies that the waypoint holds for calls to the Service: they name one of the two, or all waypoints."""
    return (
        *world.targeting(kind, service.ref.namespace, "Service", service.ref.name),
        *world.targeting(kind, gateway.ref.namespace, "Gateway", gateway.ref.name),
        *world.targeting(kind, world.assumed.root_namespace, "GatewayClass", "istio-waypoint"),
    )


def _unknown(words: str, by: Ref) -> Step:
    return Step(layer=Layer.AUTHORIZATION, verdict=Verdict.UNKNOWN, words=words, by=by)
