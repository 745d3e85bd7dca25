"""What more than one chart reads, under `global`: Helm hands only that down to every subchart."""

from __future__ import annotations

from collections.abc import Iterator

from chartgen.emit import shapes
from chartgen.emit.entries import Entry, Group, Value, entry_with_default
from chartgen.emit.service import TEST_IMAGE
from chartgen.emit.yaml import Writable, to_json
from chartgen.engines.engine import Way
from chartgen.registry.controllers import controllers
from chartgen.registry.kubernetes import GATEWAY_NAME
from chartgen.registry.mesh import DOOR_LABELS, Gateway, GatewayApi, Mesh
from chartgen.registry.model import Datastore, Registry

INGRESS_NAMESPACE = "istio-ingress"
"""Where Istio's own ingress gateway is usually installed, and its account's name there."""

_ABOUT_SCRAPE = (
    "How the monitoring finds the pods: annotations (prometheus.io/…), podMonitor (an object of its own) or none."
)
_MONITORING: list[Writable] = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]


def shared_values(registry: Registry) -> Group:
    """All of `global`."""
    return Group("global", (*_everywhere(registry), *_mesh_and_gateway(registry), *_provisions(registry)))


def _everywhere(registry: Registry) -> Iterator[Entry]:
    yield Value("imageRegistry", '""', shapes.TEXT, "Host that takes the place of every image's own, as a mirror does.")
    yield entry_with_default(
        "imagePullSecrets",
        registry.images.pull_secrets,
        shapes.NAMES,
        "Names of the Secrets that images are pulled with.",
    )
    isolate = Value("enabled", "true", shapes.FLAG, "Isolate every pod: only declared calls pass.")
    yield Group("networkPolicy", (isolate,))
    ingress = entry_with_default(
        "from", _door(registry), shapes.PEERS, "Who may reach exposed services: NetworkPolicy peers. Empty: anyone."
    )
    yield Group("ingress", (ingress,))
    if any(service.metrics for service in registry.services):
        yield Group("monitoring", _monitoring())
    about = "Image of the test pods: busybox, for its wget and nc."
    image = entry_with_default("image", TEST_IMAGE, shapes.TEXT, about)
    flag = Value("enabled", "false", shapes.FLAG, "Render the test pods for `helm test`, and let them in.")
    yield Group("helmTest", (flag, image))


def _monitoring() -> tuple[Value, ...]:
    return (
        Value("scrape", to_json("annotations"), shapes.SCRAPE, _ABOUT_SCRAPE),
        entry_with_default("from", _MONITORING, shapes.PEERS, "Who may read the metrics: NetworkPolicy peers."),
    )


def _door(registry: Registry) -> list[Writable]:
    """The gateway's pods, where it is known which they are: Istio deploys those of a Gateway beside it."""
    gateway = registry.gateway
    if gateway and gateway.api is GatewayApi.ISTIO:
        return [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": INGRESS_NAMESPACE}}}]
    if gateway and deployed_beside(gateway):
        return [{"podSelector": {"matchLabels": {GATEWAY_NAME: gateway.name}}}]
    return []


def deployed_beside(gateway: Gateway) -> bool:
    """Whether the gateway's pods stand beside the Gateway, under its name, as Istio deploys them."""
    return gateway.api is GatewayApi.GATEWAY and gateway.class_name == "istio"


def _mesh_and_gateway(registry: Registry) -> Iterator[Entry]:
    if registry.mesh:
        measured = any(service.metrics for service in registry.services)
        yield Group("mesh", tuple(_mesh(registry.mesh, registry.gateway, measured=measured)))
    if registry.gateway:
        yield Group("gateway", (_of_gateway(registry.gateway),))


def _of_gateway(gateway: Gateway) -> Value:
    if gateway.api is GatewayApi.GATEWAY:
        about = "The GatewayClass that makes pods of the Gateway."
        return entry_with_default("className", gateway.class_name, shapes.DOMAIN, about)
    about = "Labels of the pods of Istio's ingress gateway, which the Gateway is for."
    return entry_with_default("selector", dict(DOOR_LABELS), shapes.SELECTOR, about)


def _mesh(mesh: Mesh, gateway: Gateway | None, *, measured: bool) -> Iterator[Entry]:
    how = "serviceAccounts" if mesh.names_accounts else "principals"
    about = "How policies name callers: serviceAccounts (Istio 1.25 and later) or principals, with the trust domain."
    yield entry_with_default("trustDomain", mesh.trust_domain, shapes.DOMAIN, "The mesh's trust domain.")
    yield Value("namespace", '""', shapes.LABEL_OR_NONE, "The platform's namespace. Empty: the release's.")
    yield entry_with_default("identity", how, shapes.one_of(("serviceAccounts", "principals")), about)
    istiod = entry_with_default("namespace", "istio-system", shapes.LABEL, "Where istiod runs.")
    yield Group("controlPlane", (istiod,))
    yield Group("ingress", tuple(_ingress(gateway)))
    if measured:
        scraper = (
            entry_with_default("namespace", "monitoring", shapes.LABEL, "Where the monitoring runs."),
            entry_with_default("serviceAccount", "prometheus", shapes.DOMAIN, "The account that reads the metrics."),
        )
        yield Group("scraper", scraper)


def _ingress(gateway: Gateway | None) -> Iterator[Entry]:
    beside = gateway is not None and gateway.api is GatewayApi.GATEWAY
    default = "" if beside else INGRESS_NAMESPACE
    about = "Where the gateway's pods are. Empty: the platform's namespace."
    of_pods = "The account of the gateway's pods." + (" Empty: GATEWAY-CLASS, as Istio names it." if beside else "")
    yield entry_with_default("namespace", default, shapes.LABEL_OR_NONE, about)
    account = shapes.DOMAIN_OR_NONE if beside else shapes.DOMAIN
    yield entry_with_default("serviceAccount", default, account, of_pods)


def _provisions(registry: Registry) -> Iterator[Group]:
    """How each datastore is provided, and where the operators are: callers read it as well as the datastore."""
    if registry.datastores:
        yield Group("datastores", tuple(Group(store.name, tuple(_provision(store))) for store in registry.datastores))
    found = tuple(
        Group(each.name, (entry_with_default("namespace", each.namespace, shapes.LABEL, f"Where {each.title} runs."),))
        for each in controllers(registry)
    )
    if found:
        yield Group("operators", found)


def _provision(store: Datastore) -> Iterator[Value]:
    about = f"How {store.engine.title} is provided: {' or '.join(store.ways)}."
    yield Value("provision", to_json(store.default), shapes.one_of(store.ways), about)
    external = store.offer(Way.EXTERNAL)
    if external:
        port = external.ports[store.ports[0].name]
        yield Value("host", to_json(external.host), shapes.HOST, "Where it is, if it is external.")
        yield Value("port", str(port), shapes.PORT, "Its port, if it is external.")
