"""A node for each test, and the pods of a datastore's builtin way on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chartgen.engines import ENGINES
from chartgen.engines.engine import Store, Topology
from tests.servers.harness.images import image
from tests.servers.harness.node import Node
from tests.servers.harness.pod import Pod

SECRET = {"username": "app", "password": "s3\"c r\\et$5'"}
"""A password that quoting must survive."""

Pods = Callable[..., list[Pod]]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    made = Node(tmp_path)
    yield made
    made.close()


@pytest.fixture
def pods(node: Node) -> Pods:
    """Makes the pods of a store, not yet started."""

    def make(engine: str, topology: Topology = Topology.SINGLE, **other: Any) -> list[Pod]:
        builtin = ENGINES[engine].builtin
        assert builtin
        store = Store(
            name="orders",
            topology=topology,
            instances=builtin.topologies[topology],
            version=ENGINES[engine].version,
            size="1Gi",
            database="orders",
            user=SECRET["username"],
            secret="orders-credentials" if builtin.secrets else "",
        )
        service = {"name": store.name, **builtin.service(replace(store, **other))}
        return [Pod(node, service, image(engine), SECRET, number=number) for number in range(store.instances)]

    return make
