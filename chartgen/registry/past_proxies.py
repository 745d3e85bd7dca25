"""Annotations that lead a pod's calls past its proxy, or make another thing of the proxy: no policy holds then. A
registry may not have them, and a proof finds them in manifests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import yaml

from chartgen import loader

PROXY_USER = 1337
"""Who the sidecar runs as: the calls of that user are taken for its own, and not captured."""

SIDECAR_TEMPLATE = "sidecar"
STATUS_PORT = "status.sidecar.istio.io/port"
"""Says where the sidecar's agent answers: a port that is not captured, whatever else listens on it."""
AGENT_PORT = "15020"
"""Where it does if nothing is said."""

CONFIG = "proxy.istio.io/config"

PROBES = "sidecar.istio.io/rewriteAppHTTPProbers"
"""Whether the kubelet's probes are led to the sidecar's agent, which asks the program in its place."""

NETWORKS = "k8s.v1.cni.cncf.io/networks"
"""Interfaces beside that of the cluster's network. Neither NetworkPolicies nor proxies see what comes by them."""

_OF_ISTIO = "istio-cni"
"""The network by which Istio's own CNI plugin is run where Multus runs them: no interface comes with it."""

_Judge: TypeAlias = Callable[[str], str]

_HARMLESS = frozenset(
    {"concurrency", "holdApplicationUntilProxyStarts", "drainDuration", "terminationDrainDuration"}
) | {
    "tracing",
    "zipkinAddress",
    "extraStatTags",
    "proxyStatsMatcher",
    "statNameLength",
    "statsdUdpAddress",
    "envoyMetricsService",
    "envoyAccessLogService",
    "fileFlushInterval",
    "fileFlushMinSizeKb",
    "readinessProbe",
    "image",
}
"""Fields of ProxyConfig that change neither what is captured nor what is enforced."""

_HARMLESS_VARIABLES = frozenset(
    {"EXIT_ON_ZERO_ACTIVE_CONNECTIONS", "MINIMUM_DRAIN_DURATION", "ISTIO_META_DNS_CAPTURE", "ISTIO_META_IDLE_TIMEOUT"}
)


def around_sidecar(notes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each annotation that leads calls past a sidecar, beside the ports that it does not capture, and how it does."""
    yield from _found(notes, _SIDECAR)


def around_ztunnel(notes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each annotation that keeps calls from the node's ztunnel, and how it does."""
    yield from _found(notes, _ZTUNNEL)


def unjudged(notes: Mapping[str, str], *, ambient: bool) -> str:
    """Why nobody can say what the proxy does with calls to the pod; empty where one can."""
    if captures_nothing(notes, ambient=ambient):
        return ""
    found = around_ztunnel(notes) if ambient else around_sidecar(notes)
    return next((words for key, words in found if key not in _OF_OWN_CALLS), "")


def captures_nothing(notes: Mapping[str, str], *, ambient: bool) -> bool:
    """Whether no call to the pod passes the proxy, whatever its port."""
    if ambient:
        out = "sidecar.istio.io/status" in notes or notes.get("ambient.istio.io/redirection") == "disabled"
        return out or is_true(notes.get("ambient.istio.io/bypass-inbound-capture", ""))
    mode = notes.get("sidecar.istio.io/interceptionMode", _fields(notes.get(CONFIG, "")).get("interceptionMode"))
    return bool(mode == "NONE")


def uncaptured(notes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each annotation that takes ports away from the proxy. What it leaves open depends on the port."""
    yield from _found(notes, _PORTS)


def leaves_probes(notes: Mapping[str, str]) -> bool:
    """Whether the kubelet's probes come as they are: a port that takes mutual TLS alone refuses them."""
    return notes.get(PROBES, "").strip() in ("0", "f", "F", "FALSE", "false", "False")


def second_networks(notes: Mapping[str, str]) -> tuple[str, ...]:
    """The names of a pod's networks beside the cluster's."""
    text = notes.get(NETWORKS, "").strip()
    found = _listed(text) if text.startswith("[") else [each.partition("@")[0] for each in text.split(",")]
    names = (each.strip().rpartition("/")[2] for each in found)
    return tuple(name for name in names if name not in ("", _OF_ISTIO))


def _listed(text: str) -> list[str]:
    """Of a list of objects; the text itself where it is none, for nobody knows what comes of it."""
    try:
        found = loader.load(text)[0]
    except yaml.YAMLError:
        return [text]
    return [str(each.get("name", "")) if isinstance(each, dict) else str(each) for each in found]


def _found(notes: Mapping[str, str], judges: Mapping[str, _Judge]) -> Iterator[tuple[str, str]]:
    for key, judge in judges.items():
        words = judge(notes[key].strip()) if key in notes else ""
        if words:
            yield key, words


def _if_given(words: str) -> _Judge:
    return lambda value: words.format(", ".join(value.replace(",", " ").split())) if value else ""


def _interception(value: str) -> str:
    return "interceptionMode NONE: nothing leads its calls through the proxy" if value == "NONE" else ""


def _templates(value: str) -> str:
    """Istio's own `sidecar` is the only one that is known to capture what a pod's other containers send and get."""
    others = [name for each in value.split(",") if (name := each.strip()) != SIDECAR_TEMPLATE]
    return f"the template {', '.join(others)} is not Istio's sidecar: nobody knows what it captures" if others else ""


def _ranges(value: str) -> str:
    if value == "*":
        return ""
    return (
        f"only calls to {value} pass the proxy (includeOutboundIPRanges)"
        if value
        else "none of its calls passes the proxy"
    )


def _config(value: str) -> str:
    fields = _fields(value)
    if fields.get("interceptionMode") == "NONE":
        return _interception("NONE")
    variables = fields.get("proxyMetadata")
    odd = [str(key) for key in fields if key not in {*_HARMLESS, "interceptionMode", "proxyMetadata"}]
    odd += [str(key) for key in variables if key not in _HARMLESS_VARIABLES] if isinstance(variables, dict) else []
    return f"its proxy has {', '.join(odd)} of its own ({CONFIG}), which is not judged here" if odd else ""


def _fields(config: str) -> Mapping[str, Any]:
    """Of a ProxyConfig; none of what is no YAML: Istio's webhook refuses the pod then."""
    try:
        found = loader.load(config)[0]
    except yaml.YAMLError:
        return {}
    return found if isinstance(found, dict) else {}


def is_true(value: str) -> bool:
    """As Go reads it."""
    return value in ("1", "t", "T", "TRUE", "true", "True")


_INTERFACES = _if_given("what comes from the interface {} passes for calls of its own")
_SIDECAR: Mapping[str, _Judge] = {
    "sidecar.istio.io/interceptionMode": _interception,
    "inject.istio.io/templates": _templates,
    "traffic.sidecar.istio.io/includeOutboundIPRanges": _ranges,
    "traffic.sidecar.istio.io/excludeOutboundIPRanges": _if_given(
        "calls to {} leave past the proxy (excludeOutboundIPRanges)"
    ),
    "traffic.sidecar.istio.io/excludeOutboundPorts": _if_given(
        "calls to {} leave past the proxy (excludeOutboundPorts)"
    ),
    "traffic.sidecar.istio.io/excludeInterfaces": _if_given("calls by way of {} pass the proxy by (excludeInterfaces)"),
    "traffic.sidecar.istio.io/kubevirtInterfaces": _INTERFACES,
    "istio.io/reroute-virtual-interfaces": _INTERFACES,
    "sidecar.istio.io/bootstrapOverride": _if_given("its proxy starts as ConfigMap {} says, which is not judged here"),
    "sidecar.istio.io/discoveryAddress": _if_given("its proxy asks {} for policies, and not the mesh's istiod"),
    "sidecar.istio.io/proxyImage": _if_given("its proxy is {}, which nobody knows"),
    CONFIG: _config,
}
"""Not includeOutboundPorts, which adds to what is captured."""

_OF_OWN_CALLS = frozenset(key for key in _SIDECAR if "Outbound" in key)
"""What these say is of the calls that a pod makes, not of those that it gets."""

_ZTUNNEL: Mapping[str, _Judge] = {
    "sidecar.istio.io/status": _if_given("it passes for a pod with a sidecar, and its node leaves it out of the mesh"),
    "ambient.istio.io/redirection": lambda value: "its node leaves it out of the mesh" if value == "disabled" else "",
    "istio.io/reroute-virtual-interfaces": _INTERFACES,
}
_PORTS: Mapping[str, _Judge] = {
    "traffic.sidecar.istio.io/includeInboundPorts": lambda value: (
        "" if value == "*" else "only some ports are captured"
    ),
    "traffic.sidecar.istio.io/excludeInboundPorts": _if_given("port {} is not captured"),
    STATUS_PORT: lambda value: f"port {value} is not captured" if value not in ("", "0", AGENT_PORT) else "",
    "ambient.istio.io/bypass-inbound-capture": lambda value: "no port is captured" if is_true(value) else "",
}
