"""A platform with every operator in every topology: what the tests of operators render, judge and show to a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chartgen.engines import ENGINES

CRDS = Path(__file__).parent / "data" / "crds"
STORES = {
    f"{engine.name}-{topology}": (engine, topology)
    for engine in ENGINES.values()
    if engine.operator
    for topology in engine.operator.topologies
}
"""Name of a datastore → its engine and topology."""
HAND_ON = ("Kafka", "KafkaNodePool", "RabbitmqCluster", "Redis", "RedisReplication", "RedisCluster")
"""Kinds whose labels their operator hands on to what it makes."""
TOPICS = {"tickets.sold": {"partitions": 12, "replicas": 1}, "Odd_Name": {}}


def registry(*, secrets: bool) -> str:
    """The registry of that platform. `secrets`: each datastore names a Secret, and a user, of its own."""
    head = {
        "apiVersion": "chartgen.dev/v1",
        "kind": "ServiceRegistry",
        "metadata": {"name": "shop", "version": "1.0.0"},
    }
    app = {"name": "app", "image": "docker.io/library/nginx:1.29.1", "dependencies": list(STORES)}
    stores = [_datastore(name, secrets=secrets) for name in STORES]
    return json.dumps({**head, "environments": [{"name": "dev"}], "datastores": stores, "services": [app]})


def _datastore(name: str, *, secrets: bool) -> dict[str, Any]:
    engine, topology = STORES[name]
    own = {"secret": f"{name}-login", "user": name.replace("-", "")} if secrets else {}
    topics = {"topics": TOPICS} if engine.role == "broker" else {}
    return {"name": name, "engine": engine.name, "topology": topology, "provision": "operator", **own, **topics}
