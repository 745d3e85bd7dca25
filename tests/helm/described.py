"""Rendered objects in the words of tests/data/systems/<system>.json: what each workload is, to compare facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from chartgen.registry.ports import PROTOCOLS

if TYPE_CHECKING:
    from chartgen.audit.objects import Rendered

Tree: TypeAlias = Mapping[str, Any]
Facts: TypeAlias = dict[str, Any]

NAME, VERSION = "app.kubernetes.io/name", "version"
SCRAPE = "prometheus.io/"
CHECKSUM = "checksum/"
"""Annotations by which a changed file restarts the pods: of a chart, not of a service."""
KINDS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")
TIMINGS = {
    "initialDelaySeconds": 0,
    "periodSeconds": 10,
    "timeoutSeconds": 1,
    "successThreshold": 1,
    "failureThreshold": 3,
}
"""Kubernetes' own, which need no saying."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A rendered workload: the node of the registry that it is of, its own spec, and its pods."""

    node: str
    kind: str
    name: str
    spec: Tree
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    pod: Tree

    @property
    def key(self) -> str:
        """Its key in the facts: the node, and the version where the node has several."""
        return f"{self.node}/{self.version}" if self.version else self.node

    @property
    def version(self) -> str:
        """Its version, where the node has several."""
        return self.labels.get(VERSION, "")

    @property
    def containers(self) -> list[tuple[str, Tree]]:
        """The containers that run together, by name; the service's own is `main`."""
        [main] = self.pod["containers"]
        return [("main", main), *((each["name"], each) for each in self._before if _stays(each))]

    @property
    def inits(self) -> list[tuple[str, Tree]]:
        """The containers that end before the others start, by name."""
        return [(each["name"], each) for each in self._before if not _stays(each)]

    @property
    def _before(self) -> list[Tree]:
        return list(self.pod.get("initContainers", []))

    def number(self, port: int | str) -> int:
        """The number of a container port, from its number or its name."""
        named = {p.get("name"): p["containerPort"] for _, c in self.containers for p in c.get("ports", [])}
        return int(named[port] if isinstance(port, str) else port)


def _stays(container: Tree) -> bool:
    """Whether an init container is a sidecar, in Kubernetes' own way."""
    return bool(container.get("restartPolicy") == "Always")


def workloads(found: list[Rendered]) -> list[Workload]:
    """The workloads among rendered objects, but for helm's own tests."""
    return [
        Workload(
            node=thing.pod.labels[NAME],
            kind=thing.kind,
            name=thing.name,
            spec=thing.data["spec"],
            labels=thing.pod.labels,
            annotations=thing.pod.metadata.get("annotations", {}),
            pod=thing.pod.spec,
        )
        for thing in found
        if thing.kind in KINDS and thing.pod
    ]


def selected(selector: Tree, labels: Mapping[str, str]) -> bool:
    """Whether a selector of labels that are equal finds a pod."""
    return all(labels.get(key) == value for key, value in selector.items())


def said(**fields: Any) -> Facts:
    """What says something, of these fields."""
    return {key: value for key, value in fields.items() if value not in (None, {}, [], (), "", False)}


def described(workload: Workload, found: list[Rendered]) -> Facts:
    """All of a workload but its calls."""
    volumes = {volume["name"]: volume for volume in workload.pod.get("volumes", [])}
    return said(
        workload=workload.name,
        kind=workload.kind,
        replicas=workload.spec.get("replicas"),
        services=_services(workload, found),
        containers={name: _container(data, volumes, workload) for name, data in workload.containers},
        init={name: _container(data, volumes, workload) for name, data in workload.inits},
        account=workload.pod.get("serviceAccountName", "default"),
        token=workload.pod.get("automountServiceAccountToken"),
        grace=workload.pod.get("terminationGracePeriodSeconds", 30),
        annotations={
            key: value for key, value in workload.annotations.items() if not key.startswith((CHECKSUM, SCRAPE))
        },
        scrape=_scrape(workload.annotations),
    )


def _scrape(annotations: Mapping[str, str]) -> str:
    if annotations.get(f"{SCRAPE}scrape") != "true":
        return ""
    return annotations[f"{SCRAPE}port"] + annotations.get(f"{SCRAPE}path", "/metrics")


def _services(workload: Workload, found: list[Rendered]) -> Facts:
    """The Services that lead to the workload."""
    return {
        thing.name: said(
            type=thing.data["spec"].get("type", "ClusterIP"),
            headless=thing.data["spec"].get("clusterIP") == "None",
            ports={
                f"{port['port']}/{port.get('protocol', 'TCP')}": said(
                    name=port.get("name"),
                    protocol=_protocol(port),
                    target=workload.number(port.get("targetPort", port["port"])),
                    nodePort=port.get("nodePort"),
                )
                for port in thing.data["spec"]["ports"]
            },
        )
        for thing in found
        if thing.kind == "Service" and selected(thing.data["spec"]["selector"], workload.labels)
    }


def _protocol(port: Tree) -> str:
    """What is spoken: Istio is told `tcp` of some protocols, and the rest of the name says which."""
    told = str(port.get("appProtocol", port.get("protocol", "TCP"))).lower()
    first = port["name"].removeprefix("tcp-").split("-")[0]
    return first if told == "tcp" and first in PROTOCOLS else told


def _container(container: Tree, volumes: Mapping[str, Tree], workload: Workload) -> Facts:
    ports = container.get("ports", [])
    return said(
        image=container["image"],
        command=container.get("command"),
        args=container.get("args"),
        env={variable["name"]: _value(variable) for variable in container.get("env", [])},
        resources=container.get("resources"),
        probes={name: _probe(container[f"{name}Probe"], workload) for name in PROBES if f"{name}Probe" in container},
        mounts={mount["mountPath"]: _mount(mount, volumes) for mount in container.get("volumeMounts", [])},
        ports=sorted((f"{p['containerPort']}/{p.get('protocol', 'TCP')}" for p in ports), key=_by_number),
        hostPorts=sorted(p["hostPort"] for p in ports if "hostPort" in p),
    )


PROBES = ("readiness", "liveness", "startup")


def _by_number(port: str) -> tuple[int, str]:
    number, transport = port.split("/")
    return int(number), transport


def _value(variable: Tree) -> str | Facts:
    if "valueFrom" not in variable:
        return str(variable.get("value", ""))
    [(kind, ref)] = variable["valueFrom"].items()
    if kind == "fieldRef":
        return {"field": ref["fieldPath"]}
    if kind == "resourceFieldRef":
        return {"resource": ref["resource"]}
    return {kind.removesuffix("KeyRef").replace("configMap", "config"): f"{ref['name']}/{ref['key']}"}


def _probe(probe: Tree, workload: Workload) -> Facts:
    http = probe.get("httpGet", {})
    return said(
        http=f"{workload.number(http['port'])}{http['path']}" if http else "",
        headers={header["name"]: header["value"] for header in http.get("httpHeaders", [])},
        grpc=workload.number(probe["grpc"]["port"]) if "grpc" in probe else 0,
        tcp=workload.number(probe["tcpSocket"]["port"]) if "tcpSocket" in probe else 0,
        exec=probe.get("exec", {}).get("command"),
        **{key: probe[key] for key, usual in TIMINGS.items() if probe.get(key, usual) != usual},
    )


def _mount(mount: Tree, volumes: Mapping[str, Tree]) -> str:
    words = [f"{mount['name']}:", *_source(volumes[mount["name"]])]
    words += ["at", mount["subPath"]] if mount.get("subPath") else []
    words += ["read-only"] if mount.get("readOnly") else []
    words += [mount["mountPropagation"]] if "mountPropagation" in mount else []
    return " ".join(words)


def _source(volume: Tree) -> Iterator[str]:
    [kind] = (key for key in volume if key != "name")
    source = volume[kind]
    yield kind
    yield from (source[key] for key in ("name", "path", "secretName", "claimName") if key in source)
    items = [f"{item['key']}={item['path']}" for item in source.get("items", [])]
    yield from [",".join(items)] if items else []
