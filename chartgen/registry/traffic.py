"""What a dependency says of its calls: which of them, and how they behave. Long form → model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chartgen.registry.mesh import CircuitBreaker, Retries, Traffic

if TYPE_CHECKING:
    from collections.abc import Mapping

_QUIET = Traffic()

_BREAKER = {
    "maxConnections": "max_connections",
    "maxPendingRequests": "max_pending_requests",
    "maxRequests": "max_requests",
    "maxRequestsPerConnection": "max_requests_per_connection",
    "consecutiveErrors": "consecutive_errors",
    "interval": "interval",
    "ejectionTime": "ejection_time",
    "maxEjectionPercent": "max_ejection_percent",
}


def build_traffic(edge: Mapping[str, Any]) -> Traffic:
    """How the calls of an edge in long form behave."""
    if not edge.keys() & {"timeout", "retries", "circuitBreaker"}:
        return _QUIET
    return Traffic(
        timeout=edge.get("timeout", ""),
        retries=_retries(edge["retries"]) if "retries" in edge else None,
        circuit_breaker=_breaker(edge["circuitBreaker"]) if "circuitBreaker" in edge else None,
    )


def _retries(data: Mapping[str, Any]) -> Retries:
    return Retries(
        attempts=data["attempts"],
        per_try_timeout=data.get("perTryTimeout", ""),
        on=tuple(str(condition) for condition in data.get("conditions", ())),
    )


def _breaker(data: Mapping[str, Any]) -> CircuitBreaker:
    return CircuitBreaker(**{_BREAKER[key]: value for key, value in data.items()})
