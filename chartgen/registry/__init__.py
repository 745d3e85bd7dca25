"""From the bytes of a registry to the model: parsed, checked for shape, put in long form, checked for meaning."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from chartgen.diagnostics import Diagnostic, has_errors, in_file_order
from chartgen.registry.build import build_images, build_registry, build_services
from chartgen.registry.checks import check
from chartgen.registry.checks.subject import Platform, draft_of
from chartgen.registry.document import Document, parse
from chartgen.registry.normal import normalise
from chartgen.registry.schema import check_shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from chartgen.registry.model import Registry

__all__ = ["Compiled", "compile_registry"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """The outcome: a registry, unless one of the diagnostics (in file order) is an error."""

    registry: Registry | None
    diagnostics: list[Diagnostic]


def compile_registry(file: str, data: bytes, read_file: Callable[[str], bytes | None]) -> Compiled:
    """The registry and what is to be said about it. A stage with errors reports all of its own and ends the run.

    `file` names the bytes in diagnostics; `read_file` gives a file of the repository, or None when it cannot."""
    document, found = parse(file, data)
    if document is None:
        return Compiled(registry=None, diagnostics=in_file_order(found))
    found += check_shape(document)
    if has_errors(found):
        return Compiled(registry=None, diagnostics=in_file_order(found))
    registry, meaning = _meaning(document, cache(read_file))
    found = in_file_order([*found, *meaning])
    return Compiled(registry=None if has_errors(found) else registry, diagnostics=found)


def _meaning(document: Document, read_file: Callable[[str], bytes | None]) -> tuple[Registry, list[Diagnostic]]:
    data: dict[str, Any] = document.data  # type: ignore[assignment]  # the schema has seen to it
    long_forms = normalise(data)
    services = build_services(data, long_forms, read_file)
    platform = Platform(
        data=data,
        images=build_images(data),
        drafts=[
            draft_of(index, raw, long, service)
            for index, (raw, long, service) in enumerate(zip(data["services"], long_forms, services, strict=True))
        ],
        services={service.name: service for service in services},
        read_file=read_file,
    )
    return build_registry(data, services), check(platform, document)
