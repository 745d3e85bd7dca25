"""What each engine runs inside the platform: it compiles as any service does, and means what it should."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from chartgen.engines import ENGINES
from chartgen.engines.engine import Builtin, Engine, Role, Store, Topology
from chartgen.registry import Compiled, compile_registry
from chartgen.registry.pod import Claim, Probe, SecretKey
from chartgen.registry.service import Service
from tests.unit.engines.stores import TOLD, store_of

RUNS = [
    (name, topology) for name, engine in ENGINES.items() if engine.builtin for topology in engine.builtin.topologies
]
WARNINGS = {"opensearch": {"CG404"}}
"""OpenSearch writes its keystore beside the configuration that its image brings."""


def builtin_of(engine: Engine) -> Builtin:
    assert engine.builtin
    return engine.builtin


def compiled(store: Store, engine: Engine) -> Compiled:
    """The workload as a plain service of a minimal registry; JSON is YAML too."""
    own = TOLD.get(engine.name, {})
    service: dict[str, Any] = {"name": store.name, **builtin_of(engine).service(store), **own}
    registry = {
        "apiVersion": "chartgen.dev/v1",
        "kind": "ServiceRegistry",
        "metadata": {"name": "shop", "version": "1.0.0"},
        "services": [service],
    }
    return compile_registry("registry.yaml", json.dumps(registry).encode(), lambda _: None)


@pytest.fixture(params=RUNS, ids=lambda run: f"{run[0]}-{run[1]}")
def run(request: pytest.FixtureRequest) -> tuple[Engine, Store, Service]:
    name, topology = request.param
    engine = ENGINES[name]
    store = store_of(engine, topology)
    outcome = compiled(store, engine)
    assert {found.code for found in outcome.diagnostics} == WARNINGS.get(name, set()), outcome.diagnostics
    assert outcome.registry
    [service] = outcome.registry.services
    return engine, store, service


def test_it_is_a_stateful_set_of_a_pinned_image(run: tuple[Engine, Store, Service]) -> None:
    engine, store, service = run
    assert service.kind == "StatefulSet"
    assert service.scaling.replicas == store.instances
    assert service.image.tag.startswith(store.version)
    assert service.image.tag.count(".") >= 1 or engine.name == "custom"


def test_its_ports_are_the_engines(run: tuple[Engine, Store, Service]) -> None:
    engine, _, service = run
    shown = {port.port: port.protocol for port in service.main.ports if port.expose}
    if engine.ports:
        assert shown == {port.port: port.protocol for port in engine.ports}


def test_ports_between_the_pods_are_the_containers(run: tuple[Engine, Store, Service]) -> None:
    engine, store, service = run
    if store.instances > 1:
        assert set(builtin_of(engine).peer_ports) <= {port.target_port for port in service.main.ports}


def test_it_keeps_what_it_stores(run: tuple[Engine, Store, Service]) -> None:
    engine, store, service = run
    claims = [volume.source for volume in service.volumes if isinstance(volume.source, Claim)]
    if engine.name in {"memcached", "custom"}:
        assert not claims
    else:
        assert claims == [Claim(size=store.size, storage_class="fast")]


def test_it_starts_in_its_own_time_and_readiness_asks_more_than_liveness(run: tuple[Engine, Store, Service]) -> None:
    engine, _, service = run
    probes = service.main.probes
    if engine.name == "custom":
        return
    assert probes.startup and probes.readiness and probes.liveness
    assert probes.liveness.handler == ("exec" if engine.name in {"mysql", "mariadb"} else "tcp")
    assert _seconds(probes.startup) >= 60
    assert _seconds(probes.liveness) >= 100
    assert probes.readiness.handler in {"exec", "http"} or engine.name == "kafka"


def _seconds(probe: Probe) -> int:
    timings = dict(probe.timings)
    return timings["periodSeconds"] * timings["failureThreshold"]


def test_it_is_restricted(run: tuple[Engine, Store, Service]) -> None:
    engine, _, service = run
    known = 1000 if engine.name == "opensearch" else 10001
    assert service.pod_security.run_as_non_root and service.pod_security.run_as_user == known
    assert service.main.security.drop == ("ALL",)
    assert service.main.security.read_only_root_filesystem == (engine.name != "opensearch")


def test_passwords_come_from_the_secret_alone(run: tuple[Engine, Store, Service]) -> None:
    engine, store, service = run
    keys = {variable.value.key for variable in service.main.env if isinstance(variable.value, SecretKey)}
    names = {variable.value.name for variable in service.main.env if isinstance(variable.value, SecretKey)}
    assert keys == (set(builtin_of(engine).secrets) if engine.name != "custom" else set())
    assert names <= {store.secret}


@pytest.mark.parametrize("name", ENGINES)
def test_what_cannot_be_given_is_refused_with_a_way_out(name: str) -> None:
    builtin = builtin_of(ENGINES[name])
    assert set(builtin.refused) | set(builtin.topologies) == set(Topology)
    assert not set(builtin.refused) & set(builtin.topologies)
    assert all("say" in reason.lower() for reason in builtin.refused.values())


@pytest.mark.parametrize("name", [name for name in ENGINES if name != "custom"])
def test_without_a_secret_or_a_class_nothing_names_one(name: str) -> None:
    engine = ENGINES[name]
    store = store_of(engine, Topology.SINGLE, secret="", storage_class="")
    if engine.credentials != "required":
        outcome = compiled(store, engine)
        assert outcome.registry
        [service] = outcome.registry.services
        assert not any(isinstance(variable.value, SecretKey) for variable in service.main.env)
        assert all(not v.source.storage_class for v in service.volumes if isinstance(v.source, Claim))


@pytest.mark.parametrize("name", [name for name in ENGINES if name != "custom"])
def test_exceptions_from_the_restricted_standard_are_those_that_it_states(name: str) -> None:
    engine = ENGINES[name]
    stated, written = builtin_of(engine).needs, builtin_of(engine).service(store_of(engine, Topology.SINGLE))
    security = written.get("securityContext", {})
    kept = {key: value for key, value in security.items() if not key.startswith("fsGroup")}
    assert kept == stated


@pytest.mark.parametrize("name", ["redis", "valkey"])
@pytest.mark.parametrize("topology", [Topology.SINGLE, Topology.CLUSTER])
def test_a_cache_forgets_and_all_else_refuses_before_the_memory_is_full(name: str, topology: Topology) -> None:
    engine = ENGINES[name]
    for role, policy in {Role.CACHE: "allkeys-lru", Role.BROKER: "noeviction", Role.DATABASE: "noeviction"}.items():
        service = builtin_of(engine).service(store_of(engine, topology, role=role))
        assert service["env"]["WHEN_FULL"] == policy
        assert service["env"]["MEMORY_LIMIT"] == {"resource": "limits.memory"}
        assert "limits" in service["resources"]


def test_probes_leave_no_variable_to_be_cut_into_words(run: tuple[Engine, Store, Service]) -> None:
    _, _, service = run
    for probe in (service.main.probes.readiness, service.main.probes.liveness):
        script = probe.command[-1] if probe and probe.command and probe.command[0] == "sh" else ""
        assert not re.search(r'(?<!["=])\$[A-Z]', script), script


DETAILS: dict[str, dict[str, Any]] = {"database": {"database": "other"}, "secret": {"secret": "other"}}
"""What a registry says → a store in which it says something else. The account's name stands in the Secret."""


@pytest.mark.parametrize("name", [name for name in ENGINES if name != "custom"])
@pytest.mark.parametrize("detail", DETAILS)
def test_what_it_ignores_changes_nothing_and_what_it_does_not_changes_something(name: str, detail: str) -> None:
    engine = ENGINES[name]
    builtin = builtin_of(engine)
    ignored = {**engine.ignores, **builtin.ignores}
    store = store_of(engine, Topology.SINGLE)
    other = store_of(engine, Topology.SINGLE, **DETAILS[detail])
    assert (builtin.service(store) == builtin.service(other)) == (detail in ignored)


def test_reasons_are_of_details_that_exist_and_show_a_way_out() -> None:
    for engine in ENGINES.values():
        reasons = {**engine.ignores, **builtin_of(engine).ignores}
        assert set(reasons) <= {"database", "user", "secret", "storage", "topics"}
        assert all(
            re.search("remove|say|name (it|the)|make them|provide it|choose", reason) for reason in reasons.values()
        )


def test_who_logs_in_to_kafka_and_how_does_not_change_with_the_way() -> None:
    engine = ENGINES["kafka"]
    with_login = builtin_of(engine).service(store_of(engine, Topology.CLUSTER))
    without = builtin_of(engine).service(store_of(engine, Topology.CLUSTER, secret=""))
    properties = "/etc/chartgen/server.properties"
    assert "CLIENT:SASL_PLAINTEXT" in with_login["files"][properties]
    assert "sasl.enabled.mechanisms=SCRAM-SHA-512" in with_login["files"][properties]
    assert "CLIENT:PLAINTEXT" in without["files"][properties] and "sasl" not in without["files"][properties]
    operated = (Path(__file__).parents[3] / "chartgen/emit/templates/operators/strimzi-kafka.yaml.j2").read_text()
    assert "type: scram-sha-512" in operated
