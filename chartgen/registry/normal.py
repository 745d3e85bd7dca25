"""Every short form to its one long form, for a service and for `defaults`, and both merged: plain data throughout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from chartgen.registry.images import split_image
from chartgen.registry.kinds import KindTraits, traits
from chartgen.registry.ports import long_port, long_side_port
from chartgen.registry.quantity import parse_quantity
from chartgen.registry.service import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Data: TypeAlias = dict[str, Any]
"""Data that the schema has accepted."""

NONE = "none"
PORT_HANDLERS = ("http", "tcp", "grpc")
HANDLERS = (*PORT_HANDLERS, "exec")
_AUTOSCALER = ("minInstances", "maxInstances", "cpuThreshold", "memoryThreshold")

REMOVABLE = frozenset({
    "type", "owner", "description", "env", "envFrom", "settings", "files", "volumes", "command", "args",
    "initContainers", "sidecars", "lifecycle", "nodeSelector", "tolerations", "affinity", "priorityClassName",
    "labels", "annotations", "serviceAccount", "securityContext", "service", "metrics",
})  # fmt: skip
"""Fields that `none` empties, whatever the defaults say. `scaling`, `probes` and `resources` have a `none` of their
own, which means more than nothing."""


class BuiltIn(str):
    """A quantity that nobody wrote: it gives way where what was written could not stand beside it."""

    __slots__ = ()


BUILT_IN_RESOURCES: Data = {
    "requests": {"cpu": BuiltIn("100m"), "memory": BuiltIn("128Mi"), "ephemeral-storage": BuiltIn("64Mi")},
    "limits": {"cpu": BuiltIn("500m"), "memory": BuiltIn("512Mi"), "ephemeral-storage": BuiltIn("1Gi")},
}
"""What a container gets that names no resources of its own. A limit written below the request here is the request too,
as Kubernetes has it; a request written above the limit here raises that."""


def normalise(registry: Mapping[str, Any]) -> list[Data]:
    """Every service of the registry in long form, over the registry's defaults; in the order of the input."""
    defaults = _without_nones(_long_form(registry.get("defaults", {})))
    defaults["resources"] = _merge_resources(BUILT_IN_RESOURCES, defaults.get("resources", {}))
    fitting: dict[tuple[str, bool], Data] = {}
    services = []
    for raw in registry["services"]:
        service = _long_form(raw)
        service.setdefault("kind", defaults.get("kind", str(Kind.DEPLOYMENT)))
        shape = service["kind"], bool(service.get("ports"))
        if shape not in fitting:
            fitting[shape] = _fitting(defaults, traits(Kind(shape[0])), shape[1])
        services.append(_with_metrics_port(_merged(fitting[shape], service)))
    return services


def _with_metrics_port(service: Data) -> Data:
    """A number that no port has is a port all the same: the container listens on it, and the Service hides it."""
    wanted = service.get("metrics", {}).get("port")
    if not isinstance(wanted, int) or not traits(Kind(service["kind"])).has_ports:
        return service
    ports = service.get("ports", [])
    listed = [*ports, *(port for sidecar in service.get("sidecars", ()) for port in sidecar.get("ports", ()))]
    if any(wanted in (port["port"], port["targetPort"]) for port in listed if port["protocol"] != "udp"):
        return service
    return {**service, "ports": [*ports, long_port({"name": "http-metrics", "port": wanted, "expose": False})]}


_OF_THE_WHOLE = ("versions", "patches")
"""What a service says of all its versions, and none of them has."""


def version_forms(service: Mapping[str, Any]) -> list[Data]:
    """Each version of a service in long form: what it says over what the service does. Dependencies join; each knows
    by `place` where in the service it stands."""
    versions = service.get("versions")
    if not versions:
        return []
    base = {key: value for key, value in service.items() if key not in _OF_THE_WHOLE}
    return [_version_form(base, version, index) for index, version in enumerate(versions)]


def _version_form(base: Data, version: Data, index: int) -> Data:
    own = {key: value for key, value in version.items() if key not in ("name", "weight")}
    mine = [
        {**edge, "place": ("versions", index, "dependencies", at)}
        for at, edge in enumerate(version.get("dependencies", ()))
    ]
    named = {edge["node"] for edge in mine}
    shared = [{**edge, "place": ("dependencies", at)} for at, edge in enumerate(base.get("dependencies", ()))]
    own["dependencies"] = [*(edge for edge in shared if edge["node"] not in named), *mine]
    return {**_merged(base, own), "enabled": version.get("enabled", True)}


def laid_over(base: Mapping[str, Any], over: Mapping[str, Any]) -> Data:
    """A workload in long form: the second over the first, as a service goes over the defaults. What the first asks for
    gives way to what the second does."""
    under = _without_nones(_long_form(base))
    resources = _merge_resources(BUILT_IN_RESOURCES, under.get("resources", {}))
    under["resources"] = {side: {k: BuiltIn(v) for k, v in named.items()} for side, named in resources.items()}
    return _merged(under, _long_form(over))


def _long_form(raw: Mapping[str, Any]) -> Data:
    """The same service (or `defaults`) in long form; a field that is absent stays absent."""
    data = dict(raw)
    for key in data.keys() & _EXPANSIONS.keys():
        if data[key] != NONE or key not in REMOVABLE:
            data[key] = _EXPANSIONS[key](data[key])
    if "port" in data:
        data["ports"] = [long_port({"port": data.pop("port")})]
    if "healthEndpoint" in data:
        data["probes"] = _health_probes(data.pop("healthEndpoint"), data.get("probes", {}))
    return data


def _merged(base: Data, service: Data) -> Data:
    """The service over the defaults that fit it: maps merge, lists replace, `none` removes."""
    data = {**base, **service}
    for key in base.keys() & service.keys():
        if key in _MERGES and not (key in REMOVABLE and service[key] == NONE):
            data[key] = _MERGES[key](base[key], service[key])
    data["resources"] = _settled(data["resources"])
    if "env" in data:
        data["env"] = _still_set(data["env"])
    return _without_nones(data)


def _settled(resources: Data) -> Data:
    """The resources, a built-in quantity brought to the one that it could not stand beside."""
    requests, limits = resources["requests"], resources["limits"]
    if NONE in (requests, limits):
        return resources
    crossed = {name for name in requests.keys() & limits.keys() if _above(requests[name], limits[name])}
    if not crossed:
        return resources
    lowered = {name: BuiltIn(limits[name]) for name in crossed if isinstance(requests[name], BuiltIn)}
    raised = {name: BuiltIn(requests[name]) for name in crossed if isinstance(limits[name], BuiltIn)}
    return {"requests": requests | lowered, "limits": limits | raised}


def _above(request: Any, limit: Any) -> bool:
    both = parse_quantity(str(request)), parse_quantity(str(limit))
    return both[0] is not None and both[1] is not None and both[0] > both[1]


def _still_set(env: Any) -> Any:
    """The variables without those that say `unset`."""
    if not isinstance(env, dict):
        return env
    return {name: value for name, value in env.items() if not (isinstance(value, dict) and value.get("unset"))}


def _without_nones(data: Data) -> Data:
    removed = [key for key, value in data.items() if value == NONE and key in REMOVABLE]
    for key in removed:
        del data[key]
    return data


def _fitting(defaults: Data, kind: KindTraits, has_ports: bool) -> Data:
    """The part of the defaults that such a service can have; the rest is left out silently."""
    unfit = {
        "scaling": not kind.scales,
        "schedule": not kind.has_schedule,
        "exposed": not (has_ports and kind.has_ports),
        "service": not (has_ports and kind.has_ports),
        "metrics": not (has_ports and kind.has_ports),
        "probes": not kind.has_probes,
    }
    data = {key: value for key, value in defaults.items() if not unfit.get(key)}
    if isinstance(data.get("probes"), dict) and not has_ports:
        data["probes"] = {name: probe for name, probe in data["probes"].items() if not _needs_port(probe)}
    if "volumes" in data and not kind.has_claims:
        data["volumes"] = [volume for volume in data["volumes"] if "claim" not in volume]
    return data


def _needs_port(probe: Any) -> bool:
    return probe != NONE and any(handler in probe for handler in PORT_HANDLERS)


def _health_probes(path: str, explicit: Any) -> Any:
    """What `healthEndpoint` stands for: liveness is a patient TCP connect, for a sick dependency must not restart
    the pods that report it. Explicit probes go over it."""
    if path == NONE:
        return _merge_probes({"readiness": NONE, "liveness": NONE}, explicit)
    implied = {
        "readiness": {"http": {"path": path}, "periodSeconds": 5, "failureThreshold": 3},
        "liveness": {"tcp": {}, "initialDelaySeconds": 15, "periodSeconds": 20, "failureThreshold": 5},
    }
    return _merge_probes(implied, explicit)


def _named(value: str | Data) -> Data:
    return {"name": value} if isinstance(value, str) else value


NODE_KINDS = ("service", "datastore", "external")


def long_dependency(value: str | Data) -> Data:
    """The edge in long form: `node` is the name of its target, `as` the key that named it (empty: none did)."""
    named = "" if isinstance(value, str) else next(kind for kind in NODE_KINDS if kind in value)
    edge: Data = {"node": value} if isinstance(value, str) else {**value, "node": value[named]}
    retries = edge.get("retries")
    again = {"retries": {"attempts": retries}} if isinstance(retries, int) else {}
    return {"ports": "all", "startup": True, "optional": False, "as": named, **edge, **again}


def _events(value: Data) -> Data:
    """Both lists with each topic's broker beside it, empty where none is named."""
    broker = value.get("broker", "")
    return {side: [_topic(topic, broker) for topic in value.get(side, ())] for side in ("publishes", "subscribes")}


def _topic(value: str | Data, broker: str) -> Data:
    return {"broker": broker, **({"topic": value} if isinstance(value, str) else value)}


def _volume(value: Data) -> Data:
    volume = value | {source: _named(value[source]) for source in ("secret", "config") if source in value}
    if isinstance(volume.get("hostPath"), str):
        volume["hostPath"] = {"path": volume["hostPath"]}
    return volume


def _alias(value: str | Data) -> Data:
    alias = dict(_named(value))
    if "ports" in alias:
        alias["ports"] = [_named(port) for port in alias["ports"]]
    return alias


def _metrics(value: str | int | Data) -> Data:
    return value if isinstance(value, dict) else {"port": value}


def _image(value: str | Data) -> Data:
    return split_image(value) if isinstance(value, str) else value


def _container(value: Data) -> Data:
    container = _without_nones(dict(value))
    if "image" in container:
        container["image"] = _image(container["image"])
    if "ports" in container:
        container["ports"] = [long_side_port(port) for port in container["ports"]]
    container["resources"] = _settled(_merge_resources(BUILT_IN_RESOURCES, container.get("resources", {})))
    return container


def _each(expand: Callable[[Any], Data]) -> Callable[[list[Any]], list[Data]]:
    return lambda values: [expand(value) for value in values]


_EXPANSIONS: dict[str, Callable[[Any], Any]] = {
    "image": _image,
    "ports": _each(long_port),
    "dependencies": _each(long_dependency),
    "events": _events,
    "volumes": _each(_volume),
    "initContainers": _each(_container),
    "sidecars": _each(_container),
    "serviceAccount": _named,
    "aliases": _each(_alias),
    "versions": lambda versions: [_long_form(version) for version in versions],
    "metrics": _metrics,
}


def _merge_maps(base: Any, over: Any) -> Any:
    """Keys of both, the second's first; anything but two maps replaces."""
    return {**base, **over} if isinstance(base, dict) and isinstance(over, dict) else over


def merge_deep(base: Any, over: Any) -> Any:
    """Keys of both at every level, the second's first; anything but two maps replaces."""
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    return {**base, **{key: merge_deep(base[key], value) if key in base else value for key, value in over.items()}}


def _merge_image(base: Data, over: Data) -> Data:
    """Another repository brings its own tag and digest."""
    if "repository" in over:
        base = {key: value for key, value in base.items() if key == "pullPolicy"}
    return {**base, **over}


def _merge_scaling(base: Any, over: Any) -> Any:
    """A fixed size and an autoscaler's bounds replace each other."""
    if NONE in (base, over):
        return over
    if "replicas" in over:
        return over
    if any(key in over for key in _AUTOSCALER):
        base = {key: value for key, value in base.items() if key != "replicas"}
    return {**base, **over}


def _merge_resources(base: Any, over: Any) -> Any:
    """Requests and limits of both; `none`, for one side or for all, removes what was below it."""
    if over == NONE:
        return dict.fromkeys(BUILT_IN_RESOURCES, NONE)
    return {side: _merge_quantities(base.get(side, {}), over.get(side, {})) for side in BUILT_IN_RESOURCES}


def _merge_quantities(base: Any, over: Any) -> Any:
    if over in (NONE, {}):
        return over or base
    both = {**base, **over} if base != NONE else over
    return {name: quantity for name, quantity in both.items() if quantity != NONE}


def _merge_probes(base: Any, over: Any) -> Any:
    if NONE in (base, over):
        return over
    return {**base, **{name: _merge_probe(base.get(name, NONE), probe) for name, probe in over.items()}}


def _merge_probe(base: Any, over: Any) -> Any:
    """A probe has one handler: another one replaces it, the same one merges."""
    if NONE in (base, over):
        return over
    if any(handler in over for handler in HANDLERS):
        base = {key: value for key, value in base.items() if key not in HANDLERS or key in over}
    return merge_deep(base, over)


_MERGES: dict[str, Callable[[Any, Any], Any]] = {
    "image": _merge_image,
    "scaling": _merge_scaling,
    "probes": _merge_probes,
    "resources": _merge_resources,
    "securityContext": merge_deep,
    "lifecycle": _merge_maps,
    "serviceAccount": merge_deep,
    "affinity": _merge_maps,
    "service": merge_deep,
    "metrics": _merge_maps,
    **dict.fromkeys(("env", "settings", "files", "labels", "annotations", "nodeSelector"), _merge_maps),
}
