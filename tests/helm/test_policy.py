"""The policy chart by the real helms: what its objects mean, in every way in which values can have it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.helm.conftest import Objects, Platform, objects, registry_of, rendered, write

if TYPE_CHECKING:
    from pathlib import Path

    from chartgen.tools.helm import Helm

MESH = "charts/tickets/charts/mesh-policy"
"""The policy chart of the case `mesh`."""


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    return write(registry_of("mesh"), tmp_path_factory.mktemp("mesh"))


def alone(helm: Helm, platform: Platform, *settings: str) -> Objects:
    """The policy chart, installed by itself."""
    return Objects(found=objects(rendered(helm, platform.root / MESH, *settings)))


def callers(policy: Any) -> set[str]:
    """Every identity that a policy names."""
    fields = ("serviceAccounts", "principals")
    sources = [each["source"] for rule in policy["spec"].get("rules", ()) for each in rule.get("from", ())]
    return {name for source in sources for field in fields for name in source.get(field, ())}


def rules_of(policy: Any, port: int) -> Iterator[Any]:
    """The rules of a policy that are about a port."""
    for rule in policy["spec"]["rules"]:
        if any(str(port) in to["operation"]["ports"] for to in rule["to"]):
            yield rule


def test_only_what_istio_serves_for_good(mesh: Platform, helm: Helm) -> None:
    found = {thing.api_version for thing in alone(helm, mesh).found if thing.is_of_the_mesh}
    assert found == {"security.istio.io/v1", "networking.istio.io/v1", "gateway.networking.k8s.io/v1"}


def test_it_is_the_same_alone_and_in_the_umbrella(mesh: Platform, helm: Helm) -> None:
    inside = Objects(found=[thing for thing in mesh.render(helm) if thing.is_of_the_mesh])
    by_itself = Objects(found=[thing for thing in alone(helm, mesh).found if thing.is_of_the_mesh])
    assert [thing.data for thing in inside.found] == [thing.data for thing in by_itself.found]


def test_the_umbrella_leaves_it_out(mesh: Platform, helm: Helm) -> None:
    found = mesh.render(helm, "mesh-policy.enabled=false")
    assert not [thing for thing in found if thing.is_of_the_mesh]


def test_strict_and_closed_by_default(mesh: Platform, helm: Helm) -> None:
    found = alone(helm, mesh)
    assert found.get("PeerAuthentication", "default")["spec"] == {"mtls": {"mode": "STRICT"}}
    assert found.get("AuthorizationPolicy", "default.deny-all")["spec"] == {}


def test_an_exception_is_on_the_pods_port(mesh: Platform, helm: Helm) -> None:
    found = alone(helm, mesh)
    spec = found.get("PeerAuthentication", "live.plaintext")["spec"]
    assert (spec["mtls"], spec["portLevelMtls"]) == ({"mode": "STRICT"}, {"7000": {"mode": "PERMISSIVE"}})
    [rule] = rules_of(found.get("AuthorizationPolicy", "live"), 7000)
    assert "from" not in rule


@pytest.mark.parametrize("identity", ["serviceAccounts", "principals"])
def test_callers_by_account_or_with_the_trust_domain(mesh: Platform, helm: Helm, identity: str) -> None:
    settings = (
        "global.mesh.namespace=tickets-prod",
        "global.mesh.trustDomain=acme",
        f"global.mesh.identity={identity}",
    )
    found = alone(helm, mesh, *settings)
    own = "acme/ns/tickets-prod/sa/" if identity == "principals" else "tickets-prod/"
    prometheus = "acme/ns/monitoring/sa/prometheus" if identity == "principals" else "monitoring/prometheus"
    assert callers(found.get("AuthorizationPolicy", "web")) == {f"{own}door-istio", prometheus}
    assert callers(found.get("AuthorizationPolicy", "orders-db")) == {f"{own}migrate", f"{own}orders"}
    assert {thing.data["metadata"].get("namespace") for thing in found.found} == {"tickets-prod"}


def test_a_route_wants_the_door_a_token_and_its_claims_at_once(mesh: Platform, helm: Helm) -> None:
    web = alone(helm, mesh).get("AuthorizationPolicy", "web")
    [admin] = [rule for rule in rules_of(web, 8080) if rule["to"][0]["operation"].get("paths") == ["/admin/*"]]
    assert admin["from"] == [
        {"source": {"serviceAccounts": ["default/door-istio"], "requestPrincipals": ["https://id.example.com/*"]}}
    ]
    assert admin["to"][0]["operation"]["hosts"] == ["tickets.example.com", "tickets.example.com:*"]
    assert {each["key"]: each["values"] for each in admin["when"]} == {
        "request.auth.claims[tenant]": ["acme", "zeus"],
        "request.auth.claims[realm_access][roles]": ["admin", "owner"],
        "request.auth.claims[scope]": ["tickets.admin"],
    }


def test_a_header_that_says_what_a_token_says_needs_one(mesh: Platform, helm: Helm) -> None:
    spec = alone(helm, mesh).get("AuthorizationPolicy", "web.claim-headers")["spec"]
    assert spec["action"] == "DENY"
    assert [rule["when"] for rule in spec["rules"]] == [
        [{"key": f"request.headers[{header}]", "values": ["*"]}] for header in ("x-user-id", "x-user-org")
    ]
    assert all(rule["to"][0]["operation"]["ports"] for rule in spec["rules"])  # or it would close TCP ports too


def test_who_reads_tokens_has_somebody_who_checks_them(mesh: Platform, helm: Helm) -> None:
    found = alone(helm, mesh)
    reading = {
        policy["metadata"]["name"]
        for policy in found.all("AuthorizationPolicy")
        if any("requestPrincipals" in s["source"] for r in policy["spec"].get("rules", ()) for s in r.get("from", ()))
    }
    assert reading == set(found.names("RequestAuthentication"))


def test_helm_test_is_let_in_while_it_is_on(mesh: Platform, helm: Helm) -> None:
    off = alone(helm, mesh).get("AuthorizationPolicy", "web")
    on = alone(helm, mesh, "global.helmTest.enabled=true").get("AuthorizationPolicy", "web")
    assert callers(on) - callers(off) == {"default/tickets-helm-test"}


def test_the_monitoring_is_let_in_while_there_is_one(mesh: Platform, helm: Helm) -> None:
    some = alone(helm, mesh, "global.mesh.scraper.serviceAccount=vm").get("AuthorizationPolicy", "web")
    none = alone(helm, mesh, "global.monitoring.scrape=none").get("AuthorizationPolicy", "web")
    assert callers(some) - callers(none) == {"monitoring/vm"}


def test_a_datastore_in_each_way(mesh: Platform, helm: Helm) -> None:
    own = alone(helm, mesh).get("AuthorizationPolicy", "orders-db")
    assert own["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"] == "orders-db"
    found = alone(helm, mesh, "global.datastores.orders-db.provision=operator")
    operated = found.get("AuthorizationPolicy", "orders-db")
    assert operated["spec"]["selector"]["matchLabels"] == {"cnpg.io/cluster": "orders-db"}
    assert any(s["source"].get("namespaces") for r in operated["spec"]["rules"] for s in r["from"])
    [hosts] = [egress["hosts"] for egress in found.get("Sidecar", "migrate")["spec"]["egress"]]
    assert "./orders-db-rw.default.svc.cluster.local" in hosts


@pytest.mark.parametrize(
    ("host", "resolution", "named"),
    [("db.example.com", "DNS", "./db.example.com"), ("10.1.2.3", "STATIC", "./orders-db.external")],
)
def test_a_datastore_outside(mesh: Platform, helm: Helm, host: str, resolution: str, named: str) -> None:
    way = ("global.datastores.orders-db.provision=external", "global.datastores.orders-db.port=6000")
    found = alone(helm, mesh, *way, f"global.datastores.orders-db.host={host}")
    assert "orders-db" not in found.names("AuthorizationPolicy")
    entry = found.get("ServiceEntry", "orders-db")["spec"]
    assert (entry["resolution"], entry["ports"][0]["number"]) == (resolution, 6000)
    [hosts] = [egress["hosts"] for egress in found.get("Sidecar", "migrate")["spec"]["egress"]]
    assert named in hosts


def test_weights_lead_to_subsets_that_exist(mesh: Platform, helm: Helm) -> None:
    found = alone(helm, mesh)
    shares = {
        route["destination"]["subset"]: route["weight"]
        for http in found.get("VirtualService", "prices")["spec"]["http"]
        for route in http["route"]
    }
    rules = [found.get("DestinationRule", name)["spec"] for name in ("prices", "prices.web")]
    assert shares == {"v1": 90, "v2": 10}
    assert [[each["name"] for each in rule["subsets"]] for rule in rules] == [["v1", "v2"], ["v1", "v2"]]
    assert not [rule for rule in rules if "tls" in rule.get("trafficPolicy", {})]


def test_what_may_come_twice_is_tried_again_for_its_caller(mesh: Platform, helm: Helm) -> None:
    http = alone(helm, mesh).get("VirtualService", "orders")["spec"]["http"]
    assert [(route["retries"]["attempts"], "match" in route) for route in http] == [(2, True), (0, True), (0, False)]
    assert http[0]["match"][0]["method"] == {"exact": "GET"}


def test_hosts_outside_are_named(mesh: Platform, helm: Helm) -> None:
    found = alone(helm, mesh)
    assert found.get("ServiceEntry", "feeds")["spec"]["resolution"] == "NONE"  # a wildcard
    assert found.get("Sidecar", "rates")["spec"]["outboundTrafficPolicy"] == {"mode": "REGISTRY_ONLY"}
    [hosts] = [egress["hosts"] for egress in found.get("Sidecar", "rates")["spec"]["egress"]]
    assert hosts == ["istio-system/*", "./*.feeds.example.com"]


def test_an_audit_refuses_nothing(tmp_path: Path, helm: Helm) -> None:
    platform = write(registry_of("mesh-istio-api"), tmp_path)
    found = Objects(found=objects(rendered(helm, platform.root / "charts" / "shop-policy")))
    policies = found.all("AuthorizationPolicy")
    assert policies
    assert all(policy["metadata"]["annotations"] == {"istio.io/dry-run": "true"} for policy in policies)
    assert {each["spec"]["mtls"]["mode"] for each in found.all("PeerAuthentication")} == {"PERMISSIVE"}
    assert {each["spec"]["outboundTrafficPolicy"]["mode"] for each in found.all("Sidecar")} == {"ALLOW_ANY"}
    assert not found.all("RequestAuthentication")


def test_the_door_leads_plain_http_to_https(mesh: Platform, helm: Helm) -> None:
    found = alone(helm, mesh)
    redirect = found.get("HTTPRoute", "door.redirect")["spec"]
    plain = {each["name"] for each in found.get("Gateway", "door")["spec"]["listeners"] if each["protocol"] == "HTTP"}
    assert {each["sectionName"] for each in redirect["parentRefs"]} == plain
    others = [route["spec"] for route in found.all("HTTPRoute") if route["spec"] != redirect]
    assert not plain & {each["sectionName"] for spec in others for each in spec["parentRefs"]}


def test_the_doors_own_pods_take_calls_for_its_hosts(mesh: Platform, helm: Helm) -> None:
    spec = alone(helm, mesh).get("AuthorizationPolicy", "gateway.door")["spec"]
    assert [each["kind"] for each in spec["targetRefs"]] == ["Gateway"]
    assert "tickets.example.com:*" in spec["rules"][0]["to"][0]["operation"]["hosts"]


def test_the_door_without_a_mesh(tmp_path: Path, helm: Helm) -> None:
    platform = write(registry_of("door"), tmp_path)
    kinds = {thing.kind for thing in platform.render(helm) if thing.is_of_the_mesh}
    assert kinds == {"Gateway", "HTTPRoute"}
