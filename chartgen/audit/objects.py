"""What `helm template` printed, as objects: each with its template, and its pod where it makes one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeGuard

import yaml

from chartgen import loader
from chartgen.codes import diagnose
from chartgen.diagnostics import Diagnostic, Span

Tree: TypeAlias = Mapping[str, Any]
"""A rendered object, or part of one: it can have any shape, for people write templates too."""

SEPARATOR = "---\n# Source: "
WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A container of a pod; `init`: it ends before the others start."""

    name: str
    data: Tree
    init: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """The pods that a workload makes: metadata (and its labels as texts), spec, and every container, init containers
    first."""

    metadata: Tree
    labels: Mapping[str, str]
    spec: Tree
    containers: tuple[Container, ...]

    @property
    def main_containers(self) -> tuple[Container, ...]:
        """The containers that run together."""
        return tuple(c for c in self.containers if not c.init)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rendered:
    """One rendered object. `file` is its template, `pod` what it makes if it is a workload, `hook` a Helm hook's
    events, `needs` what its engine states that the main container cannot do without (Builtin.needs)."""

    api_version: str
    kind: str
    name: str
    file: str
    data: Tree
    pod: Pod | None = None
    hook: str = ""
    needs: Tree = field(default_factory=dict)

    @property
    def is_of_an_operator(self) -> bool:
        """Whether its kind is none of Kubernetes' own, and none of the mesh's."""
        group, _, version = self.api_version.rpartition("/")
        return bool(version) and "." in group and not group.endswith(".k8s.io") and not self.is_of_the_mesh

    @property
    def is_of_the_mesh(self) -> bool:
        """Whether Istio reads it: its own kinds, and the Gateway API's."""
        group, _, _ = self.api_version.rpartition("/")
        return group.endswith(".istio.io") or group == "gateway.networking.k8s.io"

    @property
    def spec(self) -> Tree:
        """Its `spec`, empty when there is none."""
        return mapping(self.data.get("spec"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document of the render: its template as Helm names it, and its text."""

    source: str
    text: str


def split(render: str) -> Iterator[Document]:
    """The documents of `helm template`'s output, in its order."""
    for part in render.split(f"\n{SEPARATOR}") if render.startswith(SEPARATOR) else render.split(SEPARATOR)[1:]:
        source, _, text = part.removeprefix(SEPARATOR).partition("\n")
        yield Document(source=source, text=text)


def read(text: str, file: str, needs: Tree | None = None) -> tuple[Rendered | None, list[Diagnostic]]:
    """The object in a document, and what is wrong with its form; neither for a document of comments."""
    try:
        data, repeated = loader.load(text)
    except yaml.YAMLError as error:
        return None, [diagnose("CG503", Span(file=file), f"renders text that is not YAML: {yaml_words(error)}")]
    if data is None:
        return None, []
    metadata = mapping(mapping(data).get("metadata"))
    name = metadata.get("name")
    if not (
        _is_text(mapping(data).get("apiVersion")) and _is_text(mapping(data).get("kind")) and name not in (None, "")
    ):
        return None, [
            diagnose("CG503", Span(file=file), "renders a document without apiVersion, kind and metadata.name")
        ]
    thing = _object(data, str(name), file, needs or {})
    words = "renders metadata.{} as something other than text"
    wrong = [diagnose("CG503", Span(file=file), words.format(part)) for part in _mistyped(metadata)]
    words = f'{thing.kind} "{name}" has the key "{{}}" twice in one mapping'
    return thing, wrong + [diagnose("CG505", Span(file=file), words.format(key.key)) for key in repeated]


def mapping(value: object) -> Tree:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> list[Tree]:
    """The mappings in a list; nothing of what is not a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def texts(value: object) -> list[str]:
    """The items of a list, as texts; nothing of what is not a list."""
    return [str(item) for item in value] if isinstance(value, list) else []


def is_port(value: object) -> TypeGuard[str | int]:
    """Whether it can be a port's name or number."""
    return isinstance(value, str | int)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _mistyped(metadata: Tree) -> Iterator[str]:
    """Its texts that YAML reads as a number, a truth value or null."""
    if not isinstance(metadata["name"], str):
        yield "name"
    for part in ("labels", "annotations"):
        for key, value in mapping(metadata.get(part)).items():
            if not isinstance(value, str):
                yield f"{part}.{key}"


def yaml_words(error: yaml.YAMLError) -> str:
    """What the YAML reader says is wrong, in one line."""
    said = [getattr(error, "context", None), getattr(error, "problem", None)]
    return ", ".join(part for part in said if part) or " ".join(str(error).split())


def _object(data: Tree, name: str, file: str, needs: Tree) -> Rendered:
    annotations = mapping(mapping(data["metadata"]).get("annotations"))
    return Rendered(
        api_version=str(data["apiVersion"]),
        kind=str(data["kind"]),
        name=name,
        file=file,
        data=data,
        pod=_pod(data) if data["kind"] in WORKLOADS else None,
        hook=str(annotations.get("helm.sh/hook", "")),
        needs=needs,
    )


def _pod(data: Tree) -> Pod:
    spec = mapping(data.get("spec"))
    if data["kind"] == "Pod":
        template: Tree = data
    elif data["kind"] == "CronJob":
        template = mapping(mapping(mapping(spec.get("jobTemplate")).get("spec")).get("template"))
    else:
        template = mapping(spec.get("template"))
    pod = mapping(template.get("spec"))
    found = [
        Container(name=str(item.get("name", "")), data=item, init=key == "initContainers")
        for key in ("initContainers", "containers")
        for item in mappings(pod.get(key))
    ]
    metadata = mapping(template.get("metadata"))
    labels = {str(key): str(value) for key, value in mapping(metadata.get("labels")).items()}
    return Pod(metadata=metadata, labels=labels, spec=pod, containers=tuple(found))
