"""What takes a pod's calls past its proxy, beside the ports that it does not capture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from chartgen.mesh.model import Dataplane
from chartgen.registry import past_proxies
from chartgen.registry.past_proxies import PROXY_USER, around_sidecar, around_ztunnel

if TYPE_CHECKING:
    from chartgen.mesh.shape import Part

PROXY = "istio-proxy"
"""The sidecar's container, and that of a gateway, which has no other."""


def found(spec: Part, annotations: Mapping[str, str], dataplane: Dataplane) -> Iterator[str]:
    """Each of them, in words."""
    if dataplane is Dataplane.AMBIENT:
        yield from (words for _, words in around_ztunnel(annotations))
    if dataplane is not Dataplane.SIDECAR or is_door(spec, annotations):
        return
    yield from (words for _, words in around_sidecar(annotations))
    for where, context in _contexts(spec):
        for key in ("runAsUser", "runAsGroup"):
            if context[key].value == PROXY_USER:
                yield f"{where} runs as the proxy ({key} {PROXY_USER}): its calls leave past it"


def unjudged(spec: Part, annotations: Mapping[str, str], dataplane: Dataplane) -> str:
    """Why nobody can say what the pod's proxy does with calls to it; empty where one can."""
    if dataplane is Dataplane.NONE or is_door(spec, annotations):
        return ""
    return past_proxies.unjudged(annotations, ambient=dataplane is Dataplane.AMBIENT)


def is_door(spec: Part, annotations: Mapping[str, str]) -> bool:
    """Whether the pod is a gateway: a proxy, and nothing else."""
    named = annotations.get("inject.istio.io/templates", "").strip() == "gateway"
    return named and {each["name"].text() for each in spec["containers"].mappings()} <= {PROXY}


def _contexts(spec: Part) -> Iterator[tuple[str, Part]]:
    yield "it", spec["securityContext"]
    for container in spec["containers"].mappings():
        name = container["name"].text()
        if name != PROXY:
            yield f"container {name}", container["securityContext"]
