"""Environment variables: references become text, and variables that others use come first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from chartgen.emit.render import go_string
from chartgen.emit.yaml import Writable
from chartgen.registry.model import Datastore, External, Node
from chartgen.registry.pod import (
    ConfigKey,
    Credential,
    EnvValue,
    EnvVar,
    FieldPath,
    Reference,
    ResourceField,
    SecretKey,
    Text,
)
from chartgen.registry.service import Service

_USE = re.compile(r"(?<!\$)(?:\$\$)*\$\(([^()\s]+)\)")


@dataclass(frozen=True, slots=True)
class LateVariable:
    """A variable that only the render can tell, since a value says how its datastore is provided. `expression`: of
    Go's template language, over `$stores`; of a credential it gives a `valueFrom`."""

    name: str
    expression: str
    credential: bool = False


def env_values(service: Service, by_name: Mapping[str, Node]) -> dict[str, Writable]:
    """The main container's variables as values.yaml holds them: text, or a Kubernetes reference."""
    return {var.name: env_value(var.value, by_name) for var in service.main.env if not is_late(var.value, by_name)}


def late_variables(env: Iterable[EnvVar], by_name: Mapping[str, Node]) -> list[LateVariable]:
    """The variables that values.yaml cannot hold, sorted by name."""
    late = (var for var in sorted(env, key=lambda var: var.name) if is_late(var.value, by_name))
    return [LateVariable(v.name, _expression(v.value, by_name), isinstance(v.value, Credential)) for v in late]


def is_late(value: EnvValue, by_name: Mapping[str, Node]) -> bool:
    """Whether the value refers to a datastore."""
    if isinstance(value, Credential):
        return True
    return isinstance(value, tuple) and any(_is_late(part, by_name) for part in value)


def _is_late(part: str | Reference, by_name: Mapping[str, Node]) -> bool:
    return isinstance(part, Reference) and isinstance(by_name[part.node], Datastore)


def _expression(value: EnvValue, by_name: Mapping[str, Node]) -> str:
    if isinstance(value, Credential):
        return f'dict "secretKeyRef" (index $stores {go_string(value.node)} "secret" {go_string(value.key)})'
    assert isinstance(value, tuple)
    parts = [_looked_up(part) if _is_late(part, by_name) else go_string(text((part,), by_name)) for part in value]
    return parts[0] if len(parts) == 1 else f'list {" ".join(_argument(part) for part in parts)} | join ""'


def _looked_up(part: str | Reference) -> str:
    assert isinstance(part, Reference)
    where = f"index $stores {go_string(part.node)} {go_string(part.attribute)}"
    return where if part.attribute == "host" else f"{where} {go_string(part.port_name)}"


def _argument(expression: str) -> str:
    return expression if expression.startswith('"') else f"({expression})"


def env_value(value: EnvValue, by_name: Mapping[str, Node]) -> Writable:
    """The variable's text, or what Kubernetes calls its `valueFrom`."""
    match value:
        case SecretKey():
            return {"secretKeyRef": _key_ref(value)}
        case ConfigKey():
            return {"configMapKeyRef": _key_ref(value)}
        case FieldPath():
            return {"fieldRef": {"fieldPath": value.field}}
        case ResourceField():
            unit = {"divisor": value.divisor} if value.divisor else {}
            return {"resourceFieldRef": {"resource": value.resource} | unit}
        case Credential():
            raise TypeError(f"{value} is told by the render alone")
        case _:
            return text(value, by_name)


def text(value: Text, by_name: Mapping[str, Node]) -> str:
    """The text with its references resolved."""
    return "".join(part if isinstance(part, str) else _resolve(part, by_name[part.node]) for part in value)


def used_first(service: Service) -> tuple[str, ...]:
    """Variables of the main container that must precede their users although they sort after them."""
    texts = {var.name: _shown(var.value) for var in service.main.env}
    return _used_first(
        texts | dict(service.settings), {var.name for var in service.main.env} | set(dict(service.settings))
    )


def in_order(env: Sequence[EnvVar], by_name: Mapping[str, Node]) -> list[tuple[str, Writable | LateVariable]]:
    """A sidecar's variables sorted by name, those that others use first."""
    values = {var.name: var.value for var in sorted(env, key=lambda var: var.name)}
    first = _used_first({name: _shown(value) for name, value in values.items()}, values.keys())
    order = [*first, *(name for name in values if name not in first)]
    late = {var.name: var for var in late_variables(env, by_name)}
    return [(name, late.get(name) or env_value(values[name], by_name)) for name in order]


def _shown(value: EnvValue) -> str:
    """The literal text of a value: what it may hold of other variables' names."""
    return "".join(part for part in value if isinstance(part, str)) if isinstance(value, tuple) else ""


def _used_first(texts: Mapping[str, str], names: Iterable[str]) -> tuple[str, ...]:
    if not any("$(" in value for value in texts.values()):
        return ()
    known = set(names)
    uses = {name: sorted(known.intersection(_USE.findall(value)) - {name}) for name, value in texts.items()}
    late = {used for name, found in uses.items() for used in found if used > name}
    order: dict[str, None] = {}
    for name in sorted(late):
        _visit(name, uses, order, set())
    return tuple(order)


def _visit(name: str, uses: Mapping[str, list[str]], order: dict[str, None], above: set[str]) -> None:
    """Put what `name` uses before it. Variables that use each other in a ring stay as they are: no order helps."""
    if name in order or name in above:
        return
    for used in uses.get(name, ()):
        _visit(used, uses, order, above | {name})
    order[name] = None


def _key_ref(value: SecretKey | ConfigKey) -> dict[str, Writable]:
    ref: dict[str, Writable] = {"name": value.name, "key": value.key}
    return ref | {"optional": True} if value.optional else ref


def _resolve(reference: Reference, target: Node) -> str:
    host = target.host if isinstance(target, External) else target.name
    if reference.attribute == "host":
        return host
    port = target.port(reference.port_name)
    if reference.attribute == "port":
        return str(port.port)
    return f"{port.protocol}://{f'[{host}]' if ':' in host else host}:{port.port}"
