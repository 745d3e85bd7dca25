"""Datastores to try engines on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chartgen.engines.engine import Engine, Store, Topology

TOLD: dict[str, dict[str, Any]] = {
    "custom": {
        "image": "ghcr.io/acme/store:1.2.3",
        "ports": [{"name": "tcp", "port": 7000}],
        "probes": {"readiness": {"exec": ["store", "ping"]}, "liveness": {"tcp": {}}},
    }
}
"""What a registry says under `builtin`, where the engine knows nothing."""


def store_of(engine: Engine, topology: Topology, **other: Any) -> Store:
    """A store as the registry hands it to its engine."""
    assert engine.builtin
    store = Store(
        name="orders-db",
        topology=topology,
        instances=engine.builtin.topologies[topology],
        version=engine.version,
        size="20Gi",
        storage_class="fast",
        database="orders_db",
        user="app",
        secret="orders-db-credentials",
    )
    return replace(store, **other)
