"""What an Envoy does with a call: a workload's own, or a waypoint's."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from chartgen.mesh import authentication, authorization, network, paths
from chartgen.mesh.facts import Chain, Facts, address, as_address, principal
from chartgen.mesh.model import Caller, Layer, Request, Step, Verdict, Workload, worst
from chartgen.mesh.objects import AuthorizationPolicy, RequestAuthentication
from chartgen.mesh.readers.kube import HTTP
from chartgen.mesh.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """The policies that it holds. `host`: of requests that name none."""

    policies: tuple[AuthorizationPolicy, ...]
    requests: tuple[RequestAuthentication, ...]
    host: str
    _ready: dict[tuple[Chain, bool], authorization.Enforced] = field(default_factory=dict)

    def enforced(self, world: World, chain: Chain, dry_run: bool) -> authorization.Enforced:
        """The policies as a chain has them."""
        if (chain, dry_run) not in self._ready:
            ready = authorization.enforced(self.policies, chain, world.assumed, dry_run)
            self._ready[chain, dry_run] = ready
        return self._ready[chain, dry_run]


def judge(
    world: World, proxy: Proxy, facts: Facts, protocols: frozenset[str], request: Request | None, dry_run: bool
) -> tuple[Step, ...]:
    """JWT and authorization, for a port for which Services name these protocols."""
    chains = _chains(protocols, request, not facts.principal)
    if not chains:
        return (_refused("the proxy takes this port for HTTP: bytes that are no request are answered 400"),)
    return agreed([_at(world, proxy, facts, chain, request, dry_run) for chain in chains])


def agreed(answers: list[tuple[Step, ...]]) -> tuple[Step, ...]:
    """The one answer; where the proxy may take the call in several ways, and they differ, nobody knows."""
    if len(answers) == 1 or len({worst(step.verdict for step in steps) for steps in answers}) == 1:
        return answers[0]
    words = "the proxy may take this call in several ways (HTTP, TCP), and they differ"
    return (Step(layer=Layer.AUTHORIZATION, verdict=Verdict.UNKNOWN, words=words), *answers[0][:-1])


def _chains(protocols: frozenset[str], request: Request | None, plain: bool) -> list[Chain]:
    """How the proxy may take the call. Without a protocol it looks at the traffic, and whether it takes `plain` text
    with a path that is none for a request depends on how it arrives."""
    found = set()
    for protocol in protocols or ("",):
        if protocol in HTTP:
            found |= {Chain.HTTP} if request is not None else set()
        elif protocol or request is None:
            found.add(Chain.TCP)
        else:
            found |= {Chain.HTTP, Chain.TCP} if plain and not paths.is_path(request.path) else {Chain.HTTP}
    return sorted(found)


def _at(
    world: World, proxy: Proxy, facts: Facts, chain: Chain, request: Request | None, dry_run: bool
) -> tuple[Step, ...]:
    jwt: tuple[Step, ...] = ()
    if chain is Chain.HTTP and request is not None:
        seen = authentication.judge(proxy.requests, request)
        facts = _with_request(facts, request, seen, world.assumed.normalization, proxy.host)
        if not facts.path:
            return (_refused("the request's path is none: the proxy answers 400"),)
        jwt = (seen.step,) if seen else ()
    return (*jwt, authorization.judge(proxy.enforced(world, chain, dry_run), facts))


def facts_of(world: World, caller: Caller, port: int) -> Facts:
    """What every proxy knows of a call to that port."""
    who, where = caller.identity, address(caller)
    domain = world.assumed.trust_domain
    return Facts(
        port=port,
        principal=principal(who, domain),
        account=(who.namespace, who.account) if who else None,
        trust_domain=(who.trust_domain or domain) if who else "",
        address=where,
        remote=where,
        closely=world.closely,
    )


def _with_request(
    facts: Facts, request: Request, seen: authentication.Taken | None, how: paths.Normalization, host: str
) -> Facts:
    """The facts, with those of a request whose token was looked at."""
    headers = seen.headers if seen else request.headers
    forwarded = headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    unsure = frozenset[str]() if seen or request.token is None else frozenset({"authorization"})
    return replace(
        facts,
        method=request.method,
        path=paths.compared(request.path, how),
        query=paths.query(request.path),
        host=request.host or host,
        headers=headers,
        unsure=seen.unsure if seen else unsure,
        remote=as_address(forwarded) if forwarded else facts.remote,
        claims=seen.claims if seen else None,
        claims_known=seen.claims_known if seen else True,
    )


def network_steps(world: World, caller: Caller, callee: Workload, port: int) -> tuple[Step, ...]:
    """What the network policies of the caller and of the callee say; the caller's only where it is a pod."""
    source = network.End(namespace=caller.namespace, labels=caller.labels, address=caller.address)
    target = network.End(
        namespace=callee.namespace, labels=callee.labels, ports=callee.ports, host_network=callee.host_network
    )
    inward = network.ingress(world, source, target, port)
    return (network.egress(world, source, target, port), inward) if caller.namespace else (inward,)


def host_of(world: World, name: str, namespace: str) -> str:
    """The full name of a Service."""
    return f"{name}.{namespace}.svc.{world.assumed.cluster_domain}"


def _refused(words: str) -> Step:
    return Step(layer=Layer.AUTHORIZATION, verdict=Verdict.REFUSED, words=words)
