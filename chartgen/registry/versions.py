"""Versions: several workloads behind the Services of one service."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chartgen.registry.service import Version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chartgen.registry.service import Edge, Service


def with_versions(service: Service, raw: Sequence[Mapping[str, Any]], workloads: Sequence[Service]) -> Service:
    """The service with its versions, sorted by name: its edges are theirs, united."""
    versions = [
        Version(
            name=data["name"], weight=data.get("weight"), workload=_named(workload, data["name"]), path=workload.path
        )
        for data, workload in zip(raw, workloads, strict=True)
    ]
    ordered = tuple(sorted(versions, key=lambda version: version.name))
    return replace(service, versions=ordered, edges=_united([version.workload for version in ordered]))


def _named(workload: Service, version: str) -> Service:
    """The workload under its own name; the Services are those of the whole."""
    name = f"{workload.name}-{version}"
    return replace(workload, name=name, of=workload.name, version=version, fronts=())


def _united(workloads: Sequence[Service]) -> tuple[Edge, ...]:
    """One edge to each target that a version calls. It is required where a version that is on requires it, and waits
    where one waits; it admits what one of them may call."""
    found: dict[str, Edge] = {}
    for workload in workloads:
        for edge in workload.edges:
            mine = edge if workload.enabled else replace(edge, optional=True)
            found[edge.target] = _both(found[edge.target], mine) if edge.target in found else mine
    return tuple(found[target] for target in sorted(found))


def _both(first: Edge, second: Edge) -> Edge:
    return replace(
        first,
        ports=tuple(dict.fromkeys((*first.ports, *second.ports))),
        startup=first.startup or second.startup,
        optional=first.optional and second.optional,
        publishes=tuple(sorted({*first.publishes, *second.publishes})),
        subscribes=tuple(sorted({*first.subscribes, *second.subscribes})),
        methods=_either(first.methods, second.methods),
        paths=_either(first.paths, second.paths),
        traffic=first.traffic or second.traffic,
        token=first.token and second.token,
        path=first.path if not first.optional else second.path,
    )


def _either(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    """What one of two narrowings lets through; empty is all."""
    return tuple(dict.fromkeys((*first, *second))) if first and second else ()
