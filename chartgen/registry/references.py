"""References in environment variables: `${orders.url}`, `${orders.port.grpc}`; `$${` is a literal `${`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from chartgen.registry.model import External
from chartgen.registry.pod import Port, Reference, Text
from chartgen.registry.ports import main_port
from chartgen.registry.service import Edge

_TOKEN = re.compile(r"\$\$\{|\$\{(?P<inner>[^{}]*)\}|\$\{")
_INNER = re.compile(
    r"(?P<node>[a-z][-a-z0-9]*)\.(?:(?P<attribute>host|url|port)(?:\.(?P<port>[-a-z0-9]+))?|secret\.(?P<key>[-A-Za-z0-9_.]+))"
)


@dataclass(frozen=True, slots=True)
class Callee:
    """What a node offers to its callers: its ports (of a declared dependency, those that the edge opens), the
    credentials that every way of providing it gives (`ways`: credential → the ways that give it), and whether its host
    is one (`host` false: a wildcard)."""

    name: str
    ports: Sequence[Port]
    secrets: frozenset[str] = frozenset()
    ways: Mapping[str, Sequence[str]] = field(default_factory=dict)
    host: bool = True

    @classmethod
    def of_external(cls, external: External) -> Callee:
        """The external as callers see it."""
        return cls(external.name, external.ports, host="*" not in external.host)


@dataclass(frozen=True, slots=True)
class Mistake:
    """A reference that cannot be resolved: what kind of mistake, the reference as written, and the reason."""

    kind: str
    written: str
    reason: str = ""
    hint: str = ""


Callees = Mapping[str, Callee]

_FORMS = (
    "the forms are ${name.url}, ${name.host}, ${name.port}, ${name.port.<port>}, and ${name.secret.<key>} of a "
    "datastore; $${ is a literal ${"
)


def callees(edges: Sequence[Edge], nodes: Mapping[str, Callee]) -> dict[str, Callee]:
    """Name → callee, for every declared edge whose target exists; its ports are those that the edge opens."""
    return {edge.target: _opened(callee, edge) for edge in edges if (callee := nodes.get(edge.target))}


def _opened(callee: Callee, edge: Edge) -> Callee:
    ports = [port for port in callee.ports if port.name in edge.ports]
    return callee if len(ports) == len(callee.ports) else replace(callee, ports=ports)


def parse_text(text: str, known: Callees) -> Text:
    """The text in parts; what is no good reference stays as it is written (`mistakes` reports it)."""
    if "${" not in text:
        return (text,) if text else ()
    return tuple(part if not isinstance(part, Mistake) else part.written for part in _parts(text, known))


def mistakes(text: str, known: Callees) -> Iterator[Mistake]:
    """Every reference of the text that cannot be resolved."""
    if "${" not in text:
        return
    parts = list(_parts(text, known))
    for part in parts:
        if isinstance(part, Mistake):
            yield part
        elif isinstance(part, Reference) and part.attribute == "secret" and len(parts) > 1:
            yield Mistake("secret", f"${{{part.node}.secret.{part.port_name}}}", "stands inside other text", _ALONE)


_ALONE = "give it a variable of its own, such as DB_PASSWORD, and use that one as $(DB_PASSWORD)"


def url_variable(node: str) -> str:
    """The environment variable by which `discovery` hands over a dependency's address."""
    return f"{node.upper().replace('-', '_')}_URL"


def main_reference(callee: Callee) -> Reference | None:
    """The callee's URL, where it is plain which port that means."""
    port = main_port(callee.ports)
    return Reference(node=callee.name, attribute="url", port_name=port.name) if port and callee.host else None


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
    return _offered(written, match, known)


def _offered(written: str, match: re.Match[str], known: Callees) -> Reference | Mistake:
    """What the callee offers under that name."""
    callee = known.get(match["node"])
    if callee is None:
        return Mistake("undeclared", written, match["node"])
    if match["key"]:
        return _secret(written, callee, match["key"])
    if not callee.host and match["attribute"] != "port":
        return Mistake("host", written, f'"{callee.name}" has a wildcard for a host', "write the host that is meant")
    if match["attribute"] == "host":
        return Reference(node=callee.name, attribute="host")
    return _with_port(written, callee, match["attribute"], match["port"] or "")


def _secret(written: str, callee: Callee, key: str) -> Reference | Mistake:
    """The credential, where every way that the chart carries gives it."""
    if key in callee.secrets:
        return Reference(node=callee.name, attribute="secret", port_name=key)
    if not callee.ways:
        hint = f"name the Secret itself: {{secret: …, key: {key}}}"
        return Mistake("secret", written, f'"{callee.name}" has no credentials', hint)
    given = callee.ways.get(key, ())
    reason = f'"{callee.name}" gives no "{key}"' + (f" but in the way {' and '.join(given)}" if given else "")
    if callee.secrets:
        hint = f"every way that it is provided in gives {', '.join(sorted(callee.secrets))}"
    elif given:
        hint = f"provide it in no other way, or name the Secret itself: {{secret: …, key: {key}}}"
    else:
        hint = f"it gives {', '.join(callee.ways)}"
    return Mistake("secret", written, reason, hint)


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
