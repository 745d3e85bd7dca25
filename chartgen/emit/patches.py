"""The escape hatch: templates whose rendered object is patched before Helm gets it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chartgen.emit.render import context_of, render
from chartgen.registry.kinds import traits
from chartgen.registry.pod import JsonValue
from chartgen.registry.service import Patch, Service


@dataclass(frozen=True, slots=True)
class ObjectTemplate:
    """The template of one object: what it is, its file below templates/, its text; `version`: the one whose values it
    reads, empty where it is not a version's."""

    kind: str
    name: str
    file: str
    text: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class PatchView:
    """A patch as its template wants it: JSON that can stand between Go's backticks."""

    merge: str | None
    operations: str | None


def written_out(service: Service, objects: Sequence[ObjectTemplate]) -> Iterator[tuple[str, str]]:
    """(file, text) of each object, those of a version with its values, those that a patch names patched."""
    if service.patches:
        yield from patched(service, objects)
    else:
        yield from ((each.file, _unpatched(service, each)) for each in objects)


def patched(service: Service, objects: Sequence[ObjectTemplate]) -> Iterator[tuple[str, str]]:
    """(file, text) of each object, those that a patch names wrapped so that the patch is laid over the result."""
    merges = any(patch.merge is not None for patch in service.patches)
    operations = any(patch.merge is None for patch in service.patches)
    context = context_of(name=service.name, merges=merges, operations=operations)
    yield "_patches.tpl", render("_patches.tpl", context)
    for template in objects:
        patches = [p for p in service.patches if (p.kind, p.name) == (template.kind, template.name)]
        yield template.file, _wrapped(service, template, patches) if patches else _unpatched(service, template)


def _unpatched(service: Service, template: ObjectTemplate) -> str:
    if not template.version:
        return template.text
    included, helper = _included(service, template), _helper(template)
    context = context_of(name=service.name, helper=helper, text=template.text.rstrip("\n"), included=included)
    return render("_version.yaml", context)


def _helper(template: ObjectTemplate) -> str:
    return template.file.removesuffix(".yaml").replace("/", ".")


def _included(service: Service, template: ObjectTemplate) -> str:
    """The expression that renders the object."""
    name = f'"{service.name}.{_helper(template)}"'
    return (
        f'include "{service.name}.version" (list . "{template.version}" {name})'
        if template.version
        else f"include {name} ."
    )


def _wrapped(service: Service, template: ObjectTemplate, patches: Sequence[Patch]) -> str:
    context = context_of(
        name=service.name,
        helper=_helper(template),
        included=_included(service, template),
        text=template.text.rstrip("\n"),
        patches=[_view(patch) for patch in patches],
        content_named=template.kind == service.kind and traits(service.kind).content_named,
    )
    return render("_patched.yaml", context)


def _view(patch: Patch) -> PatchView:
    if patch.merge is not None:
        return PatchView(_json(patch.merge), None)
    return PatchView(None, _json([_operation(operation) for operation in patch.operations]))


def _operation(operation: dict[str, JsonValue]) -> dict[str, JsonValue]:
    keys: dict[str, JsonValue] = {"pointer": operation["path"]}
    for field in ("path", "from"):
        if field in operation:
            keys[field] = _tokens(str(operation[field]))
    return operation | keys


def _tokens(pointer: str) -> list[JsonValue]:
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def _json(value: JsonValue) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False).replace("`", "\\u0060")
