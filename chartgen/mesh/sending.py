"""What the caller's own side does with a call before it leaves: whether a proxy carries it, and proves who calls;
whether it knows the host; where routes lead it. Routes of ambient stand at the callee's waypoint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chartgen.mesh.egress import reachable_hosts
from chartgen.mesh.envoy import host_of
from chartgen.mesh.model import Dataplane, KubeService, Layer, Ref, Request, Step, Verdict, Workload
from chartgen.mesh.properties.door import takes_path
from chartgen.mesh.selection import subset
from chartgen.mesh.traffic import Destination, DestinationRule, RouteMatch, TrafficRule
from chartgen.mesh.world import World
from chartgen.registry.kubernetes import GATEWAY_NAME

_KNOWN_PATHS = ("", "Exact", "Prefix", "PathPrefix")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A call as pods make it: by a Service, or (None) by the address of a pod. `port`: the pods'."""

    pods: Workload
    callee: Workload
    service: KubeService | None
    port: int
    request: Request | None = None


def is_bare(world: World, sent: Sent) -> bool:
    """Whether the caller shows no certificate: it has no proxy, or its proxy is told to show none."""
    if sent.pods.dataplane is Dataplane.NONE:
        return GATEWAY_NAME not in sent.pods.labels and not sent.pods.door
    return any(rule.tls.get("spec.trafficPolicy") == "DISABLE" for rule in _told(world, sent))


def steps(world: World, sent: Sent) -> tuple[Step, ...]:
    """What stands in the way of the call, or cannot be judged; nothing where all is as people expect."""
    if sent.pods.dataplane is Dataplane.NONE:
        return ()
    return (*_past_proxy(sent), *_hidden(world, sent), *_otherwise(world, sent), *_routed(world, sent))


def _past_proxy(sent: Sent) -> Iterator[Step]:
    for words in sent.pods.evasions:
        yield _step(Layer.MTLS, Verdict.UNKNOWN, f"whether the caller's proxy carries the call: {words}", sent.pods.ref)


def _hidden(world: World, sent: Sent) -> Iterator[Step]:
    if sent.pods.dataplane is not Dataplane.SIDECAR or sent.service is None:
        return
    reach = reachable_hosts(world, sent.pods)
    host = host_of(world, sent.service.ref.name, sent.service.ref.namespace)
    if reach.flaw:
        yield _step(Layer.SIDECAR, Verdict.UNKNOWN, reach.flaw, reach.by)
    elif reach.by and host not in reach.hosts:
        words = f"the caller's proxy does not know {host}"
        verdict = Verdict.UNKNOWN if reach.anywhere else Verdict.REFUSED
        so = "and passes it without a certificate" if reach.anywhere else "and refuses what it does not know"
        yield _step(Layer.SIDECAR, verdict, f"{words}, {so}", reach.by, "spec.egress")


def _otherwise(world: World, sent: Sent) -> Iterator[Step]:
    """Ways to prove who calls that are not the mesh's."""
    for rule in _told(world, sent):
        for place, mode in rule.tls.items():
            if mode not in ("", "ISTIO_MUTUAL") and (place, mode) != ("spec.trafficPolicy", "DISABLE"):
                yield _step(Layer.MTLS, Verdict.UNKNOWN, f"the caller is told to use tls {mode}", rule.ref, place)


def _told(world: World, sent: Sent) -> list[DestinationRule]:
    """The DestinationRules of which one holds for a sidecar's calls of the Service."""
    if sent.pods.dataplane is not Dataplane.SIDECAR or sent.service is None:
        return []
    return [
        each
        for each in world.found.destination_rules
        if _means(world, each.host, each.ref.namespace, sent.service)
        and (each.labels is None or subset(each.labels, sent.pods.labels))
    ]


def _means(world: World, host: str, namespace: str, service: KubeService) -> bool:
    """Whether a host of that namespace's objects stands for the Service."""
    name, home = service.ref.name, service.ref.namespace
    whole = host_of(world, name, home)
    if host.startswith("*"):
        return whole.endswith(host[1:])
    return host in (f"{name}.{home}", f"{name}.{home}.svc", whole) or (host == name and namespace == home)


def _routed(world: World, sent: Sent) -> Iterator[Step]:
    service = sent.service
    in_ambient = sent.pods.dataplane is Dataplane.AMBIENT
    if service is None or service.headless or (in_ambient and not service.waypoint):
        return
    for each in world.found.virtual_services:
        inside = not each.gateways or "mesh" in each.gateways
        if inside and any(_means(world, host, each.ref.namespace, service) for host in each.hosts):
            yield from _by_first(world, sent, each.ref, each.rules)
    rules = [
        (route.ref, rule)
        for route in world.found.routes
        if any(_is_of(route.ref, parent, service) for parent in route.parents)
        for rule in route.rules
        if _speaks(rule, sent.request)
    ]
    taking = [(ref, rule) for ref, rule in rules if _takes(rule, sent) is not False]
    for ref, rule in taking:
        yield from _led(world, sent, ref, rule)
    if rules and not taking:
        yield _step(Layer.ROUTE, Verdict.REFUSED, "no rule of the route takes the call: it gets a 404", rules[0][0])


def _is_of(ref: Ref, parent: object, service: KubeService) -> bool:
    kind, name = getattr(parent, "kind", ""), getattr(parent, "name", "")
    place = (getattr(parent, "namespace", "") or ref.namespace, name)
    port = getattr(parent, "port", 0)
    numbers = {each.number for each in service.ports}
    return kind == "Service" and place == (service.ref.namespace, service.ref.name) and port in (0, *numbers)


def _speaks(rule: TrafficRule, request: Request | None) -> bool:
    return (rule.protocol in ("http", "grpc")) == (request is not None)


def _by_first(world: World, sent: Sent, ref: Ref, rules: Sequence[TrafficRule]) -> Iterator[Step]:
    """The first rule that takes a call holds for it."""
    own = [rule for rule in rules if _speaks(rule, sent.request)]
    for rule in own:
        taken = _takes(rule, sent)
        if taken is None:
            words = "whether this rule takes the call: it looks at what is not judged here"
            yield _step(Layer.ROUTE, Verdict.UNKNOWN, words, ref, rule.where)
        if taken is not False:
            yield from _led(world, sent, ref, rule)
            return
    if own:
        yield _step(Layer.ROUTE, Verdict.REFUSED, "no rule takes the call: it gets a 404", ref, "spec.http")


def _takes(rule: TrafficRule, sent: Sent) -> bool | None:
    """Whether a rule takes the call; None where that cannot be judged."""
    found = [_matches(match, sent) for match in rule.matches]
    if True in found or not found:
        return True
    return None if None in found else False


def _matches(match: RouteMatch, sent: Sent) -> bool | None:
    numbers = {each.number for each in sent.service.ports} if sent.service else set()
    if not subset(match.source_labels, sent.pods.labels) or (match.port and match.port not in numbers):
        return False
    if match.gateways and "mesh" not in match.gateways:
        return False
    request = sent.request
    if request is not None:
        methods = match.methods or (match.method,)
        if methods != ("",) and request.method not in methods:
            return False
        path = request.path.partition("?")[0]
        if match.path_type in _KNOWN_PATHS and not takes_path(match, path):
            return False
    unread = set(match.others) - ({"method"} if match.methods else set())  # a pattern that lists methods is read
    return None if unread or match.path_type not in _KNOWN_PATHS else True


def _led(world: World, sent: Sent, ref: Ref, rule: TrafficRule) -> Iterator[Step]:
    for words in rule.changes:
        yield _step(Layer.ROUTE, Verdict.UNKNOWN, f"the route changes the call ({words})", ref, rule.where)
    if rule.destinations and not any(_is_there(world, sent, ref, to) for to in rule.destinations):
        names = ", ".join(to.host for to in rule.destinations)
        yield _step(Layer.ROUTE, Verdict.REFUSED, f"the route leads the call to {names}", ref, rule.where)


def _is_there(world: World, sent: Sent, ref: Ref, to: Destination) -> bool:
    """Whether a destination leads to the callee's pods."""
    assert sent.service
    home = to.namespace or ref.namespace
    if to.kind == "Service" and _means(world, to.host, home, sent.service):
        return True
    return any(_means(world, to.host, home, each) and sent.callee in world.pods_of(each) for each in world.services)


def _step(layer: Layer, verdict: Verdict, words: str, by: Ref | None, where: str = "") -> Step:
    return Step(layer=layer, verdict=verdict, words=words, by=by, where=where)
