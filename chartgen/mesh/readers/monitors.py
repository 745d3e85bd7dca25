"""PodMonitors and ServiceMonitors of the Prometheus operator, read."""

from __future__ import annotations

import re

from chartgen.mesh.objects import Endpoint, Monitor
from chartgen.mesh.readers.network import read_selector
from chartgen.mesh.shape import Part

ENDPOINTS = {"PodMonitor": "podMetricsEndpoints", "ServiceMonitor": "endpoints"}
_TO_PORT = re.compile(r"(?:\$1|\$\{1\}):([0-9]{1,5})")


def read(spec: Part) -> Monitor:
    """Whom the monitoring reads, and where."""
    kind = spec.ref.kind
    named = spec["namespaceSelector"]
    everywhere = named["any"].truth()
    return Monitor(
        ref=spec.ref,
        selector=read_selector(spec["selector"]),
        endpoints=tuple(_endpoint(part, kind) for part in spec[ENDPOINTS[kind]].mappings()),
        namespaces=None if everywhere else frozenset(named["matchNames"].texts() or (spec.ref.namespace,)),
    )


def _endpoint(part: Part, kind: str) -> Endpoint:
    name, number, target = part["port"].text(), part["portNumber"].number(), part["targetPort"].value
    port: int | str = name or number
    if not port and isinstance(target, int | str):
        port = target
    return Endpoint(
        where=part.where,
        port=port,
        path=part["path"].text("/metrics"),
        of_service=kind == "ServiceMonitor" and bool(name),
        rewritten=_rewritten(part["relabelings"]),
    )


def _rewritten(relabelings: Part) -> int:
    """The port to which the address is changed. What else is changed of where to read is noted."""
    found = 0
    for part in relabelings.mappings():
        target = part["targetLabel"].text()
        port = _TO_PORT.fullmatch(part["replacement"].text())
        if target == "__address__" and port:
            found = int(port[1])
        elif target in ("__address__", "__metrics_path__", "__scheme__"):
            part.problem(f"changes {target} in a way that is not judged here")
    return found
