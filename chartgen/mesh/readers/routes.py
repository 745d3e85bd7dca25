"""Doors and the routes of the Gateway API, read."""

from __future__ import annotations

from collections.abc import Iterator

from chartgen.mesh.shape import Part
from chartgen.mesh.traffic import (
    ISTIOS_OWN,
    CorsRule,
    Destination,
    Gateway,
    Listener,
    Parent,
    Route,
    RouteMatch,
    TrafficRule,
)

_WAYPOINT = "istio-waypoint"
_RULE = ("name", "matches", "filters", "backendRefs", "timeouts", "retry")
_CHANGING = {
    "URLRewrite": "rewrites the URL",
    "RequestHeaderModifier": "changes the request's headers",
    "ResponseHeaderModifier": "changes the response's headers",
}
_HARMLESS = ("CORS", "RequestMirror", "RequestRedirect")
"""Filters that are read elsewhere, or change nothing of who may call."""


def istio_gateway(spec: Part) -> Gateway:
    """A door of Istio's own API."""
    spec.only("selector", "servers")
    return Gateway(
        ref=spec.ref,
        listeners=tuple(_server(part) for part in spec["servers"].mappings()),
        selector=spec["selector"].labels(),
    )


def _server(part: Part) -> Listener:
    port, tls = part["port"], part["tls"]
    part.only("port", "hosts", "tls", "name")
    port.only("number", "protocol", "name")
    tls.only("httpsRedirect", "mode", "credentialName")
    return Listener(
        name=port["name"].text(),
        port=port["number"].number(),
        protocol=port["protocol"].text(),
        hosts=part["hosts"].texts(),
        tls=tls["mode"].text("redirect" if tls["httpsRedirect"].truth() else ""),
        secret=tls["credentialName"].text(),
        routes_from=", ".join(sorted({_namespace(host) for host in part["hosts"].texts()} - {".", part.ref.namespace})),
    )


def _namespace(host: str) -> str:
    """Whose VirtualServices a server takes for a host."""
    return host.rpartition("/")[0] or "*"


def gateway(top: Part) -> Gateway:
    """A door, or a waypoint, of the Gateway API."""
    spec, metadata = top["spec"], top["metadata"]
    labels, of_pods = metadata["labels"].labels(), spec["infrastructure"]["labels"]
    class_name = spec["gatewayClassName"].text()
    named = metadata["annotations"]["gateway.istio.io/service-account"].text()
    name = metadata["annotations"]["gateway.istio.io/name-override"].text() or top.ref.name
    return Gateway(
        ref=top.ref,
        listeners=tuple(_listener(part) for part in spec["listeners"].mappings()),
        class_name=class_name,
        labels=labels,
        pod_labels=of_pods.labels() if of_pods.given else labels,
        account=named or (name if class_name == _WAYPOINT or name != top.ref.name else f"{name}-{class_name}"),
    )


def _listener(part: Part) -> Listener:
    tls, host = part["tls"], part["hostname"].text()
    secrets = [each["name"].text() for each in tls["certificateRefs"].mappings()]
    return Listener(
        name=part["name"].text(),
        port=part["port"].number(),
        protocol=part["protocol"].text(),
        hosts=(host,) if host else (),
        tls=tls["mode"].text("Terminate") if tls.given else "",
        secret=secrets[0] if secrets else "",
        routes_from=part["allowedRoutes"]["namespaces"]["from"].text("Same").replace("Same", ""),
    )


def route(spec: Part) -> Route:
    """A route of the Gateway API."""
    return Route(
        ref=spec.ref,
        parents=tuple(_parent(part) for part in spec["parentRefs"].mappings()),
        hosts=spec["hostnames"].texts(),
        rules=tuple(_rule(part) for part in spec["rules"].mappings()),
    )


def _parent(part: Part) -> Parent:
    return Parent(
        kind=part["kind"].text("Gateway"),
        name=part["name"].text(),
        group=part["group"].text("gateway.networking.k8s.io"),
        namespace=part["namespace"].text(),
        section=part["sectionName"].text(),
        port=part["port"].number(),
    )


def _rule(part: Part) -> TrafficRule:
    timeouts, retry = part["timeouts"], part["retry"]
    part.only(*_RULE)
    filters = [each for place in (part, *part["backendRefs"].mappings()) for each in place["filters"].mappings()]
    return TrafficRule(
        where=part.where,
        name=part["name"].text(),
        protocol={"HTTPRoute": "http", "GRPCRoute": "grpc", "TLSRoute": "tls"}.get(part.ref.kind, "tcp"),
        matches=tuple(_match(each) for each in part["matches"].mappings()),
        destinations=tuple(_backend(each) for each in part["backendRefs"].mappings()),
        timeout=timeouts["request"].text(),
        per_try_timeout=timeouts["backendRequest"].text(),
        attempts=retry["attempts"].number(ISTIOS_OWN) if retry.given else None,
        retry_on=tuple(str(each.value) for each in retry["codes"].items()),
        redirects=any(each["type"].value == "RequestRedirect" for each in part["filters"].mappings()),
        mirrors=tuple(
            _backend(each["requestMirror"]["backendRef"]) for each in filters if each["type"].value == "RequestMirror"
        ),
        cors=next((_cors(each["cors"]) for each in filters if each["type"].value == "CORS"), None),
        changes=tuple(words for each in filters for words in _changes(each)),
    )


def _cors(part: Part) -> CorsRule:
    part.only("allowOrigins", "allowMethods", "allowHeaders", "exposeHeaders", "allowCredentials", "maxAge")
    return CorsRule(
        origins=tuple(("", origin) for origin in part["allowOrigins"].texts()),
        methods=part["allowMethods"].texts(),
        headers=part["allowHeaders"].texts(),
        expose_headers=part["exposeHeaders"].texts(),
        credentials=part["allowCredentials"].truth(),
        max_age=f"{part['maxAge'].number()}s" if part["maxAge"].given else "",
    )


def _changes(part: Part) -> Iterator[str]:
    """What a filter does with calls; one that is not known is noted."""
    kind = part["type"].text()
    if kind in _CHANGING:
        yield f"{part.where} {_CHANGING[kind]}"
    elif kind not in _HARMLESS:
        part["type"].problem(f'"{kind}" is no filter that can be judged here')
    redirect = part["requestRedirect"]
    if kind == "RequestRedirect" and (
        redirect["scheme"].text() != "https" or set(redirect.mapping()) - {"scheme", "statusCode"}
    ):
        yield f"{part.where} redirects elsewhere than to https"


def _match(part: Part) -> RouteMatch:
    method = part["method"]
    if isinstance(method.value, str) or not method.given:
        path = part["path"]
        return RouteMatch(
            path=path["value"].text("/" if path.given else ""),
            path_type=path["type"].text("PathPrefix") if path.given else "",
            method=method.text(),
            others=tuple(key for key in ("headers", "queryParams") if key in part.mapping()),
        )
    called = "/".join(("", method["service"].text(), method["method"].text()))
    return RouteMatch(
        path=called,
        path_type=method["type"].text("Exact"),
        others=tuple(key for key in part.mapping() if key != "method"),
    )


def _backend(part: Part) -> Destination:
    return Destination(
        host=part["name"].text(),
        port=part["port"].number(),
        weight=part["weight"].number() if part["weight"].given else None,
        kind=part["kind"].text("Service"),
        namespace=part["namespace"].text(),
        where=part.where,
    )
