"""Environment variables: references become text, and variables that others use come first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from chartgen.emit.yaml import Writable
from chartgen.registry.model import Service
from chartgen.registry.pod import ConfigKey, EnvValue, EnvVar, FieldPath, Reference, ResourceField, SecretKey, Text

_USE = re.compile(r"(?<!\$)(?:\$\$)*\$\(([^()\s]+)\)")


def env_values(service: Service, by_name: Mapping[str, Service]) -> dict[str, Writable]:
    """The main container's variables as values.yaml holds them: text, or a Kubernetes reference."""
    return {var.name: env_value(var.value, by_name) for var in service.main.env}


def env_value(value: EnvValue, by_name: Mapping[str, Service]) -> Writable:
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
        case _:
            return text(value, by_name)


def text(value: Text, by_name: Mapping[str, Service]) -> str:
    """The text with its references resolved."""
    return "".join(part if isinstance(part, str) else _resolve(part, by_name[part.node]) for part in value)


def used_first(service: Service, by_name: Mapping[str, Service]) -> tuple[str, ...]:
    """Variables of the main container that must precede their users although they sort after them."""
    texts = {var.name: value for var in service.main.env if isinstance(value := env_value(var.value, by_name), str)}
    return _used_first(
        texts | dict(service.settings), {var.name for var in service.main.env} | set(dict(service.settings))
    )


def in_order(env: Iterable[EnvVar], by_name: Mapping[str, Service]) -> list[tuple[str, Writable]]:
    """A sidecar's variables sorted by name, those that others use first."""
    values = {var.name: env_value(var.value, by_name) for var in sorted(env, key=lambda var: var.name)}
    first = _used_first({name: value for name, value in values.items() if isinstance(value, str)}, values.keys())
    return [(name, values[name]) for name in first] + [(n, v) for n, v in values.items() if n not in first]


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


def _resolve(reference: Reference, target: Service) -> str:
    if reference.attribute == "host":
        return target.name
    port = target.port(reference.port_name)
    if reference.attribute == "port":
        return str(port.port)
    return f"{port.protocol}://{target.name}:{port.port}"
