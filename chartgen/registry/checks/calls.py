"""What dependencies say of their calls: narrowed, bounded in time, repeated, cut off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from chartgen.registry.checks.paths import NORMALISE, is_open, misread, prefix
from chartgen.registry.checks.subject import Draft, Finding, Platform, sort_of
from chartgen.registry.durations import milliseconds
from chartgen.registry.mesh import Mode
from chartgen.registry.pod import Port
from chartgen.registry.service import Edge, Path, Service
from chartgen.registry.wording import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chartgen.registry.model import Node

OF_HTTP = ("methods", "paths", "token", "timeout", "retries")
SAID = frozenset({*OF_HTTP, "circuitBreaker"})
"""What a dependency can say of its calls."""

REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
"""Methods whose calls may be made twice."""

_LIMITS_OF_REQUESTS = ("maxPendingRequests", "maxRequests", "maxRequestsPerConnection")
_EJECTION = ("interval", "ejectionTime", "maxEjectionPercent")
RETRIES_OF_ROUTES = (1, 7)
"""The Gateway API whose routes have retries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A dependency that says something of its calls: who has it, where it stands, its long form and its target."""

    caller: Draft
    path: Path
    data: Mapping[str, Any]
    node: Node | None

    @property
    def title(self) -> str:
        """The dependency in a message."""
        return f'the dependency of {self.caller.title} on "{self.data["node"]}"'

    @property
    def ports(self) -> Sequence[Port]:
        """The ports that it opens."""
        edge = self.edge
        return [port for port in self.node.ports if edge and port.name in edge.ports] if self.node else []

    @property
    def edge(self) -> Edge | None:
        """What the model has of it."""
        return next((edge for edge in self.caller.service.edges if edge.target == self.data["node"]), None)


@lru_cache(maxsize=1)  # a dozen rules ask, one after the other
def declared(platform: Platform) -> tuple[Declared, ...]:
    """Every dependency that says something of its calls, once; those of versions among them."""
    return tuple(_declared(platform))


def _declared(platform: Platform) -> Iterator[Declared]:
    for draft in platform.workloads:
        for each in (draft, *draft.versions):
            for index, edge in enumerate(each.data.get("dependencies", ())):
                place = edge.get("place", ("dependencies", index))
                if edge.keys() & SAID and (each is draft or place[0] == "versions"):
                    path = (*draft.home, *place)
                    yield Declared(caller=each, path=path, data=edge, node=platform.nodes.get(edge["node"]))


def unreadable_calls(platform: Platform) -> Iterator[Finding]:
    """Words of HTTP on calls that are none, or that are not between services."""
    for call in declared(platform):
        if call.node is None:
            continue
        if not isinstance(call.node, Service):
            yield from _of_no_service(call, call.node)
        elif others := [port for port in call.ports if not port.speaks_http]:
            yield from _of_no_http(call, others)
        elif not call.ports:
            yield from _of_no_port(call)
        else:
            yield from _of_grpc(call)


def _of_no_service(call: Declared, node: Node) -> Iterator[Finding]:
    for key in sorted(call.data.keys() & SAID):
        yield Finding(
            code="CG716",
            path=(*call.path, key),
            key=True,
            message=f'"{key}" is for calls to services, and "{node.name}" is one of the {sort_of(node)}s',
            hint="remove it",
        )


def _of_no_http(call: Declared, others: Sequence[Port]) -> Iterator[Finding]:
    readable = [port.name for port in call.ports if port.speaks_http]
    words = listed([f'"{port.name}" ({port.protocol})' for port in others])
    for key in (key for key in OF_HTTP if key in call.data):
        yield Finding(
            code="CG716",
            path=(*call.path, key),
            key=True,
            message=f'"{key}" is a matter of HTTP, and {call.title} opens {words}',
            hint=f"name the ports that it is for: ports: [{', '.join(readable)}]" if readable else "remove it",
        )


def _of_no_port(call: Declared) -> Iterator[Finding]:
    key = min(call.data.keys() & SAID)
    message = f"{call.title} opens no port, so there are no calls"
    yield Finding(code="CG716", path=(*call.path, key), key=True, message=message, hint="remove it")


def _of_grpc(call: Declared) -> Iterator[Finding]:
    methods = call.data.get("methods", ())
    grpc = [port for port in call.ports if port.protocol == "grpc"]
    if methods and grpc and "POST" not in methods:
        yield Finding(
            code="CG716",
            path=(*call.path, "methods"),
            message=f'{call.title} opens "{grpc[0].name}", whose calls (grpc) are all POST',
            hint="leave methods out, add POST, or leave the port out; a path is /<package>.<Service>/<Method>",
        )


def misread_paths(platform: Platform) -> Iterator[Finding]:
    """Paths of dependencies that proxies read in another way."""
    for call in declared(platform):
        for index, path in enumerate(call.data.get("paths", ())):
            if wrong := misread(path):
                message = f'the path "{path}" {wrong[0]}'
                yield Finding(code="CG712", path=(*call.path, "paths", index), message=message, hint=wrong[1])


def tricked_prefixes(platform: Platform) -> Iterator[Finding]:
    """Prefixes that narrow a dependency less than they say (a warning, told once: one setting mends all). gRPC takes
    names of methods as they come, so there is no trick."""
    if platform.mesh is None or platform.mesh.normalises:
        return
    found = [(call, index) for call in declared(platform) for index in _tricked(call)]
    if found:
        call, index = found[0]
        path = call.data["paths"][index]
        others = f" (and {len(found) - 1:,} more such paths)" if len(found) > 1 else ""
        yield Finding(
            code="CG739",
            path=(*call.path, "paths", index),
            message=f'{path[:-1]}..%2f passes for {path}, so {call.caller.title} may call all of "{call.data["node"]}"'
            f" with it{others}",
            hint=NORMALISE,
        )


def _tricked(call: Declared) -> Sequence[int]:
    """Which paths of the dependency are prefixes of what a service may read in another way."""
    paths = call.data.get("paths", ())
    readers = [port for port in call.ports if port.speaks_http and port.protocol != "grpc"]
    return [index for index, path in enumerate(paths) if prefix(path)] if readers and not is_open(paths) else ()


def retries(platform: Platform) -> Iterator[Finding]:
    """Retries that have no time, or no call that they may repeat."""
    for call in declared(platform):
        said = call.data.get("retries", {})
        attempts, timeout = said.get("attempts", 0), call.data.get("timeout", "")
        each = said.get("perTryTimeout", "")
        if each and timeout and max(attempts, 1) * milliseconds(each) > milliseconds(timeout):
            tries = f"{attempts} times {each}" if attempts > 1 else each
            yield Finding(
                code="CG717",
                path=(*call.path, "retries", "perTryTimeout"),
                message=f"{tries} is longer than the timeout of {timeout}",
                hint="shorten the tries, or give the call longer",
            )
        methods = call.data.get("methods", ())
        only_grpc = bool(call.ports) and all(port.protocol == "grpc" for port in call.ports)
        if attempts and (only_grpc or (methods and not REPEATABLE & {*methods})):
            words = "calls of gRPC are POST" if only_grpc else f"{listed(list(methods))} may not be repeated"
            message = f"{call.title} has retries, but {words}"
            hint = "remove retries: what is not idempotent is never repeated"
            yield Finding(code="CG717", path=(*call.path, "retries"), key=True, message=message, hint=hint)


def retries_at_the_waypoint(platform: Platform) -> Iterator[Finding]:
    """Retries in words that routes of the Gateway API do not have."""
    mesh = platform.mesh
    if mesh is None or mesh.mode is not Mode.AMBIENT:
        return
    for call in declared(platform):
        said = call.data.get("retries", {})
        if said.get("attempts") and mesh.gateway_api_version < RETRIES_OF_ROUTES:
            major, minor = mesh.gateway_api_version
            yield Finding(
                code="CG717",
                path=(*call.path, "retries"),
                key=True,
                message=f"in ambient mode routes carry retries, and those of Gateway API {major}.{minor} have none",
                hint='write mesh.gatewayApiVersion: "1.7", and update its definitions; or remove retries',
            )
        for index, condition in enumerate(said.get("conditions", ())):
            if not isinstance(condition, int):
                yield Finding(
                    code="CG717",
                    path=(*call.path, "retries", "conditions", index),
                    message=f'"{condition}" is a condition of sidecars; in ambient mode there are status codes alone',
                    hint="write codes, such as 503; connections that fail are tried again anyway",
                )


def breakers(platform: Platform) -> Iterator[Finding]:
    """Circuit breakers that limit what is not there, or eject nobody."""
    for call in declared(platform):
        said = call.data.get("circuitBreaker", {})
        path = (*call.path, "circuitBreaker")
        for key in _EJECTION if "consecutiveErrors" not in said else ():
            if key in said:
                message = f'"{key}" says how pods that fail are left alone, and nothing says when they are'
                hint = "add consecutiveErrors, or remove it"
                yield Finding(code="CG719", path=(*path, key), key=True, message=message, hint=hint)
        unread = bool(call.ports) and not any(port.speaks_http for port in call.ports)
        for key in _LIMITS_OF_REQUESTS if unread else ():
            if key in said:
                message = f'"{key}" counts requests of HTTP, and {call.title} opens no port that speaks it'
                yield Finding(code="CG719", path=(*path, key), key=True, message=message, hint="use maxConnections")


def timeouts(platform: Platform) -> Iterator[Finding]:
    """Timeouts that are longer than the one with which the caller itself is called."""
    given = _given(platform)
    for call in declared(platform):
        timeout = call.data.get("timeout")
        shortest = given.get(call.caller.service.app) if timeout else None
        if timeout and shortest and milliseconds(timeout) > shortest[0]:
            yield Finding(
                code="CG718",
                path=(*call.path, "timeout"),
                message=f"the call may take {timeout}, but {shortest[1]}",
                hint="make it shorter, or give the caller longer",
            )


def _given(platform: Platform) -> dict[str, tuple[int, str]]:
    """Service → the shortest time that callers give it, and who does."""
    found: dict[str, tuple[int, str]] = {}

    def note(name: str, timeout: str, who: str) -> None:
        time = milliseconds(timeout)
        if name not in found or time < found[name][0]:
            found[name] = time, f'{who} gives "{name}" {timeout}'

    for call in declared(platform):
        if "timeout" in call.data and isinstance(call.node, Service):
            note(call.node.name, call.data["timeout"], f'"{call.caller.service.app}"')
    for route in platform.gateway.routes if platform.gateway else ():
        if route.timeout:
            note(route.service, route.timeout, "a route of the gateway")
    return found


def callers_that_differ(platform: Platform) -> Iterator[Finding]:
    """In ambient mode, callers of one port that want its calls to behave differently."""
    if platform.mesh is None or platform.mesh.mode is not Mode.AMBIENT:
        return
    first: dict[tuple[str, str], tuple[Draft, Edge]] = {}
    told: set[tuple[str, str]] = set()
    for draft, edge in _called(platform):
        for port in edge.ports:
            other, theirs = first.setdefault((edge.target, port), (draft, edge))
            if theirs.traffic != edge.traffic and (draft.title, edge.target) not in told:
                told.add((draft.title, edge.target))
                yield Finding(
                    code="CG720",
                    path=edge.path,
                    message=f'{draft.title} and {other.title} call "{edge.target}" with different timeouts, retries or '
                    "circuit breakers, which its waypoint cannot tell apart",
                    hint="write the same in both dependencies",
                )


def _called(platform: Platform) -> Iterator[tuple[Draft, Edge]]:
    """Calls to services, those first that say how they behave."""
    edges = [
        (draft, edge)
        for draft in platform.workloads
        for edge in draft.service.edges
        if isinstance(platform.nodes.get(edge.target), Service)
    ]
    said = {edge.target for _, edge in edges if edge.traffic}
    return ((draft, edge) for draft, edge in edges if edge.target in said)


def versions_that_differ(platform: Platform) -> Iterator[Finding]:
    """Versions of a service that call another one in different ways."""
    for draft in platform.drafts:
        first: dict[str, tuple[Draft, Edge]] = {}
        for version in draft.versions:
            for edge in version.service.edges:
                other, theirs = first.setdefault(edge.target, (version, edge))
                if _ways(theirs) != _ways(edge):
                    own = edge if "versions" in edge.path else theirs
                    yield Finding(
                        code="CG721",
                        path=own.path,
                        message=f'{version.title} calls "{edge.target}" in another way than {other.title} does',
                        hint="write the same methods, paths, token, timeout, retries and circuitBreaker",
                    )


def _ways(edge: Edge) -> tuple[object, ...]:
    return frozenset(edge.methods), frozenset(edge.paths), edge.token, edge.traffic
