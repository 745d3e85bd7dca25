"""References in environment variables: `${orders.url}`, `${orders.port.grpc}`; `$${` is a literal `${`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chartgen.registry.model import Edge
from chartgen.registry.pod import Port, Reference, Text
from chartgen.registry.ports import main_port

_TOKEN = re.compile(r"\$\$\{|\$\{(?P<inner>[^{}]*)\}|\$\{")
_INNER = re.compile(r"(?P<node>[a-z][-a-z0-9]*)\.(?P<attribute>host|url|port)(?:\.(?P<port>[-a-z0-9]+))?")


@dataclass(frozen=True, slots=True)
class Callee:
    """What a declared dependency offers to its caller: the ports that the edge opens."""

    name: str
    ports: Sequence[Port]


@dataclass(frozen=True, slots=True)
class Mistake:
    """A reference that cannot be resolved: what kind of mistake, the reference as written, and the reason."""

    kind: str
    written: str
    reason: str = ""
    hint: str = ""


Callees = Mapping[str, Callee]

_FORMS = "the forms are ${name.url}, ${name.host}, ${name.port} and ${name.port.<port>}; $${ is a literal ${"


def callees(edges: Sequence[Edge], ports: Mapping[str, Sequence[Port]]) -> dict[str, Callee]:
    """Name → callee, for every declared edge whose target exists."""
    return {
        edge.target: Callee(edge.target, [port for port in ports[edge.target] if port.name in edge.ports])
        for edge in edges
        if edge.target in ports
    }


def parse_text(text: str, known: Callees) -> Text:
    """The text in parts; what is no good reference stays as it is written (`mistakes` reports it)."""
    if "${" not in text:
        return (text,) if text else ()
    return tuple(part if not isinstance(part, Mistake) else part.written for part in _parts(text, known))


def mistakes(text: str, known: Callees) -> Iterator[Mistake]:
    """Every reference of the text that cannot be resolved."""
    if "${" in text:
        yield from (part for part in _parts(text, known) if isinstance(part, Mistake))


def url_variable(node: str) -> str:
    """The environment variable by which `discovery` hands over a dependency's address."""
    return f"{node.upper().replace('-', '_')}_URL"


def main_reference(callee: Callee) -> Reference | None:
    """The callee's URL, where it is plain which port that means."""
    port = main_port(callee.ports)
    return Reference(node=callee.name, attribute="url", port_name=port.name) if port else None


def _parts(text: str, known: Callees) -> Iterator[str | Reference | Mistake]:
    end = 0
    literal = ""
    for token in _TOKEN.finditer(text):
        literal += text[end : token.start()]
        end = token.end()
        if token.group() == "$${":
            literal += "${"
            continue
        if literal:
            yield literal
            literal = ""
        yield _resolve(token.group(), token.group("inner"), known)
    if literal + text[end:]:
        yield literal + text[end:]


def _resolve(written: str, inner: str | None, known: Callees) -> Reference | Mistake:
    if inner is None:
        return Mistake("form", written, "has no closing brace", _FORMS)
    match = _INNER.fullmatch(inner)
    if match is None or (match["attribute"] == "host" and match["port"]):
        return Mistake("form", written, "is not a reference", _FORMS)
    callee = known.get(match["node"])
    if callee is None:
        return Mistake("undeclared", written, match["node"])
    if match["attribute"] == "host":
        return Reference(node=callee.name, attribute="host")
    return _with_port(written, callee, match["attribute"], match["port"] or "")


def _with_port(written: str, callee: Callee, attribute: str, wanted: str) -> Reference | Mistake:
    """The reference with the port that is meant: the one named, else `http`, else the only one."""
    if not callee.ports:
        return Mistake("port", written, f'"{callee.name}" has no port that this dependency opens')
    if wanted:
        found = next((port for port in callee.ports if port.name == wanted), None)
        reason = f'"{callee.name}" opens no port named "{wanted}" to this service'
    else:
        found = main_port(callee.ports)
        reason = f'"{callee.name}" has several ports and none is named http'
    if found is None:
        names = ", ".join(f"${{{callee.name}.{attribute}.{port.name}}}" for port in callee.ports)
        return Mistake("port", written, reason, f"write one of {names}")
    return Reference(node=callee.name, attribute=attribute, port_name=found.name)
