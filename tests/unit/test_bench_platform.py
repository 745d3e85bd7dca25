"""The platforms of the measurements are what docs/bench.md says they are."""

from __future__ import annotations

from collections import Counter

import pytest
import yaml

from bench.platform import registry
from chartgen.registry import compile_registry

SIZE = 400


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert registry(50) == registry(50)
    assert registry(50, seed=2) != registry(50)


def test_its_shares() -> None:
    platform = yaml.safe_load(registry(SIZE))
    services, stores = platform["services"], {store["name"] for store in platform["datastores"]}
    kinds = Counter(service.get("kind", "Deployment") for service in services)
    assert kinds == {"Deployment": 340, "StatefulSet": 20, "DaemonSet": 8, "CronJob": 20, "Job": 12}
    assert sum("ports" in service for service in services) == SIZE * 20 // 100
    assert sum("files" in service for service in services) == SIZE * 30 // 100
    calls = [(service["name"], name) for service in services for name in service.get("dependencies", [])]
    assert sum(name not in stores for _, name in calls) / SIZE == pytest.approx(3, abs=0.2)
    assert sum(name in stores for _, name in calls) == SIZE // 2
    assert len(stores) == SIZE // 20
    assert sum("events" in service for service in services) == SIZE // 4
    assert sum(len(service["env"]) for service in services) / SIZE == pytest.approx(8, abs=0.3)


@pytest.mark.parametrize("size", [1, 2, 10, SIZE])
def test_there_is_nothing_to_say_about_it(size: int) -> None:
    assert compile_registry("registry.yaml", registry(size).encode(), lambda _: None).diagnostics == []


@pytest.mark.parametrize("size", [10, SIZE, 1000])
def test_nor_about_the_same_in_a_mesh(size: int) -> None:
    compiled = compile_registry("registry.yaml", registry(size, mesh=True).encode(), lambda _: None)
    assert compiled.diagnostics == []
    assert compiled.registry
    assert compiled.registry.mesh
    lost = set(registry(size).splitlines()) - set(registry(size, mesh=True).splitlines())
    assert all(line.startswith("    dependencies: ") for line in lost)
