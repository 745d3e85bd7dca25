"""From the bytes of a registry to the model: parsed, checked for shape, put in long form, checked for meaning."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from chartgen.diagnostics import Diagnostic, has_errors, in_file_order
from chartgen.registry.build import build_images, build_nodes, build_registry
from chartgen.registry.builder import Budget
from chartgen.registry.checks import check
from chartgen.registry.checks.subject import Platform, draft_of, store_draft_of
from chartgen.registry.document import parse
from chartgen.registry.normal import normalise
from chartgen.registry.schema import check_shape
from chartgen.registry.sources import FindFiles, ReadFile, Sources, gather
from chartgen.registry.stores import brokers, store_forms

if TYPE_CHECKING:
    from chartgen.registry.model import Registry

__all__ = ["Compiled", "compile_registry"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """The outcome: a registry, unless one of the diagnostics (in file order) is an error. `sources`, where there is a
    registry, know where everything stands."""

    registry: Registry | None
    diagnostics: list[Diagnostic]
    sources: Sources | None = None


def compile_registry(
    file: str, data: bytes, read_file: ReadFile, find_files: FindFiles = lambda _pattern: ()
) -> Compiled:
    """The registry and what is to be said about it. A stage with errors reports all of its own and ends the run.

    `file` names the bytes in diagnostics; `read_file` gives a file of the repository, or None when it cannot;
    `find_files` the names, for it, of the files that a pattern of `include` means, sorted."""
    budget = Budget()
    document, found = parse(file, data, budget)
    if document is None:
        return Compiled(registry=None, diagnostics=in_file_order(found))
    found += check_shape(document)
    sources, more = gather(document, budget, read_file, find_files)
    found += more
    if has_errors(found):
        return Compiled(registry=None, diagnostics=in_file_order(found))
    registry, meaning = _meaning(sources, cache(read_file))
    found = in_file_order([*found, *meaning])
    return Compiled(registry=None if has_errors(found) else registry, diagnostics=found, sources=sources)


def _meaning(sources: Sources, read_file: ReadFile) -> tuple[Registry, list[Diagnostic]]:
    data = sources.data
    long_forms = normalise(data)
    stores = store_forms(data, long_forms)
    nodes = build_nodes(data, long_forms, stores, read_file)
    registry = build_registry(data, nodes)
    platform = Platform(
        data=data,
        images=build_images(data),
        drafts=[
            draft_of(service.path, raw, long, service)
            for raw, long, service in zip(data["services"], long_forms, nodes.services, strict=True)
        ],
        stores=[store_draft_of(form, store) for form, store in zip(stores, nodes.datastores, strict=True)],
        externals=nodes.externals,
        brokers=brokers(data.get("datastores", ())),
        nodes=nodes.by_name(),
        read_file=read_file,
        mesh=registry.mesh,
        gateway=registry.gateway,
    )
    return registry, check(platform, sources)
