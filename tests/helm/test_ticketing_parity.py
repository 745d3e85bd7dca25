"""The ticketing platform, rendered, against the tables of the program that it grew from."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.helm.conftest import ROOT


@dataclass(frozen=True)
class Seed:
    """One row of the program's `_initialize_services`."""

    name: str
    type: str
    port: int
    dependencies: tuple[str, ...]
    min_instances: int
    max_instances: int
    cpu_threshold: int


SEED = (
    Seed("api-gateway", "api_gateway", 3000, ("auth-service", "ticket-service"), 2, 10, 70),
    Seed("auth-service", "auth_service", 3001, (), 2, 5, 60),
    Seed("ticket-service", "ticket_service", 3002, ("auth-service", "pricing-engine", "fraud-detection"), 3, 15, 75),
    Seed("payment-service", "payment_service", 3003, ("auth-service", "fraud-detection"), 2, 8, 65),
    Seed("fraud-detection", "fraud_detection", 3004, (), 2, 6, 80),
    Seed("pricing-engine", "pricing_engine", 3005, (), 1, 4, 70),
    Seed("notification-service", "notification_service", 3006, ("ticket-service",), 1, 3, 50),
    Seed("blockchain-verifier", "blockchain_verifier", 3007, ("ticket-service",), 2, 5, 60),
)
# The program's `get_deployment_manifest` gives every service the same.
REQUESTS = {"cpu": "100m", "memory": "128Mi"}
LIMITS = {"cpu": "500m", "memory": "512Mi"}
HEALTH = "/health"

each_service = pytest.mark.parametrize("seed", SEED, ids=lambda seed: seed.name)


# `message_broker` and `cache_layer` are "redis_cluster", `database_cluster` is "postgresql_ha".
STORES = {"message-broker": "RedisCluster", "cache-layer": "RedisCluster", "database-cluster": "Cluster"}
USES = {
    "api-gateway": {"cache-layer"},
    "auth-service": {"database-cluster"},
    "ticket-service": {"database-cluster", "message-broker"},
    "payment-service": {"database-cluster", "message-broker"},
    "fraud-detection": {"cache-layer", "message-broker"},
    "pricing-engine": {"cache-layer", "message-broker"},
    "notification-service": {"message-broker"},
    "blockchain-verifier": {"message-broker"},
}
"""The seed does not say who uses which; a ticketing platform does so."""
OTHER_PORTS = {"auth-service": (3101,)}
"""Where istiod, which has no certificate of the mesh, fetches the keys of the tokens."""
DOOR = "gateway.networking.k8s.io/gateway-name"
STORE_PORTS = {"message-broker": 6379, "cache-layer": 6379, "database-cluster": 5432}


def test_the_platform_runs_the_services_of_the_seed_and_no_other(ticketing):
    assert sorted(ticketing.names("Deployment")) == sorted(seed.name for seed in SEED)
    services = {name for name in ticketing.names("Service") if not name.endswith("-headless")}
    assert services == {seed.name for seed in SEED} | set(STORES)


def test_production_has_the_clusters_of_the_seed(ticketing_platform, helm):
    values = tuple(ROOT / "values" / "prod" / f"{name}.yaml" for name in ("values", "release"))
    found = {
        thing.name: thing for thing in ticketing_platform.render(helm, values=values) if thing.kind in STORES.values()
    }
    assert {name: thing.kind for name, thing in found.items()} == STORES
    assert found["database-cluster"].spec["instances"] > 1
    assert found["cache-layer"].spec["clusterSize"] == 3


def test_a_laptop_has_them_builtin(ticketing):
    assert set(ticketing.names("StatefulSet")) == set(STORES)
    assert ticketing.get("StatefulSet", "cache-layer")["spec"]["replicas"] == 6


@each_service
def test_image(ticketing, seed):
    image = container(ticketing, seed)["image"]
    assert image.rpartition(":")[0] == f"ticketing/{seed.name}"


@each_service
def test_type(ticketing, seed):
    labels = ticketing.get("Deployment", seed.name)["metadata"]["labels"]
    assert labels["app.kubernetes.io/component"] == seed.type


@each_service
def test_port(ticketing, seed):
    ports = [seed.port, *OTHER_PORTS.get(seed.name, ())]
    assert [p["containerPort"] for p in container(ticketing, seed)["ports"]] == ports
    assert [p["port"] for p in ticketing.get("Service", seed.name)["spec"]["ports"]] == ports


@each_service
def test_the_autoscaler_starts_from_the_seeds_replicas(ticketing, seed):
    spec = ticketing.get("HorizontalPodAutoscaler", seed.name)["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (seed.min_instances, seed.max_instances)
    [metric] = spec["metrics"]
    assert metric["resource"] == {
        "name": "cpu",
        "target": {"type": "Utilization", "averageUtilization": seed.cpu_threshold},
    }


@each_service
def test_resources(ticketing, seed):
    resources = container(ticketing, seed)["resources"]
    assert REQUESTS.items() <= resources["requests"].items()
    assert LIMITS.items() <= resources["limits"].items()


@each_service
def test_health_path(ticketing, seed):
    assert container(ticketing, seed)["readinessProbe"]["httpGet"] == {"path": HEALTH, "port": "http"}


@each_service
def test_dependencies_are_the_calls_that_the_network_lets_out(ticketing, seed):
    egress = ticketing.get("NetworkPolicy", seed.name)["spec"]["egress"]
    calls = {
        (peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"], port["port"])
        for rule in egress
        for peer in rule["to"]
        if "namespaceSelector" not in peer
        for port in rule["ports"]
    }
    ports = {other.name: other.port for other in SEED} | STORE_PORTS
    assert calls == {(name, ports[name]) for name in {*seed.dependencies, *USES[seed.name]}}


@each_service
def test_dependencies_are_the_calls_that_the_network_lets_in(ticketing, seed):
    ingress = ticketing.get("NetworkPolicy", seed.name)["spec"].get("ingress", [])
    peers = [peer["podSelector"]["matchLabels"] for rule in ingress for peer in rule["from"] if "podSelector" in peer]
    callers = {labels["app.kubernetes.io/name"] for labels in peers if DOOR not in labels}
    assert callers == {other.name for other in SEED if seed.name in other.dependencies}


def test_only_the_api_gateway_is_behind_the_door(ticketing):
    behind = [
        policy["metadata"]["name"]
        for policy in ticketing.all("NetworkPolicy")
        for rule in policy["spec"].get("ingress", [])
        for peer in rule.get("from", [{}])
        if DOOR not in policy["spec"]["podSelector"]["matchLabels"]  # the door's own pods take calls from anyone
        if not peer or DOOR in peer.get("podSelector", {}).get("matchLabels", {})
    ]
    assert behind == ["api-gateway"]


def test_mutual_tls_is_strict_and_tokens_are_validated(ticketing):
    """The program's `generate_service_mesh` has `mtls: strict` and `auth_policy: jwt_validation`."""
    whole = [policy["spec"] for policy in ticketing.all("PeerAuthentication") if "selector" not in policy["spec"]]
    assert whole == [{"mtls": {"mode": "STRICT"}}]
    [tokens] = ticketing.all("RequestAuthentication")
    assert tokens["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"] == "api-gateway"


def test_dependencies_start_first(ticketing_chart):
    order = [dependency["name"] for dependency in ticketing_chart["dependencies"]]
    for seed in SEED:
        for name in seed.dependencies:
            assert order.index(name) < order.index(seed.name)


def container(ticketing, seed):
    [found] = ticketing.get("Deployment", seed.name)["spec"]["template"]["spec"]["containers"]
    return found
