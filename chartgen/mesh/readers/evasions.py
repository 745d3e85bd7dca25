"""What takes a pod's calls past its sidecar, beside the ports that it does not capture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chartgen.mesh.shape import Part

PROXY_USER = 1337
"""Whose calls the sidecar's own rules let pass: they are taken for the proxy's."""

_PROXYLESS = frozenset({"grpc-agent", "grpc-simple"})


def found(spec: Part, annotations: Mapping[str, str]) -> Iterator[str]:
    """Each of them, in words."""
    if annotations.get("sidecar.istio.io/interceptionMode") == "NONE":
        yield "interceptionMode NONE: nothing leads its calls through the proxy"
    for name in sorted(
        _PROXYLESS & {each.strip() for each in annotations.get("inject.istio.io/templates", "").split(",")}
    ):
        yield f"the template {name} has no proxy"
    ranges = [
        each.strip() for each in annotations.get("traffic.sidecar.istio.io/excludeOutboundIPRanges", "").split(",")
    ]
    if any(ranges):
        yield f"calls to {', '.join(filter(None, ranges))} leave past the proxy (excludeOutboundIPRanges)"
    for where, context in _contexts(spec):
        for key in ("runAsUser", "runAsGroup"):
            if context[key].value == PROXY_USER:
                yield f"{where} runs as the proxy ({key} {PROXY_USER}): its calls leave past it"


def _contexts(spec: Part) -> Iterator[tuple[str, Part]]:
    yield "it", spec["securityContext"]
    for container in spec["containers"].mappings():
        name = container["name"].text()
        if name != "istio-proxy":
            yield f"container {name}", container["securityContext"]
