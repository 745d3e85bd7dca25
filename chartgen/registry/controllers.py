"""Operators that call the pods that they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chartgen.engines.engine import Operator
    from chartgen.registry.model import Registry


def controllers(registry: Registry) -> tuple[Operator, ...]:
    """The operators whose own pods call those of a datastore, sorted by name: a strict mesh asks them for its
    certificate."""
    found = {
        store.engine.operator.name: store.engine.operator
        for store in registry.datastores
        if store.operated and store.operated.controller_ports and store.engine.operator
    }
    return tuple(found[name] for name in sorted(found))
