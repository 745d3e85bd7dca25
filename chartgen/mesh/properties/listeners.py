"""P1 at the door's listeners: with a certificate, what comes in plain is led to https and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from chartgen.mesh.subject import Finding, Subject
from chartgen.mesh.traffic import RouteMatch

if TYPE_CHECKING:
    from chartgen.mesh.model import Ref
    from chartgen.mesh.traffic import Gateway as Rendered
    from chartgen.mesh.traffic import Listener, Parent, Route, TrafficRule
    from chartgen.registry.mesh import Gateway

_ENCRYPTED = ("HTTPS", "TLS")
_REDIRECT = "redirect"


def is_led(route: Route, gateway: Gateway, doors: Sequence[Rendered]) -> bool:
    """Whether calls that come in as declared, with the certificate where there is one, meet the route."""
    return any(_is_safe(each, gateway) for door in doors for each in taking(route, door))


def taking(route: Route, door: Rendered) -> list[Listener]:
    """The listeners that a route is attached to: those that its parents name, and of one that names none all of them;
    and whose host is one of its own."""
    parents = [each for each in route.parents if _is_to(each, route, door)]
    return [
        each
        for each in door.listeners
        if any(parent.section in ("", each.name) and parent.port in (0, each.port) for parent in parents)
        and _share(each.hosts, route.hosts)
    ]


def _is_to(parent: Parent, route: Route, door: Rendered) -> bool:
    home = parent.namespace or route.ref.namespace
    return parent.kind == "Gateway" and (home, parent.name) == (door.ref.namespace, door.ref.name)


def _share(listened: Sequence[str], routed: Sequence[str]) -> bool:
    """Whether they have a host in common; none are all."""
    return not (listened and routed) or any(_meet(a.lower(), b.lower()) for a in listened for b in routed)


def _meet(one: str, other: str) -> bool:
    return one == other or _is_below(one, other) or _is_below(other, one)


def _is_below(host: str, wild: str) -> bool:
    return wild.startswith("*.") and host.endswith(wild[1:])


def _is_safe(listener: Listener, gateway: Gateway) -> bool:
    return not gateway.tls or listener.protocol in _ENCRYPTED


def plain(subject: Subject, gateway: Gateway, doors: Sequence[Rendered]) -> Iterator[Finding]:
    """Where hosts have a certificate: rules that lead calls in clear past it, hosts that are not led to https, and
    redirects to what is called already."""
    routes = [(route, taking(route, door)) for route in subject.world.found.routes for door in doors]
    for route, listeners in routes:
        for rule in route.rules:
            for each in listeners:
                words = _wrong(gateway, rule, each)
                if words:
                    on = f"listener {each.name or each.port}, port {each.port}"
                    yield Finding(
                        code="CG751",
                        words=f"{route.ref}: {rule.where} {words} ({on})",
                        hint="parentRefs[].sectionName says which listener a route is attached to",
                        path=gateway.path,
                        ref=route.ref,
                    )
    if gateway.tls:
        yield from _unled(subject, gateway, doors)


def _wrong(gateway: Gateway, rule: TrafficRule, listener: Listener) -> str:
    if rule.redirects:
        return "leads calls to https that came with it" if not gateway.tls or _is_safe(listener, gateway) else ""
    return "" if _is_safe(listener, gateway) else "takes calls in clear, past the certificate"


def _unled(subject: Subject, gateway: Gateway, doors: Sequence[Rendered]) -> Iterator[Finding]:
    """Hosts that are served with TLS answer on port 80 with a redirect."""
    for door in doors:
        for each in door.listeners:
            if not door.class_name and not _is_safe(each, gateway) and each.tls != _REDIRECT:
                words = f"{door.ref}: listener {each.name or each.port} takes calls in clear, past the certificate"
                yield Finding(code="CG751", words=words, path=gateway.path, ref=door.ref)
    led = [host for door in doors for host in _redirected(subject, gateway, door)]
    for host in gateway.hosts:
        if host not in led:
            words = f"http://{host} is not led to https"
            yield Finding(code="CG751", words=words, path=gateway.path)


def _redirected(subject: Subject, gateway: Gateway, door: Rendered) -> Iterator[str]:
    for each in door.listeners:
        if each.tls == _REDIRECT:
            yield from (host.rpartition("/")[2] for host in each.hosts)
    for route in subject.world.found.routes:
        on_plain = any(not _is_safe(each, gateway) for each in taking(route, door))
        if on_plain and any(rule.redirects and _is_whole(rule) for rule in route.rules):
            yield from route.hosts


def _is_whole(rule: TrafficRule) -> bool:
    """Whether the rule takes every request."""
    every = (RouteMatch(), RouteMatch(path="/", path_type="PathPrefix"))
    return not rule.matches or any(match in every for match in rule.matches)


def other_doors(subject: Subject, gateway: Gateway, doors: Sequence[Rendered]) -> Iterator[Finding]:
    """Routes of a door that the registry does not declare: it may call as the declared one, and take any host."""
    known = {(each.ref.namespace, each.ref.name) for each in doors}
    for ref, place in _attached(subject):
        rendered = subject.world.gateway(*place)
        if place not in known and not (rendered and rendered.is_waypoint):
            words = f"{ref} is attached to Gateway {'/'.join(place)}, a door that the registry does not declare"
            yield Finding(code="CG751", words=words, hint=f"the door is {gateway.name}", path=gateway.path, ref=ref)


def _attached(subject: Subject) -> Iterator[tuple[Ref, tuple[str, str]]]:
    """(route, the door that it names)."""
    for route in subject.world.found.routes:
        for parent in route.parents:
            if parent.kind == "Gateway":
                yield route.ref, (parent.namespace or route.ref.namespace, parent.name)
    for service in subject.world.found.virtual_services:
        for home, _, name in (each.rpartition("/") for each in service.gateways):
            if name != "mesh":
                yield service.ref, (home or service.ref.namespace, name)
