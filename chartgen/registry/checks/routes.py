"""Routes beside each other: two that claim one call, one that opens what another guards, prefixes that a trick
passes."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from chartgen.registry.checks.paths import EVERYTHING, NORMALISE, is_open, prefix
from chartgen.registry.checks.subject import Finding, Platform

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chartgen.registry.mesh import Route
    from chartgen.registry.service import Path

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def competing_routes(platform: Platform) -> Iterator[Finding]:
    """Routes that claim the same path of the same host with the same method."""
    yield from _competing(platform)


def _competing(platform: Platform) -> Iterator[Finding]:
    owners: dict[tuple[str, str, str], Route] = {}
    for route in platform.gateway.routes if platform.gateway else ():
        told: set[Path] = set()
        for host, path, method in _claimed(route, platform):
            other = owners.setdefault((host, path, method), route)
            if other is not route and other.path not in told:
                told.add(other.path)
                yield Finding(
                    code="CG713",
                    path=_place(route, path),
                    message=f'{method} {path} of "{host}" is in two routes: "{other.service}", "{route.service}"',
                    hint="give each its own paths or methods, or make one route of them",
                    first=_place(other, path),
                )


def _claimed(route: Route, platform: Platform) -> Iterator[tuple[str, str, str]]:
    hosts = route.hosts or (platform.gateway.hosts if platform.gateway else ())
    return product(hosts, route.paths or (EVERYTHING,), route.methods or _METHODS)


def _place(route: Route, path: str) -> Path:
    return (*route.path, "paths", route.paths.index(path)) if path in route.paths else route.path


def opened_routes(platform: Platform) -> Iterator[Finding]:
    """Routes that let through what narrower ones guard."""
    if not _checks_tokens(platform) or any(_competing(platform)):
        return
    wider: dict[tuple[str, str, str], list[Route]] = {}
    for route in platform.gateway.routes if platform.gateway else ():
        for path in route.paths or (EVERYTHING,):
            if prefix(path):
                wider.setdefault((route.service, route.port, path), []).append(route)
    for guarded in platform.gateway.routes if platform.gateway else ():
        yield from _opened(guarded, wider, platform)


def _opened(guarded: Route, wider: dict[tuple[str, str, str], list[Route]], platform: Platform) -> Iterator[Finding]:
    for path in guarded.paths or (EVERYTHING,):
        for above in _above(path):
            for route in wider.get((guarded.service, guarded.port, above), ()):
                if route is not guarded and _meet(route, guarded, platform) and not _demands_as_much(route, guarded):
                    yield Finding(
                        code="CG714",
                        path=_place(route, above),
                        message=f'the route lets through {path} of "{guarded.service}", where another asks more',
                        hint="list its paths, or give it the same roles and claims",
                        first=_place(guarded, path),
                    )


def _above(path: str) -> Iterator[str]:
    """The prefixes that admit all of the path, itself among them."""
    if prefix(path):
        yield path
    parts = path.removesuffix("/*").split("/")
    for length in range(len(parts) - 1, 0, -1):
        above = "/".join(parts[:length]) + EVERYTHING
        if above != path:
            yield above


def _meet(first: Route, second: Route, platform: Platform) -> bool:
    """Whether a call can be of both routes, by its method and its host; of one path, a single host is the exception
    from a wildcard that is meant."""
    if first.methods and second.methods and not {*first.methods} & {*second.methods}:
        return False
    known = platform.gateway.hosts if platform.gateway else ()
    return any(_covers(one, other) for one in first.hosts or known for other in second.hosts or known)


def _covers(host: str, other: str) -> bool:
    return host == other or (host.startswith("*.") and other.removeprefix("*").endswith(host[1:]))


def _demands_as_much(route: Route, other: Route) -> bool:
    """Whether whoever may pass the one may pass the other too."""
    if other.public:
        return True
    return not route.public and all(
        any(mine.path == claim.path and {*mine.values} <= {*claim.values} for mine in route.claims)
        for claim in other.claims
    )


def _checks_tokens(platform: Platform) -> bool:
    return bool(platform.mesh and platform.mesh.jwt)


def tricked_prefixes(platform: Platform) -> Iterator[Finding]:
    """Prefixes that lead past what guards the rest of the service."""
    if platform.mesh is None or platform.gateway is None or platform.mesh.normalises:
        return
    of_port: dict[tuple[str, str], list[Route]] = {}
    for route in platform.gateway.routes:
        of_port.setdefault((route.service, route.port), []).append(route)
    for routes in of_port.values():
        strictest = _distinct(routes)
        for route in routes:
            yield from _tricked(route, strictest)


def _distinct(routes: Sequence[Route]) -> list[Route]:
    """One route of each set of demands."""
    found = {(route.public, route.claims): route for route in reversed(routes)}
    return list(found.values())


def _tricked(route: Route, others: Sequence[Route]) -> Iterator[Finding]:
    if is_open(route.paths):
        return
    passed = next((other for other in others if not _demands_as_much(route, other)), None)
    for index, path in enumerate(route.paths):
        if not prefix(path) or not (route.public or passed):
            continue
        why = "without a token" if route.public else "with less than another route asks"
        yield Finding(
            code="CG715",
            path=(*route.path, "paths", index),
            message=f'{path[:-1]}..%2f passes for {path}, so all of "{route.service}" can be called {why}',
            hint=NORMALISE,
        )
