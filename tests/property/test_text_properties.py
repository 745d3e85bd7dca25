"""Every string of a registry arrives in the objects that the real helm renders, character by character."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chartgen import emit, loader
from chartgen.registry import compile_registry
from chartgen.tools.helm import Helm
from tests.property.strategies import CHARACTERS, NASTY, Data, as_yaml, quoted, registries

RENDERS = 20
"""Each starts helm once."""
WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job")
Texts = dict[str, str]
"""Place in the objects → the text that must stand there."""


def rendered(helm: Helm, data: Data) -> list[Any]:
    """The objects that helm makes of the registry's chart, all services switched on."""
    result = compile_registry("registry.yaml", as_yaml(data).encode(), lambda _: None)
    assert result.registry is not None, [f"{d.code} {d.message}" for d in result.diagnostics]
    with tempfile.TemporaryDirectory() as folder:
        for path, text in emit.platform(result.registry).items():
            target = Path(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="")
        done = helm.template(Path(folder, "charts", result.registry.metadata.name), release="platform")
    assert done.code == 0, done.stderr
    return [found for found in loader.load_all(done.stdout) if found]


def found_in(objects: list[Any]) -> Texts:
    """Every free text of the objects by a name of its place."""
    found: Texts = {}
    for thing in objects:
        kind, labels = thing["kind"], thing["metadata"]["labels"]
        name = f"{labels['app.kubernetes.io/name']} {labels.get('version', '')}".rstrip()
        if kind == "ConfigMap":
            found |= {f"{name} file {key}": text for key, text in thing["data"].items()}
        if kind in WORKLOADS:
            found |= {f"{name} {place}": text for place, text in _of_pod(thing)}
    return found


def _of_pod(thing: Any) -> Iterator[tuple[str, str]]:
    for key, text in thing["metadata"].get("annotations", {}).items():
        yield f"annotation {key}", text
    template = thing["spec"].get("jobTemplate", thing)["spec"]["template"]
    for key, text in template["metadata"].get("annotations", {}).items():
        yield f"pod annotation {key}", text
    for container in template["spec"]["containers"] + template["spec"].get("initContainers", []):
        name = "" if container["name"] in _names(thing) else f"{container['name']} "
        for entry in container.get("env", []):
            yield f"{name}env {entry['name']}", entry.get("value")
        for field in ("args", "command"):
            yield from ((f"{name}{field} {at}", text) for at, text in enumerate(container.get(field, [])))
        for at, text in enumerate(container.get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command", [])):
            yield f"{name}preStop {at}", text
        for header in container.get("readinessProbe", {}).get("httpGet", {}).get("httpHeaders", []):
            yield f"{name}header {header['name']}", header["value"]
        for at, text in enumerate(container.get("livenessProbe", {}).get("exec", {}).get("command", [])):
            yield f"{name}liveness {at}", text


def _names(thing: Any) -> tuple[str, ...]:
    """The main container's name is the service's."""
    return (thing["metadata"]["labels"]["app.kubernetes.io/name"],)


def expected_of(data: Data) -> Texts:
    """The same, from what the registry says."""
    found: Texts = {}
    for service in data["services"]:
        merged = {**service, **_with_defaults(data.get("defaults", {}), service)}
        merged["env"] = told(merged.get("env", {}), data.get("datastores", []))
        for name, workload in _workloads(merged):
            found |= {f"{name} {place}": text for place, text in _of_service(workload)}
    return found


def _workloads(service: Data) -> Iterator[tuple[str, Data]]:
    """The service, or each of its versions with what it says laid over the service."""
    if not service.get("versions"):
        yield service["name"], service
    for version in service.get("versions", ()):
        env = {**service["env"], **version.get("env", {})}
        yield f"{service['name']} {version['name']}", {**service, **version, "env": env}


def _with_defaults(defaults: Data, service: Data) -> Data:
    return {key: {**value, **service.get(key, {})} for key, value in defaults.items()}


def _of_service(service: Data) -> Iterator[tuple[str, str]]:
    yield from ((f"env {name}", plain(text)) for name, text in service.get("env", {}).items())
    yield from ((f"env {name}", text) for name, text in service.get("settings", {}).items())
    for key, text in service.get("annotations", {}).items():
        yield f"pod annotation {key}", text
    for field in ("args", "command"):
        yield from ((f"{field} {at}", text) for at, text in enumerate(service.get(field, [])))
    yield from ((f"file {Path(path).name}", text) for path, text in service.get("files", {}).items())
    hook = service.get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command", [])
    yield from ((f"preStop {at}", text) for at, text in enumerate(hook))
    probes = service.get("probes", {})
    headers = probes.get("readiness", {}).get("http", {}).get("headers", {})
    yield from ((f"header {name}", text) for name, text in headers.items())
    yield from ((f"liveness {at}", text) for at, text in enumerate(probes.get("liveness", {}).get("exec", [])))
    for sidecar in service.get("sidecars", []):
        yield from ((f"{sidecar['name']} env {name}", plain(text)) for name, text in sidecar["env"].items())
    for container in service.get("initContainers", []):
        yield from ((f"{container['name']} args {at}", text) for at, text in enumerate(container["args"]))


def plain(text: str) -> str:
    """What an env value means: `$${` is a literal `${`."""
    return text.replace("$${", "${")


def told(env: dict[str, str], stores: Sequence[Data]) -> dict[str, str]:
    """The variables with each datastore's host in the place of the reference that they begin with."""
    hosts = {f"${{{store['name']}.host}}": _host(store) for store in stores}
    return {name: hosts.get(text[:15], text[:15]) + text[15:] for name, text in env.items()}


def _host(store: Data) -> str:
    """Where it is by default."""
    provision = store.get("provision", "builtin")
    outside = isinstance(provision, dict) and provision.get("default", "external") == "external"
    return "db.example.com" if outside else str(store["name"])


def assert_arrived(helm: Helm, data: Data) -> None:
    for service in data["services"]:
        service.pop("enabled", None)
    objects, expected = found_in(rendered(helm, data)), expected_of(data)
    wrong = {place: (text, objects.get(place)) for place, text in expected.items() if objects.get(place) != text}
    assert wrong == {}


@settings(max_examples=RENDERS)
@given(registries())
def test_every_text_arrives(helm43: Helm, data: Data) -> None:
    assert_arrived(helm43, data)


def everywhere(name: str, kind: str, text: str) -> Data:
    """A service with the text in every place that takes any."""
    service: Data = {
        "name": name,
        "kind": kind,
        "owner": text,
        "description": text,
        "image": "example/app:1.0",
        "env": {"PLAIN": quoted(text)},
        "settings": {"SETTING": text},
        "annotations": {"example.com/note": text},
        "args": [text],
        "command": [text],
        "files": {"/etc/app/config.txt": text},
        "lifecycle": {"preStop": {"exec": {"command": [text]}}},
        "sidecars": [{"name": "helper", "image": "example/helper:1.0", "env": {"SIDE": quoted(text)}}],
        "initContainers": [{"name": "prepare", "args": [text]}],
        "patches": [{"kind": kind, "name": name, "merge": {"metadata": {"annotations": {"example.com/patch": text}}}}],
    }
    if kind == "CronJob":
        service["schedule"] = "@daily"
    if kind not in ("CronJob", "Job"):
        probe = {"http": {"path": "/", "headers": {"X-Text": text}}}
        service |= {"port": 8080, "probes": {"readiness": probe, "liveness": {"exec": ["probe", text]}}}
    return service


def test_every_known_trouble_maker_arrives_in_every_place(helm: Helm) -> None:
    """One helm start for all of them, spread over the kinds."""
    services = [everywhere(f"t{at}", WORKLOADS[at % 5], text) for at, text in enumerate(NASTY)]
    metadata = {"name": "platform", "version": "1.0.0"}
    data: Data = {
        "apiVersion": "chartgen.dev/v1",
        "kind": "ServiceRegistry",
        "metadata": metadata,
        "services": services,
    }
    expected = {f"t{at} annotation example.com/patch": text for at, text in enumerate(NASTY)}
    objects = found_in(rendered(helm, data))
    wanted = {**expected_of(data), **expected}
    assert {place: (text, objects.get(place)) for place, text in wanted.items() if objects.get(place) != text} == {}


@settings(max_examples=6)
@given(st.lists(st.text(CHARACTERS), min_size=20, max_size=20))
def test_any_text_arrives_in_every_place(helm43: Helm, texts: list[str]) -> None:
    services = [everywhere(f"t{at}", WORKLOADS[at % 5], text) for at, text in enumerate(texts)]
    metadata = {"name": "platform", "version": "1.0.0"}
    assert_arrived(
        helm43, {"apiVersion": "chartgen.dev/v1", "kind": "ServiceRegistry", "metadata": metadata, "services": services}
    )
