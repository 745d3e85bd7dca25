from __future__ import annotations

from typing import Any

from chartgen.registry.normal import BUILT_IN_RESOURCES, REMOVABLE, laid_over, normalise


def service(defaults: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return normalise({"defaults": defaults or {}, "services": [{"name": "orders", **fields}]})[0]


def test_port_is_one_http_port() -> None:
    port = {"name": "http", "port": 3002, "targetPort": 3002, "protocol": "http", "expose": True}
    assert service(port=3002)["ports"] == [port]


def test_dependency() -> None:
    edge = {"node": "a", "as": "", "ports": "all", "startup": True, "optional": False}
    assert service(dependencies=["a"])["dependencies"] == [edge]


def test_health_endpoint_is_readiness_and_a_patient_liveness() -> None:
    probes = service(port=80, healthEndpoint="/health")["probes"]
    assert probes["readiness"] == {"http": {"path": "/health"}, "periodSeconds": 5, "failureThreshold": 3}
    assert probes["liveness"]["tcp"] == {}
    assert probes["liveness"]["periodSeconds"] == 20


def test_explicit_probes_go_over_the_health_endpoint() -> None:
    explicit = {"readiness": {"periodSeconds": 9}, "liveness": {"http": {"path": "/live"}}, "startup": "none"}
    probes = service(port=80, healthEndpoint="/health", probes=explicit)["probes"]
    assert probes["readiness"] == {"http": {"path": "/health"}, "periodSeconds": 9, "failureThreshold": 3}
    assert "tcp" not in probes["liveness"]
    assert probes["liveness"]["http"] == {"path": "/live"}


def test_maps_merge_and_lists_replace() -> None:
    defaults = {"env": {"A": "1", "B": "1"}, "args": ["x"], "labels": {"team": "a"}}
    merged = service(defaults, env={"B": "2"}, args=["y"])
    assert merged["env"] == {"A": "1", "B": "2"}
    assert merged["args"] == ["y"]
    assert merged["labels"] == {"team": "a"}


def test_an_env_entry_is_replaced_whole() -> None:
    merged = service({"env": {"A": {"secret": "s", "key": "k"}}}, env={"A": {"config": "c", "key": "k"}})
    assert merged["env"]["A"] == {"config": "c", "key": "k"}


def test_a_fixed_size_and_bounds_replace_each_other() -> None:
    bounds = {"minInstances": 2, "maxInstances": 4}
    assert service({"scaling": bounds}, scaling={"replicas": 3})["scaling"] == {"replicas": 3}
    assert service({"scaling": {"replicas": 3}}, scaling=bounds)["scaling"] == bounds
    assert service({"scaling": bounds}, scaling={"maxInstances": 9})["scaling"] == {**bounds, "maxInstances": 9}
    assert service({"scaling": bounds}, scaling="none")["scaling"] == "none"


def test_resources_lie_over_the_built_in_ones() -> None:
    assert service()["resources"] == BUILT_IN_RESOURCES
    own = service({"resources": {"limits": {"cpu": "2"}}}, resources={"requests": {"cpu": "1"}})["resources"]
    assert own["requests"] == {**BUILT_IN_RESOURCES["requests"], "cpu": "1"}
    assert own["limits"] == {**BUILT_IN_RESOURCES["limits"], "cpu": "2"}


def test_none_removes_what_lies_below() -> None:
    assert service(resources="none")["resources"] == {"requests": "none", "limits": "none"}
    assert service(resources={"limits": "none"})["resources"]["limits"] == "none"
    only = service({"resources": "none"}, resources={"requests": {"cpu": "1"}})["resources"]
    assert only == {"requests": {"cpu": "1"}, "limits": "none"}
    assert service({"healthEndpoint": "/h"}, port=80, probes={"liveness": "none"})["probes"]["liveness"] == "none"


def test_another_repository_brings_its_own_tag() -> None:
    defaults = {"image": {"repository": "a", "tag": "1", "pullPolicy": "Always"}}
    assert service(defaults, image="b")["image"] == {"repository": "b", "pullPolicy": "Always"}


def test_defaults_leave_out_what_cannot_be() -> None:
    defaults = {
        "healthEndpoint": "/health",
        "exposed": True,
        "scaling": {"replicas": 2},
        "schedule": "@daily",
        "volumes": [{"name": "d", "mountPath": "/d", "claim": {"size": "1Gi"}}],
    }
    worker = service(defaults)
    assert "exposed" not in worker
    assert worker["probes"] == {}
    job = service(defaults, kind="CronJob")
    assert job["schedule"] == "@daily"
    assert not {"scaling", "exposed", "probes"} & job.keys()
    agent = service(defaults, kind="DaemonSet", port=80)
    assert agent["volumes"] == []
    assert "scaling" not in agent
    assert "schedule" not in agent
    assert agent["exposed"] is True


def test_the_input_stays_as_it_was() -> None:
    registry = {"services": [{"name": "a", "port": 80, "healthEndpoint": "/h", "image": "x:1"}]}
    normalise(registry)
    assert registry == {"services": [{"name": "a", "port": 80, "healthEndpoint": "/h", "image": "x:1"}]}


VALUES: dict[str, Any] = {
    "type": "api", "owner": "team", "description": "what", "env": {"A": "1"}, "envFrom": [{"secret": "s"}],
    "files": {"/f": "x"}, "volumes": [{"name": "v", "mountPath": "/v", "emptyDir": {}}], "command": ["run"],
    "args": ["a"], "initContainers": [{"name": "i"}], "sidecars": [{"name": "s"}],
    "lifecycle": {"preStop": {"sleep": {"seconds": 1}}}, "nodeSelector": {"a": "b"},
    "tolerations": [{"key": "k"}], "affinity": {"nodeAffinity": {}}, "priorityClassName": "high",
    "labels": {"a": "b"}, "annotations": {"a": "b"}, "serviceAccount": {"annotations": {"a": "b"}},
    "securityContext": {"runAsUser": 5}, "settings": {"A": "1"}, "service": {"headless": True},
    "metrics": {"port": "a"},
}  # fmt: skip


def test_none_removes_every_field_that_can_be_empty() -> None:
    assert set(VALUES) == REMOVABLE
    without = service(port=80)
    for name, value in VALUES.items():
        assert name in service({name: value}, port=80)
        assert service({name: value}, port=80, **{name: "none"}) == without
        nothing: dict[str, Any] = {name: "none"}
        assert service(nothing, port=80) == service(port=80, **nothing) == without
        assert service(nothing, port=80, **{name: value}) == service(port=80, **{name: value})


def test_none_for_the_health_endpoint() -> None:
    both = {"readiness": "none", "liveness": "none"}
    assert service({"healthEndpoint": "/h"}, port=80, healthEndpoint="none")["probes"] == both
    own = service(port=80, healthEndpoint="none", probes={"readiness": {"exec": ["a"]}})["probes"]
    assert own == {"readiness": {"exec": ["a"]}, "liveness": "none"}


def test_none_drops_a_single_quantity() -> None:
    limits = service(resources={"limits": {"cpu": "none"}})["resources"]["limits"]
    assert limits == {"memory": "512Mi", "ephemeral-storage": "1Gi"}
    asked = service({"resources": {"requests": {"cpu": "none"}}}, resources={"requests": {"memory": "1Gi"}})
    assert asked["resources"]["requests"] == {"memory": "1Gi", "ephemeral-storage": "64Mi"}


def test_none_in_a_sidecar() -> None:
    (sidecar,) = service(sidecars=[{"name": "none", "args": "none", "securityContext": "none", "env": "none"}])[
        "sidecars"
    ]
    assert sidecar == {"name": "none", "resources": BUILT_IN_RESOURCES}


def test_what_an_engine_asks_for_gives_way_to_a_lower_limit() -> None:
    engine = {"resources": {"requests": {"memory": "256Mi"}, "limits": {"memory": "1Gi"}}}
    found = laid_over(engine, {"resources": {"limits": {"memory": "100Mi"}}})["resources"]
    assert (found["requests"]["memory"], found["limits"]["memory"]) == ("100Mi", "100Mi")
