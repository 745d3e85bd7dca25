"""The README of each chart: what it runs, who calls it, and what an operator may set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from chartgen.emit.values import Entry, values_table
from chartgen.registry.model import Edge, Registry, Service


def service_readme(
    service: Service, registry: Registry, callers: Sequence[tuple[Service, Edge]], entries: Sequence[Entry]
) -> str:
    """A subchart's README.md; its table is values.yaml."""
    return _lines(
        f"# {service.name}",
        "",
        _sentence(service.description) or f"{service.name} of the {registry.metadata.name} platform.",
        "",
        *_facts(service, callers),
        "",
        "## Values",
        "",
        f"Set them under `{service.name}` in a values file of the umbrella.",
        "",
        *_value_table(values_table(entries)),
    )


def umbrella_readme(registry: Registry, start_order: Sequence[str], global_rows: Iterable[tuple[str, str, str]]) -> str:
    """The umbrella's README.md: the whole is light, since Helm stores it in every release."""
    meta = registry.metadata
    example = start_order[-1]
    rows = [*global_rows, (f"{example}.enabled", "true", f"Install {example}. Every service has this switch.")]
    return _lines(
        f"# {meta.name}",
        "",
        _sentence(meta.description),
        "",
        f"    helm install {meta.name} charts/{meta.name} --values values/ENVIRONMENT/values.yaml",
        "",
        "## Values",
        "",
        *_value_table(rows),
        "",
        f"What else a service takes stands in its own README, as in [charts/{example}](charts/{example}/README.md).",
        "",
        "## Services, in start order",
        "",
        " · ".join(f"[{name}](charts/{name}/README.md)" for name in start_order),
    )


def _facts(service: Service, callers: Sequence[tuple[Service, Edge]]) -> Iterator[str]:
    yield f"- Kind: {service.kind}" + (f", at `{service.schedule}`" if service.schedule else "")
    if service.owner:
        yield f"- Owner: {_text(service.owner)}"
    if service.exposed_ports:
        yield "- Ports: " + ", ".join(f"{p.port} ({p.protocol})" for p in service.exposed_ports)
    if service.edges:
        yield "- Depends on: " + ", ".join(_edge(edge) for edge in service.edges)
    if callers:
        yield "- Called by: " + ", ".join(caller.name for caller, _ in callers)
    if service.exposed:
        yield "- Exposed: reachable from outside the platform"


def _edge(edge: Edge) -> str:
    notes = [note for note, holds in (("optional", edge.optional), ("not awaited", not edge.startup)) if holds]
    return f"{edge.target} ({', '.join(notes)})" if notes else edge.target


def _value_table(rows: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    yield "| key | default | meaning |"
    yield "|---|---|---|"
    for key, default, about in rows:
        yield _value_row(key, default, about)


@lru_cache(maxsize=1 << 13)  # most rows of most services are the same
def _value_row(key: str, default: str, about: str) -> str:
    return f"| {_code(key)} | {_code(default)} | {about} |"


def _code(text: str) -> str:
    """Inline code that survives in a table, whatever it holds."""
    fence = "``" if "`" in text else "`"
    space = " " if "`" in text else ""
    return f"{fence}{space}{text}{space}{fence}".replace("|", "\\|")


def _sentence(text: str) -> str:
    line = _text(text)
    return line if not line or line.endswith((".", "!", "?")) else f"{line}."


def _text(text: str) -> str:
    return " ".join(text.split()).replace("<", "&lt;").replace("|", "\\|")


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"
