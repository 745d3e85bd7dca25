"""P16: retries, timeouts, and calls that must not be made twice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from chartgen.mesh.grants import NAME
from chartgen.mesh.model import Dataplane
from chartgen.mesh.subject import Finding, Subject
from chartgen.mesh.traffic import RouteMatch

if TYPE_CHECKING:
    from chartgen.mesh.model import Ref
    from chartgen.mesh.traffic import TrafficRule

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
"""Calls that can be made twice."""

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|h|m|s)")
_ISTIOS_OWN = 2
"""How often Istio tries again where nothing is said."""


def traffic(subject: Subject) -> Iterator[Finding]:
    """Every rule of a route that asks too often, or waits too long."""
    found = subject.world.found
    for service in found.virtual_services:
        for rule in service.rules:
            if rule.protocol == "http":
                attempts = _ISTIOS_OWN if rule.attempts is None else rule.attempts
                yield from _rule(subject, service.ref, service.hosts, rule, attempts)
    for route in found.routes:
        for rule in route.rules:
            yield from _rule(subject, route.ref, (), rule, rule.attempts or 0)
    yield from _unsaid(subject)


def _rule(subject: Subject, ref: Ref, hosts: Sequence[str], rule: TrafficRule, attempts: int) -> Iterator[Finding]:
    methods = {each for match in rule.matches or (RouteMatch(),) for each in _methods(subject, hosts, match)}
    if attempts and not methods <= _SAFE and not rule.redirects:
        what = ", ".join(sorted(methods - _SAFE)) if "" not in methods else "every method"
        yield _told(ref, f"{rule.where} tries {what} again: a call that is not idempotent may be made twice")
    timeout, each = seconds(rule.timeout), seconds(rule.per_try_timeout)
    if timeout and each and (attempts + 1) * each > timeout:
        tries = f"{attempts + 1} tries of {rule.per_try_timeout}"
        yield _told(ref, f"{rule.where}: {tries} are longer than the timeout {rule.timeout}")


def _methods(subject: Subject, hosts: Sequence[str], match: RouteMatch) -> tuple[str, ...]:
    """The methods of the requests that a match takes; an empty text for all. Of a caller whose calls are narrowed, no
    others get through."""
    named = match.methods or (match.method,)
    caller = match.source_labels.get(NAME)
    if named != ("",) or not caller or not subject.expected:
        return named
    callees = {host.partition(".")[0] for host in hosts}
    grants = [grant for grant in subject.expected.called.get(caller, ()) if grant.callee in callees and grant.http]
    narrow = bool(grants) and all(grant.methods for grant in grants)
    return tuple(method for grant in grants for method in grant.methods) if narrow else named


def _told(ref: Ref, words: str) -> Finding:
    return Finding(code="CG766", words=f"{ref}: {words}", ref=ref)


def _unsaid(subject: Subject) -> Iterator[Finding]:
    """Sidecars try again by themselves where no route says otherwise."""
    expected = subject.expected
    if not expected or not expected.registry.mesh:
        return
    said = {host.partition(".")[0] for each in subject.world.found.virtual_services for host in each.hosts}
    for node in subject.nodes.values():
        called = {grant.port for grant in node.grants if grant.is_declared and grant.http}
        sidecars = any(workload.dataplane is Dataplane.SIDECAR for workload in node.workloads)
        if called and sidecars and node.callee and node.callee.pods_are_made and node.name not in said:
            words = (
                f"nothing says how calls to {node.name} are tried again: Istio tries every one {_ISTIOS_OWN} times more"
            )
            yield Finding(code="CG766", words=words, path=node.callee.path)


def seconds(text: str) -> float:
    """A duration of Istio's or the Gateway API's, in seconds; 0 for none."""
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
