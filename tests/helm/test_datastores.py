"""One chart, every way of providing its datastores: what callers are told, and whom policies let through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from chartgen.registry import compile_registry
from chartgen.workflows import load
from chartgen.workflows.lint import lint_charts
from tests.helm.conftest import CASES, RELEASE, Platform, write

if TYPE_CHECKING:
    from pathlib import Path

    from chartgen.audit.objects import Rendered
    from chartgen.tools.helm import Helm

BUILTIN = "global.datastores.orders-db.provision=builtin"
OPERATOR = "global.datastores.orders-db.provision=operator"
EXTERNAL = ("global.datastores.orders-db.provision=external", "global.datastores.orders-db.host=db.example.com")
WAYS = {"builtin": (BUILTIN,), "operator": (OPERATOR,), "external": EXTERNAL}
TOLD = {
    "builtin": ("orders-db", "5432", "orders-db-credentials"),
    "operator": ("orders-db-rw", "5432", "orders-db-app"),
    "external": ("db.example.com", "6432", "orders-db-credentials"),
}
"""Way → host, port, and the Secret of the credentials."""


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    registry = load.run(CASES / "datastores").registry
    assert registry is not None
    return write(registry, tmp_path_factory.mktemp("datastores"))


@pytest.mark.parametrize("way", WAYS)
def test_callers_are_told_where_it_is_without_an_edit(stores: Platform, helm: Helm, way: str) -> None:
    host, port, secret = TOLD[way]
    pod = _pod(stores.render(helm, *WAYS[way]), "orders")
    env = _env(pod["containers"][0])
    assert env["DB_HOST"] == host
    assert env["A_DB_URL"] == f"jdbc:postgresql://{host}:{port}/orders?user=$(DB_USER)"
    assert env["DB_PASSWORD"] == {"secretKeyRef": {"name": secret, "key": "password"}}
    assert list(env).index("DB_USER") < list(env).index("A_DB_URL")
    assert env["PLAIN"] == "text"
    before = _env(pod["initContainers"][0])
    assert before == {
        "DB": f"postgres://{host}/orders",
        "MODE": "once",
        "PASSWORD": {"secretKeyRef": {"name": secret, "key": "password"}},
    }


OPENSEARCH = """
apiVersion: chartgen.dev/v1
kind: ServiceRegistry
metadata: {name: shop, version: 1.0.0}
datastores:
  - {name: search, engine: opensearch}
services:
  - name: orders
    image: shop/orders:1.0.0
    port: 8080
    healthEndpoint: /health
    resources: {requests: {cpu: 1, memory: 1Gi}, limits: {cpu: 1, memory: 1Gi}}
    dependencies: [search]
"""


def test_lint_takes_an_engines_exceptions_from_the_engine(helm43: Helm, tmp_path: Path) -> None:
    registry = compile_registry("registry.yaml", OPENSEARCH.encode(), lambda _: None).registry
    assert registry is not None
    write(registry, tmp_path)
    linted = lint_charts(tmp_path, registry, helm=helm43.path)
    assert linted.diagnostics == ()


def test_a_value_wins_over_what_callers_are_told(stores: Platform, helm: Helm) -> None:
    env = _env(_pod(stores.render(helm, "orders.env.DB_HOST=elsewhere"), "orders")["containers"][0])
    assert env["DB_HOST"] == "elsewhere"


@pytest.mark.parametrize(
    ("way", "made"),
    [
        ("builtin", {"StatefulSet", "Service", "PodDisruptionBudget", "NetworkPolicy", "ServiceAccount"}),
        ("operator", {"Cluster", "NetworkPolicy"}),
        ("external", {"Service"}),
    ],
)
def test_each_way_makes_its_own_objects_alone(stores: Platform, helm: Helm, way: str, made: set[str]) -> None:
    found = stores.render(helm, *WAYS[way])
    assert {thing.kind for thing in _of(found, "orders-db")} == made


def test_an_external_keeps_the_name(stores: Platform, helm: Helm) -> None:
    service = _one(stores.render(helm, *EXTERNAL), "Service", "orders-db")
    assert service["spec"] == {"type": "ExternalName", "externalName": "db.example.com"}


def test_an_external_keeps_the_name_at_an_address_too(stores: Platform, helm: Helm) -> None:
    found = stores.render(helm, EXTERNAL[0], "global.datastores.orders-db.host=10.0.0.7")
    port = {"name": "tcp-postgres", "port": 6432, "protocol": "TCP"}
    service = _one(found, "Service", "orders-db")
    assert service["spec"] == {"clusterIP": "None", "ports": [port | {"appProtocol": "tcp"}]}
    slice_ = _one(found, "EndpointSlice", "orders-db")
    assert slice_["metadata"]["labels"]["kubernetes.io/service-name"] == "orders-db"
    assert (slice_["addressType"], slice_["endpoints"]) == ("IPv4", [{"addresses": ["10.0.0.7"]}])
    assert slice_["ports"] == [port]


@pytest.mark.parametrize(
    ("host", "shown", "network"),
    [("10.0.0.7", "10.0.0.7", "10.0.0.7/32"), ("2001:db8::5", "[2001:db8::5]", "2001:db8::5/128")],
)
def test_an_external_at_an_address(stores: Platform, helm: Helm, host: str, shown: str, network: str) -> None:
    found = stores.render(helm, "global.datastores.cache.provision=external", f"global.datastores.cache.host={host}")
    assert _env(_pod(found, "orders")["containers"][0])["CACHE_URL"] == f"redis://{shown}:6379"
    rules = _one(found, "NetworkPolicy", "orders")["spec"]["egress"]
    assert {"to": [{"ipBlock": {"cidr": network}}], "ports": [{"port": 6379, "protocol": "TCP"}]} in rules


def test_what_is_off_needs_neither_host_nor_secret(stores: Platform, helm: Helm) -> None:
    off = ("cache.enabled=false", "orders.enabled=false", "global.datastores.cache.provision=external")
    assert not [thing for thing in stores.render(helm, *off) if thing.name == "cache"]


@pytest.mark.parametrize("host", ["https://db", "10.0.0.0/8", "*", "a b", "db:5432"])
def test_a_host_that_is_none_is_refused(stores: Platform, helm: Helm, host: str) -> None:
    settings = (EXTERNAL[0], f"global.datastores.orders-db.host={host}")
    done = helm.template(
        stores.umbrella, release=RELEASE, extra=[part for each in settings for part in ("--set", each)]
    )
    assert done.code and "host" in done.stderr


def test_an_external_that_is_nowhere_fails_the_render(stores: Platform, helm: Helm) -> None:
    done = helm.template(stores.umbrella, release=RELEASE, extra=["--set", EXTERNAL[0]])
    assert done.code
    assert "orders-db is external, but nobody says where: set global.datastores.orders-db.host" in done.stderr


def test_a_way_that_the_chart_does_not_carry_is_refused(stores: Platform, helm: Helm) -> None:
    done = helm.template(
        stores.umbrella, release=RELEASE, extra=["--set", "global.datastores.cache.provision=operator"]
    )
    assert done.code and "provision" in done.stderr


@pytest.mark.parametrize(
    ("way", "peers"),
    [
        ("builtin", {"app.kubernetes.io/instance": RELEASE, "app.kubernetes.io/name": "orders-db"}),
        ("operator", {"cnpg.io/cluster": "orders-db"}),
        ("external", None),
    ],
)
def test_the_caller_may_reach_it_and_nothing_else(
    stores: Platform, helm: Helm, way: str, peers: dict[str, str] | None
) -> None:
    policy = _one(stores.render(helm, *WAYS[way]), "NetworkPolicy", "orders")
    port = int(TOLD[way][1])
    rules = [rule for rule in policy["spec"]["egress"] if {"port": port, "protocol": "TCP"} in rule["ports"]]
    assert len(rules) == 1
    assert rules[0].get("to") == (peers and [{"podSelector": {"matchLabels": peers}}])


def test_the_operator_s_pods_take_callers_peers_and_the_operator(stores: Platform, helm: Helm) -> None:
    policy = _one(
        stores.render(helm, OPERATOR, "global.operators.cloudnative-pg.namespace=db-system"),
        "NetworkPolicy",
        "orders-db-operator",
    )
    assert policy["spec"]["podSelector"] == {"matchLabels": {"cnpg.io/cluster": "orders-db"}}
    sources = [source for rule in policy["spec"]["ingress"] for source in rule["from"]]
    assert {"podSelector": {"matchLabels": {"cnpg.io/cluster": "orders-db"}}} in sources
    namespaces = [source["namespaceSelector"] for source in sources if "namespaceSelector" in source]
    assert namespaces == [{"matchLabels": {"kubernetes.io/metadata.name": "db-system"}}]
    callers = [s["podSelector"]["matchLabels"].get("app.kubernetes.io/name") for s in sources if "podSelector" in s]
    assert "orders" in callers and "audit" not in callers


def test_a_way_that_a_chart_does_not_carry_fails_where_no_umbrella_looks(stores: Platform, helm: Helm) -> None:
    """The umbrella's schema refuses it; a subchart alone has only its templates."""
    for chart in ("orders", "orders-db"):
        folder = stores.umbrella / "charts" / chart
        done = helm.template(folder, release=RELEASE, extra=["--set", "global.datastores.orders-db.provision=magic"])
        assert done.code
        assert (
            'global.datastores.orders-db.provision is "magic", and this chart carries '
            "builtin and operator and external" in done.stderr
        )


@pytest.mark.parametrize(("store", "pods"), [("orders-db", 1), ("cache", 6), ("bus", 1)])
def test_builtin_has_as_many_pods_as_know_each_other_or_none(
    stores: Platform, helm: Helm, store: str, pods: int
) -> None:
    way = () if store == "cache" else (f"global.datastores.{store}.provision=builtin",)
    for number in (0, pods):
        found = stores.render(helm, *way, f"{store}.replicaCount={number}")
        assert _one(found, "StatefulSet", store)["spec"]["replicas"] == number
    for number in (pods + 1, pods + 2, -1):
        assert "replicaCount" in _refused(stores, helm, *way, f"{store}.replicaCount={number}")


def test_an_operator_is_asked_for_pods_that_it_takes(stores: Platform, helm: Helm) -> None:
    assert "instances" in _refused(stores, helm, OPERATOR, "orders-db.operator.instances=0")


def test_beside_an_operator_builtin_has_names_of_its_own(stores: Platform, helm: Helm) -> None:
    found = stores.render(helm, BUILTIN)
    _one(found, "ServiceAccount", "orders-db-builtin")
    _one(found, "PodDisruptionBudget", "orders-db-builtin")
    pod = _one(found, "StatefulSet", "orders-db")["spec"]["template"]["spec"]
    assert pod["serviceAccountName"] == "orders-db-builtin"
    _one(found, "ServiceAccount", "cache")
    _one(found, "PodDisruptionBudget", "cache")


def _refused(stores: Platform, helm: Helm, *settings: str) -> str:
    """What helm says against these values."""
    extra = [part for setting in settings for part in ("--set", setting)]
    done = helm.template(stores.umbrella, release=RELEASE, extra=extra)
    assert done.code, settings
    return done.stderr


def test_the_pods_of_a_cluster_reach_each_other(stores: Platform, helm: Helm) -> None:
    spec = _one(stores.render(helm), "NetworkPolicy", "cache")["spec"]
    own = {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "cache", "app.kubernetes.io/instance": RELEASE}}}
    for direction, side in (("ingress", "from"), ("egress", "to")):
        ports = {port["port"] for rule in spec[direction] if own in rule.get(side, []) for port in rule["ports"]}
        assert ports >= {6379, 16379}, direction


def test_what_a_datastore_calls_itself_is_let_through(stores: Platform, helm: Helm) -> None:
    found = stores.render(helm)
    out = _one(found, "NetworkPolicy", "graph")["spec"]["egress"]
    assert any(_selects(peer, "audit") for rule in out for peer in rule.get("to", []))
    into = _one(found, "NetworkPolicy", "audit")["spec"]["ingress"]
    assert any(_selects(peer, "graph") for rule in into for peer in rule.get("from", []))


def test_outside_hosts(stores: Platform, helm: Helm) -> None:
    found = stores.render(helm)
    rules = _one(found, "NetworkPolicy", "orders")["spec"]["egress"]
    assert {"to": [{"ipBlock": {"cidr": "192.0.2.25/32"}}], "ports": [{"port": 587, "protocol": "TCP"}]} in rules
    assert {"ports": [{"port": 443, "protocol": "TCP"}]} in rules
    env = _env(_pod(found, "orders")["containers"][0])
    assert env["STRIPE_URL"] == "https://api.stripe.com:443"
    assert env["MAIL"] == "192.0.2.25:587"


def test_a_required_datastore_that_is_off_fails_the_render(stores: Platform, helm: Helm) -> None:
    done = helm.template(stores.umbrella, release=RELEASE, extra=["--set", "cache.enabled=false"])
    assert done.code and "orders needs cache" in done.stderr


def test_each_subchart_renders_alone(stores: Platform, helm: Helm) -> None:
    for folder in sorted((stores.umbrella / "charts").iterdir()):
        done = helm.template(folder, release=RELEASE)
        assert not done.code, (folder.name, done.stderr)


def test_a_patch_reaches_a_datastore(stores: Platform, helm: Helm) -> None:
    assert _one(stores.render(helm), "StatefulSet", "cache")["spec"]["minReadySeconds"] == 5


def _of(found: list[Rendered], chart: str) -> Iterator[Rendered]:
    return (thing for thing in found if f"/charts/{chart}/" in thing.file)


def _one(found: list[Rendered], kind: str, name: str) -> Any:
    things = [thing.data for thing in found if (thing.kind, thing.name) == (kind, name)]
    assert len(things) == 1, (kind, name)
    return things[0]


def _pod(found: list[Rendered], deployment: str) -> Any:
    return _one(found, "Deployment", deployment)["spec"]["template"]["spec"]


def _env(container: Any) -> dict[str, Any]:
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in container["env"]}


def _selects(peer: Any, name: str) -> bool:
    return bool(peer.get("podSelector", {}).get("matchLabels", {}).get("app.kubernetes.io/name") == name)
