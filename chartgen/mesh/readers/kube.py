"""Kubernetes' own objects, read: pods and Services as a mesh sees them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chartgen.mesh.model import Dataplane, KubeService, PodPort, ServicePort, Workload
from chartgen.mesh.objects import Addresses
from chartgen.mesh.readers import evasions
from chartgen.mesh.shape import Part
from chartgen.registry.past_proxies import STATUS_PORT, captures_nothing, leaves_probes, second_networks

POD_KINDS: Mapping[str, tuple[str, ...]] = {
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "ReplicationController": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "Pod": (),
}
_PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
INJECT = "sidecar.istio.io/inject"
REVISION = "istio.io/rev"
AGENT_PORTS = frozenset({15020, 15021, 15090})
"""Ports of the sidecar itself, which its own rules do not guard."""

PROTOCOLS = frozenset({"tcp", "udp", "grpc", "grpc-web", "http", "http_proxy", "http2", "https", "tls", "mongo"}) | {
    "redis",
    "mysql",
}
_STANDARD = {"kubernetes.io/h2c": "http2", "kubernetes.io/ws": "http", "kubernetes.io/wss": "https"}
_TCP_PORTS = frozenset({25, 53, 3306, 27017})
HTTP = frozenset({"http", "http2", "http_proxy", "grpc", "grpc-web"})
"""The protocols that Istio reads as HTTP."""


def read_workload(top: Part, namespace: Mapping[str, str], assumed: Dataplane) -> Workload:
    """The pods that the object makes; `namespace`: the labels of its namespace."""
    template = top
    for key in POD_KINDS[top.ref.kind]:
        template = template[key]
    metadata, spec = template["metadata"], template["spec"]
    labels = metadata["labels"].labels()
    annotations = metadata["annotations"].labels()
    host_network = spec["hostNetwork"].truth()
    dataplane = Dataplane.NONE if host_network else _dataplane(labels, annotations, namespace, assumed)
    captured, uncaptured = _capture(dataplane, annotations)
    return Workload(
        ref=top.ref,
        account=spec["serviceAccountName"].text() or spec["serviceAccount"].text() or "default",
        labels=labels,
        ports=tuple(_ports(spec)),
        dataplane=dataplane,
        host_network=host_network,
        uncaptured=uncaptured,
        captured=captured,
        evasions=tuple(evasions.found(spec, annotations, dataplane)),
        unjudged=evasions.unjudged(spec, annotations, dataplane),
        door=evasions.is_door(spec, annotations),
        owner=_owner(top["metadata"]),
        scraped=_scraped(annotations),
        waypoint=waypoint(labels, namespace, top.ref.namespace) if dataplane is Dataplane.AMBIENT else "",
        networks=second_networks(annotations),
        unprobed=_unprobed(spec) if dataplane is Dataplane.SIDECAR and leaves_probes(annotations) else frozenset(),
    )


def _unprobed(spec: Part) -> frozenset[int | str]:
    """The ports that probes ask by HTTP or gRPC; that something listens there is true of every captured port."""
    probes = [each[name] for each in spec["containers"].mappings() for name in _PROBES]
    asked = [probe["httpGet"]["port"].value for probe in probes] + [probe["grpc"]["port"].value for probe in probes]
    return frozenset(port for port in asked if isinstance(port, int | str) and not isinstance(port, bool))


def _scraped(annotations: Mapping[str, str]) -> tuple[str, str] | None:
    if annotations.get("prometheus.io/scrape") != "true":
        return None
    return annotations.get("prometheus.io/port", ""), annotations.get("prometheus.io/path", "/metrics")


def _owner(metadata: Part) -> tuple[str, str]:
    """The object that has made this one, in a cluster."""
    for each in metadata["ownerReferences"].mappings():
        if each["controller"].truth():
            return each["kind"].text(), each["name"].text()
    return "", ""


def _ports(spec: Part) -> Iterator[PodPort]:
    for port in _declared(spec):
        yield PodPort(
            number=port["containerPort"].number(),
            name=port["name"].text(),
            transport=port["protocol"].text("TCP"),
            host_port=port["hostPort"].number(),
        )


def _declared(spec: Part) -> Iterator[Part]:
    """Of its containers, and of the init containers that stay beside them."""
    stay = [each for each in spec["initContainers"].mappings() if each["restartPolicy"].value == "Always"]
    for container in (*spec["containers"].mappings(), *stay):
        yield from container["ports"].mappings()


def _numbers(text: str) -> frozenset[int]:
    return frozenset(int(each) for each in text.replace(" ", "").split(",") if _is_number(each))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20


def _capture(dataplane: Dataplane, annotations: Mapping[str, str]) -> tuple[frozenset[int] | None, frozenset[int]]:
    """The only ports that pass the proxy (None: all), and those that do not."""
    ambient = dataplane is Dataplane.AMBIENT
    if captures_nothing(annotations, ambient=ambient):
        return frozenset(), frozenset()
    if ambient:
        return None, frozenset()
    only = annotations.get("traffic.sidecar.istio.io/includeInboundPorts", "*").strip()
    excluded = _numbers(annotations.get("traffic.sidecar.istio.io/excludeInboundPorts", ""))
    agent = _numbers(annotations.get(STATUS_PORT, ""))
    return None if only == "*" else _numbers(only), AGENT_PORTS | excluded | agent


def _dataplane(
    labels: Mapping[str, str], annotations: Mapping[str, str], namespace: Mapping[str, str], assumed: Dataplane
) -> Dataplane:
    """As the injector and the node's agent take the labels of pod and namespace, in this order."""
    wanted = labels.get(INJECT, annotations.get(INJECT, ""))
    if wanted != "false" and _is_selected(labels, namespace):
        return Dataplane.SIDECAR
    mode = labels.get("istio.io/dataplane-mode", namespace.get("istio.io/dataplane-mode", ""))
    if mode == "ambient":
        return Dataplane.AMBIENT
    if wanted == "false" or "istio-injection" in namespace:
        return Dataplane.NONE if assumed is not Dataplane.AMBIENT else assumed
    return Dataplane.NONE if mode == "none" else assumed


def _is_selected(labels: Mapping[str, str], namespace: Mapping[str, str]) -> bool:
    """Whether one of the injector's webhooks takes the pod. They look at labels alone, first at the namespace's."""
    if "istio-injection" in namespace:
        return namespace["istio-injection"] == "enabled"
    return REVISION in namespace or REVISION in labels or labels.get(INJECT) == "true"


def brings_mesh(labels: Mapping[str, str]) -> bool:
    """Whether these labels, of a namespace or a pod, bring a mesh of whatever sort to pods."""
    enabled = labels.get("istio-injection") == "enabled" or labels.get(INJECT) == "true"
    return enabled or REVISION in labels or labels.get("istio.io/dataplane-mode") == "ambient"


def read_service(top: Part, namespace: Mapping[str, str]) -> KubeService:
    """The Service; `namespace`: the labels of its namespace."""
    spec, labels = top["spec"], top["metadata"]["labels"].labels()
    return KubeService(
        ref=top.ref,
        labels=labels,
        selector=spec["selector"].labels(),
        ports=tuple(_service_port(part) for part in spec["ports"].mappings()),
        waypoint=waypoint(labels, namespace, top.ref.namespace),
        opens=_opens(spec),
        ingress_waypoint={**namespace, **labels}.get("istio.io/ingress-use-waypoint") == "true",
        headless=spec["clusterIP"].text() == "None",
        shown_to=_shown_to(top["metadata"]["annotations"].labels().get("networking.istio.io/exportTo", "")),
    )


def read_addresses(top: Part) -> Addresses:
    """The EndpointSlice: whose it is, and where it leads."""
    return Addresses(
        ref=top.ref,
        service=top["metadata"]["labels"].labels().get("kubernetes.io/service-name", ""),
        addresses=tuple(each for part in top["endpoints"].mappings() for each in part["addresses"].texts()),
    )


def _opens(spec: Part) -> str:
    """What of a Service lets callers from outside in, or leads out."""
    kind = spec["type"].text()
    if kind in ("NodePort", "LoadBalancer", "ExternalName"):
        return f"type {kind}"
    return "externalIPs" if spec["externalIPs"].value else ""


def _shown_to(text: str) -> frozenset[str]:
    """The namespaces that the annotation names; all, where it names none."""
    return frozenset(text.replace(" ", "").split(",")) if text else frozenset({"*"})


def waypoint(labels: Mapping[str, str], namespace: Mapping[str, str], own: str) -> str:
    """The waypoint that the labels name, as namespace/name; empty for none."""
    found = labels if "istio.io/use-waypoint" in labels else namespace
    name = found.get("istio.io/use-waypoint", "none")
    return "" if name in ("none", "") else f"{found.get('istio.io/use-waypoint-namespace', own)}/{name}"


def _service_port(part: Part) -> ServicePort:
    number, name, transport = part["port"].number(), part["name"].text(), part["protocol"].text("TCP")
    target = part["targetPort"].value
    if isinstance(target, bool) or not isinstance(target, int | str) or target == "":
        target = number
    spoken = part["appProtocol"].text() or name
    return ServicePort(
        number=number,
        name=name,
        target=int(target) if isinstance(target, str) and _is_number(target) else target,
        protocol="udp" if transport == "UDP" else _protocol(spoken, number),
        transport=transport,
    )


def _protocol(name: str, port: int) -> str:
    """Istio's word for what a port speaks; empty where it looks at the traffic."""
    name = _STANDARD.get(name, name.lower())
    if name.startswith("grpc-web"):
        return "grpc-web"
    word = name.partition("-")[0]
    if word in PROTOCOLS:
        return word
    return "tcp" if port in _TCP_PORTS else ""
