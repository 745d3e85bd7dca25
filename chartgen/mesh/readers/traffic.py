"""Istio's objects of traffic, read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chartgen.mesh.readers.kube import PROTOCOLS
from chartgen.mesh.readers.scope import read_labels
from chartgen.mesh.shape import Part
from chartgen.mesh.traffic import (
    CorsRule,
    Destination,
    DestinationRule,
    EgressHost,
    RouteMatch,
    ServiceEntry,
    Sidecar,
    Subset,
    TrafficRule,
    VirtualService,
)

_WORDS = re.compile(r"[A-Z]+(\|[A-Z]+)*")
_PATHS = {"exact": "Exact", "prefix": "Prefix", "regex": "RegularExpression"}
_DONE = ("rewrite", "fault", "headers", "redirect", "directResponse", "delegate")
"""What a rule may do with calls beside leading them to a service."""

_KNOWN = {
    "http": (
        *("name", "match", "route", "timeout", "retries", "corsPolicy", *_DONE),
        *("mirror", "mirrors", "mirrorPercent", "mirrorPercentage", "mirror_percent"),
    ),
    "tls": ("match", "route"),
    "tcp": ("match", "route"),
}
_POLICY = ("tls", "connectionPool", "outlierDetection", "loadBalancer")
"""What a DestinationRule says of calls; how it shares them among the pods of a host is no matter here."""

_MATCHES = ("uri", "method", "port", "sourceLabels", "gateways", "name")


def sidecar(spec: Part) -> Sidecar:
    """What some proxies know of."""
    spec.only("workloadSelector", "ingress", "egress", "outboundTrafficPolicy")
    spec["outboundTrafficPolicy"].only("mode")
    egress = tuple(host for listener in spec["egress"].mappings() for host in _egress(listener))
    return Sidecar(
        ref=spec.ref,
        labels=_selector(spec["workloadSelector"]),
        egress=egress if spec["egress"].given else None,
        mode=spec["outboundTrafficPolicy"]["mode"].text(),
    )


def _egress(listener: Part) -> Iterator[EgressHost]:
    listener.only("hosts")
    for item in listener["hosts"].items():
        namespace, slash, host = item.text().partition("/")
        if not slash or not namespace or not host:
            item.problem(f'"{item.value}" is no namespace/host')
            continue
        yield EgressHost(namespace=namespace, host=host)


def _selector(part: Part) -> dict[str, str] | None:
    """`labels` of the networking objects; newer ones have `matchLabels`."""
    if not part.given:
        return None
    if "matchLabels" in part.mapping():
        return read_labels(part)
    part.only("labels")
    return dict(part["labels"].labels())


def virtual_service(spec: Part) -> VirtualService:
    """Where calls to some hosts lead, and how."""
    spec.only("hosts", "gateways", "http", "tls", "tcp", "exportTo")
    rules = tuple(_rule(part, "http") for part in spec["http"].mappings())
    rules += tuple(_rule(part, "tls") for part in spec["tls"].mappings())
    rules += tuple(_rule(part, "tcp") for part in spec["tcp"].mappings())
    return VirtualService(
        ref=spec.ref,
        hosts=spec["hosts"].texts(),
        gateways=spec["gateways"].texts(),
        rules=rules,
        export_to=spec["exportTo"].texts(),
    )


def _rule(part: Part, protocol: str) -> TrafficRule:
    retries = part["retries"]
    part.only(*_KNOWN[protocol])
    return TrafficRule(
        where=part.where,
        name=part["name"].text(),
        protocol=protocol,
        matches=tuple(_match(each) for each in part["match"].mappings()),
        destinations=tuple(_destination(each) for each in part["route"].mappings()),
        timeout=part["timeout"].text(),
        attempts=retries["attempts"].number() if retries.given else None,
        per_try_timeout=retries["perTryTimeout"].text(),
        retry_on=tuple(each for each in retries["retryOn"].text().split(",") if each),
        redirects=part["redirect"].given or part["directResponse"].given or part["delegate"].given,
        mirrors=tuple(_mirrors(part)),
        cors=_cors(part["corsPolicy"]) if part["corsPolicy"].given else None,
        changes=tuple(_changes(part)),
    )


def _mirrors(part: Part) -> Iterator[Destination]:
    copies = [part["mirror"], *(each["destination"] for each in part["mirrors"].mappings())]
    yield from (_place(each, each) for each in copies if each.given)


def _cors(part: Part) -> CorsRule:
    part.only("allowOrigins", "allowMethods", "allowHeaders", "exposeHeaders", "allowCredentials", "maxAge")
    origins = (origin for each in part["allowOrigins"].mappings() for origin in each.entries())
    return CorsRule(
        origins=tuple((kind, text.text()) for kind, text in origins),
        methods=part["allowMethods"].texts(),
        headers=part["allowHeaders"].texts(),
        expose_headers=part["exposeHeaders"].texts(),
        credentials=part["allowCredentials"].truth(),
        max_age=part["maxAge"].text(),
    )


def _changes(part: Part) -> Iterator[str]:
    yield from (key for key in _DONE if part[key].given)
    yield from (each["headers"].where for each in part["route"].mappings() if each["headers"].given)


def _match(part: Part) -> RouteMatch:
    uri, method = part["uri"], part["method"]
    kind = next((key for key in _PATHS if key in uri.mapping()), "")
    return RouteMatch(
        path=uri[kind].text() if kind else "",
        path_type=_PATHS.get(kind, ""),
        method=method["exact"].text(),
        methods=_listed(method["regex"].text()),
        port=part["port"].number(),
        source_labels=part["sourceLabels"].labels(),
        gateways=part["gateways"].texts(),
        others=tuple(
            key
            for key in part.mapping()
            if key not in _MATCHES or (key == "method" and "exact" not in method.mapping())
        ),
    )


def _listed(pattern: str) -> tuple[str, ...]:
    """The words of a pattern that is a list of them."""
    return tuple(pattern.split("|")) if _WORDS.fullmatch(pattern) else ()


def _destination(part: Part) -> Destination:
    part.only("destination", "weight", "headers")
    return _place(part["destination"], part)


def _place(found: Part, part: Part) -> Destination:
    return Destination(
        host=found["host"].text(),
        port=found["port"]["number"].number(),
        subset=found["subset"].text(),
        weight=part["weight"].number() if part["weight"].given else None,
        where=part.where,
    )


def destination_rule(spec: Part) -> DestinationRule:
    """Limits of calls to a host, and its subsets."""
    spec.only("host", "trafficPolicy", "subsets", "exportTo", "workloadSelector")
    policies = tuple(_policies(spec))
    return DestinationRule(
        ref=spec.ref,
        host=spec["host"].text(),
        labels=_selector(spec["workloadSelector"]),
        subsets=tuple(
            Subset(name=each["name"].text(), labels=each["labels"].labels()) for each in spec["subsets"].mappings()
        ),
        tls={each.where: each["tls"]["mode"].text() for each in policies if each["tls"].given},
        limits={place: value for each in policies for place, value in _limits(each)},
        export_to=spec["exportTo"].texts(),
    )


def _policies(spec: Part) -> Iterator[Part]:
    """What holds for all calls of the host, for those of single ports, and of subsets."""
    whole = [spec["trafficPolicy"]]
    for subset in spec["subsets"].mappings():
        subset.only("name", "labels", "trafficPolicy")
        whole.append(subset["trafficPolicy"])
    for policy in whole:
        policy.only(*_POLICY, "portLevelSettings")
        yield policy
        for each in policy["portLevelSettings"].mappings():
            each.only(*_POLICY, "port")
            yield each


def _limits(policy: Part) -> Iterator[tuple[str, str | int]]:
    pool = policy["connectionPool"]
    pool.only("tcp", "http")
    for place in (pool["tcp"], pool["http"], policy["outlierDetection"]):
        for _, part in place.entries():
            if isinstance(part.value, str | int | float | bool):
                yield part.where, part.value if isinstance(part.value, str | int) else str(part.value)
            elif part.given:
                part.problem("is no limit that is known here")


def service_entry(spec: Part) -> ServiceEntry:
    """Hosts outside the cluster."""
    spec.only("hosts", "addresses", "ports", "location", "resolution", "endpoints", "exportTo", "workloadSelector")
    for port in spec["ports"].mappings():
        port.only("number", "name", "protocol", "targetPort")
    endpoints = tuple(spec["endpoints"].mappings())
    for each in endpoints:
        each.only("address")
    return ServiceEntry(
        ref=spec.ref,
        hosts=spec["hosts"].texts(),
        ports=tuple(
            (each["number"].number(), each["name"].text(), each["protocol"].text()) for each in spec["ports"].mappings()
        ),
        addresses=spec["addresses"].texts(),
        labels=_selector(spec["workloadSelector"]),
        targets=tuple(_targets(spec)),
        location=spec["location"].text("MESH_EXTERNAL"),
        resolution=spec["resolution"].text("NONE"),
        endpoints=tuple(each["address"].text() for each in endpoints),
        export_to=spec["exportTo"].texts(),
    )


def _targets(spec: Part) -> Iterator[tuple[int, str]]:
    for each in spec["ports"].mappings():
        protocol = each["protocol"].text().lower()
        if protocol not in ("", *PROTOCOLS):
            each["protocol"].problem(f'"{each["protocol"].text()}" is no protocol that Istio knows; it refuses it')
        if protocol != "udp":
            yield each["targetPort"].number() or each["number"].number(), protocol
