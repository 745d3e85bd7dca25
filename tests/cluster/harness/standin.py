"""A registry as a cluster with real containers can run it: each service becomes a server that answers its probes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

from chartgen.engines.engine import Way
from chartgen.registry.document import parse
from chartgen.registry.images import split_image
from chartgen.registry.kinds import traits
from chartgen.registry.normal import NONE, normalise, version_forms
from chartgen.registry.pod import Port
from chartgen.registry.ports import build_port, long_port
from chartgen.registry.probes import build_probes, probed_ports
from chartgen.registry.schema import schema
from chartgen.registry.service import Kind
from chartgen.registry.stores import StoreForm, store_forms

Data: TypeAlias = dict[str, Any]

IMAGE = "docker.io/library/python:3.13-alpine"
STUB = Path(__file__).with_name("stub.py").read_text(encoding="utf-8")
SUCCESS = ["true"]
_CREDENTIAL = re.compile(r"\$\{([a-z0-9-]+)\.secret\.([\w.-]+)\}")
_BUILTIN = frozenset(schema()["$defs"]["builtin"]["properties"])
_AS_WRITTEN = ("dependencies", "events")
"""Their long form says more than a registry may."""
_OF_A_VERSION = ("name", "weight", "enabled", "dependencies", "events", "serviceAccount", "scaling", "resources", "env")
"""What a version may differ in; for the rest it is the service's stand-in."""
_OF_A_WAY = frozenset({"topology", "instances", "storage", "version"})
"""A command that ends at once."""

PLACING = ("nodeSelector", "tolerations", "affinity", "priorityClassName")
REPLACED = frozenset({
    *PLACING, "containers", "initContainers", "volumes", "volumeClaimTemplates", "imagePullSecrets", "storageClassName",
    "accessModes",
})  # fmt: skip
"""Fields of objects that are not the registry's any more; a patch that names one is left out."""


def loaded(text: str) -> Data:
    """The data of a registry.yaml, where what chartgen keeps as it is written is still text."""
    document, found = parse("registry.yaml", text.encode())
    assert document is not None, found
    assert isinstance(document.data, dict)
    return document.data


def stand_in(registry: Data, image: str = IMAGE) -> Data:
    """The registry (data as `loaded` gives it) in long form, with the ports, edges, scaling, environment and files that
    it had, but with this image (a tag included) and no wish of its cluster."""
    images = {key: value for key, value in registry.get("images", {}).items() if key != "pullSecrets"}
    services = normalise(registry)
    stores = [_store(form, _image(image)) for form in store_forms(registry, services)]
    kept = {key: value for key, value in registry.items() if key not in ("defaults", "datastores")}
    kept |= {"datastores": stores} if stores else {}
    standing = [
        {**_service(service, _image(image)), **_as_written(raw)}
        for raw, service in zip(registry["services"], services, strict=True)
    ]
    return {**kept, "images": images, "services": standing}


def prerequisites(registry: Data) -> list[Data]:
    """The Secrets and ConfigMaps, with the keys that are read, and the claims that the registry says exist already."""
    services = normalise(registry)
    stores = store_forms(registry, services)
    workloads = [each for service in services for each in version_forms(service) or [service]]
    workloads += [form.workload for form in stores]
    secrets = {form.name: form.stores[Way.BUILTIN].secret for form in stores}
    keys: dict[tuple[str, str], dict[str, str]] = {}
    for kind, name, key in (need for workload in workloads for need in _needs(workload, secrets)):
        keys.setdefault((kind, name), {}).update({key: "stand-in"} if key else {})
    objects = [_holder(kind, name, data) for (kind, name), data in sorted(keys.items())]
    volumes = [volume for workload in workloads for volume in workload.get("volumes", ())]
    claims = sorted({volume["existingClaim"] for volume in volumes if "existingClaim" in volume})
    return [*objects, *map(_existing_claim, claims)]


def listeners(container: Data) -> list[str]:
    """What the stub must listen to (`protocol:port`) so that every port and probe of the container finds an answer."""
    ports = [build_port(long_port(port)) for port in container.get("ports", ())]
    spoken = {(port.target_port, port.transport): _protocol(port) for port in ports}
    spoken |= {(number, "TCP"): scheme for number, scheme in _asked(container, ports)}
    return [f"{protocol}:{number}" for (number, _), protocol in sorted(spoken.items())]


def _service(data: Data, image: Data) -> Data:
    kept = {key: value for key, value in data.items() if key not in PLACING}
    runs = _ends if traits(Kind(data["kind"])).is_batch else _serves
    changed: Data = {
        **runs(kept, image),
        "volumes": [_volume(volume) for volume in data.get("volumes", ())],
        "initContainers": [_ends(each, image) for each in data.get("initContainers", ())],
        "sidecars": [_serves(each, image) for each in data.get("sidecars", ())],
        "patches": [patch for patch in data.get("patches", ()) if REPLACED.isdisjoint(_words(patch))],
    }
    return {key: value for key, value in changed.items() if value or key in kept}


def _as_written(service: Data) -> Data:
    kept = {key: service[key] for key in _AS_WRITTEN if key in service}
    versions = [{key: each[key] for key in _OF_A_VERSION if key in each} for each in service.get("versions", ())]
    return {**kept, "versions": versions} if versions else kept


def _store(form: StoreForm, image: Data) -> Data:
    """A datastore whose built-in pods are stand-ins; its other ways are as they were."""
    kept = {key: value for key, value in form.raw.items() if key != "patches"}
    ways: Data = {str(way): dict(written) for way, written in form.ways.items()}
    if Way.BUILTIN in form.ways:
        own = {key: value for key, value in ways["builtin"].items() if key in _OF_A_WAY}
        runs = {key: value for key, value in _service(form.workload, image).items() if key in _BUILTIN}
        ways["builtin"] = {**own, **runs, "args": NONE}
    return {**kept, "provision": {"default": str(form.default), **ways}}


def _ends(container: Data, image: Data) -> Data:
    kept = {key: value for key, value in container.items() if key != "lifecycle"}
    return {**_harmless(kept), "image": image, "command": SUCCESS}


def _serves(container: Data, image: Data) -> Data:
    return {**_harmless(container), "image": image, "command": ["python3", "-c", STUB, *listeners(container)]}


def _harmless(container: Data) -> Data:
    """The container without its own program, and with nothing that only this program could do."""
    kept = {key: value for key, value in container.items() if key != "args"}
    changed = {key: change(kept[key]) for key, change in _HARMLESS.items() if kept.get(key, NONE) != NONE}
    return {**kept, **changed}


def _image(reference: str) -> Data:
    image = split_image(reference)
    assert {"tag", "digest"} & image.keys(), f"{reference} has no tag"
    return {**image, "pullPolicy": "IfNotPresent"}


def _probes(probes: Data) -> Data:
    return {name: _probe(probe) for name, probe in probes.items()}


def _probe(probe: Any) -> Any:
    return {**probe, "exec": SUCCESS} if probe != NONE and "exec" in probe else probe


def _lifecycle(hooks: Data) -> Data:
    """A postStart request would come before the stub listens, and kill it."""
    harmless = {"exec": {"command": SUCCESS}}
    return {
        name: harmless if "exec" in hook or (name == "postStart" and "httpGet" in hook) else hook
        for name, hook in hooks.items()
    }


def _security(context: Data) -> Data:
    """A profile on the node is nothing that another cluster has."""
    return {key: value for key, value in context.items() if key != "seccompProfile" or isinstance(value, str)}


_HARMLESS: dict[str, Callable[[Data], Data]] = {
    "probes": _probes,
    "lifecycle": _lifecycle,
    "securityContext": _security,
}


def _volume(volume: Data) -> Data:
    kept = {key: value for key, value in volume.items() if key not in ("hostPath", "existingClaim", "claim")}
    if "claim" in volume:
        return {**kept, "claim": {"size": volume["claim"]["size"]}}
    return kept if len(kept) == len(volume) else {**kept, "emptyDir": {}}


def _words(patch: Data) -> Iterator[str]:
    """Every field that a patch names."""
    yield from _keys(patch.get("merge", {}))
    for operation in patch.get("json", ()):
        yield from operation["path"].split("/")
        yield from operation.get("from", "").split("/")
        yield from _keys(operation.get("value"))


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _keys(each)


def _protocol(port: Port) -> str:
    if port.protocol in ("https", "tls"):
        return "https"
    if port.protocol in ("http", "http2", "grpc", "grpc-web"):
        return "http"
    return "udp" if port.transport == "UDP" else "tcp"


def _asked(container: Data, ports: list[Port]) -> Iterator[tuple[int, str]]:
    """(number, protocol) of what the probes and hooks ask; a gRPC check is answered where HTTP is."""
    probes = build_probes(container.get("probes", NONE), ports)
    for probe in (probes.startup, probes.liveness, probes.readiness):
        if probe and probe.handler in ("http", "grpc"):
            yield probe.port_number, probe.scheme.lower()
    hooks = container.get("lifecycle", {})
    for hook in hooks.values() if hooks != NONE else ():
        if "httpGet" in hook:
            wanted = hook["httpGet"]["port"]
            found = probed_ports(wanted, ports)
            yield found[0].target_port if found else wanted, hook["httpGet"].get("scheme", "HTTP").lower()


def _needs(service: Data, secrets: Data) -> Iterator[tuple[str, str, str]]:
    """(kind, name, key) of what must exist before the service starts; without a key, the whole object. `secrets`:
    datastore → the Secret of its credentials."""
    for container in (service, *service.get("initContainers", ()), *service.get("sidecars", ())):
        values = list(container.get("env", {}).values())
        credentials = [_CREDENTIAL.fullmatch(value) for value in values if isinstance(value, str)]
        yield from (("Secret", secrets[found[1]], found[2]) for found in credentials if found)
        for source in (*(value for value in values if isinstance(value, dict)), *container.get("envFrom", ())):
            yield from _need(source, source.get("key", ""), source.get("optional", False))
    for volume in service.get("volumes", ()):
        for key in _sub_paths(service, volume):
            named = {kind: volume[kind]["name"] for kind in ("secret", "config") if kind in volume}
            yield from _need(named, key, any(volume[kind].get("optional") for kind in named))


def _need(source: Data, key: str, optional: bool) -> Iterable[tuple[str, str, str]]:
    kinds = {"secret": "Secret", "config": "ConfigMap"}
    return [] if optional else [(kinds[kind], source[kind], key) for kind in kinds if kind in source]


def _sub_paths(service: Data, volume: Data) -> Iterator[str]:
    """The keys of a volume that are mounted by themselves; empty for the whole."""
    yield volume.get("subPath", "").partition("/")[0]
    for container in (*service.get("initContainers", ()), *service.get("sidecars", ())):
        for mount in container.get("mounts", ()):
            if mount["volume"] == volume["name"]:
                yield mount.get("subPath", "").partition("/")[0]


def _holder(kind: str, name: str, data: dict[str, str]) -> Data:
    field = "stringData" if kind == "Secret" else "data"
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, field: data}


def _existing_claim(name: str) -> Data:
    spec = {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "1Gi"}}}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}
