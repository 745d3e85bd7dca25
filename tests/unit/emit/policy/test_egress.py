from __future__ import annotations

import pytest

from chartgen.emit.policy.egress import outside, reach_of_store, reaches
from chartgen.engines.engine import Way
from chartgen.registry.model import Datastore, External
from chartgen.registry.service import Service
from tests.unit.emit.policy.described import callee, compiled


def external(rest: str) -> External:
    """The external whose mapping goes on like that, as somebody calls it."""
    calling = "{name: web, dependencies: [{external: out}]}"
    found = compiled(calling, "", f"externals: [{{name: out, {rest}}}]").by_name()["out"]
    assert isinstance(found, External)
    return found


@pytest.mark.parametrize(
    ("host", "name", "resolution"),
    [
        ("api.example.com", "api.example.com", "DNS"),
        ('"*.example.com"', "*.example.com", "NONE"),
        ("10.1.2.3", "out.external", "STATIC"),
    ],
)
def test_a_host_outside_is_found_as_it_is_named(host: str, name: str, resolution: str):
    found = outside(external(f"host: {host}"))
    assert found
    assert (found.host, found.resolution, found.ports) == (name, resolution, ((443, "https", "HTTPS"),))


def test_a_service_of_another_namespace_is_known_already():
    assert outside(external("host: db.data.svc.cluster.local")) is None


def test_udp_is_not_the_meshs():
    assert outside(external("host: ntp.example.com, ports: [{name: udp, port: 123}]")) is None


def test_a_workload_reaches_what_it_declares_and_no_more():
    services = (
        "{name: web, dependencies: [api, rates, {external: out}, {datastore: db}]}, "
        "{name: api, port: 80}, {name: rates, kind: StatefulSet, port: 80}, {name: other, port: 80}"
    )
    more = "externals: [{name: out, host: x.example.com}]\ndatastores: [{name: db, engine: postgresql}]"
    registry = compiled(services, "", more)
    web = registry.by_name()["web"]
    assert isinstance(web, Service)
    [found] = reaches(web, registry, registry.by_name())
    assert (found.services, found.hosts, found.stores) == (
        ("api", "rates", "rates-headless"),
        ("./x.example.com",),
        ("db",),
    )


def test_versions_that_call_differently_have_a_sidecar_each():
    versions = "{name: v1}, {name: v2, dependencies: [api]}"
    registry = compiled(f"{{name: web, versions: [{versions}]}}, {{name: api, port: 80}}")
    web = registry.by_name()["web"]
    assert isinstance(web, Service)
    found = reaches(web, registry, registry.by_name())
    assert [(each.name, each.services) for each in found] == [("web.v1", ()), ("web.v2", ("api",))]
    assert [dict(each.pods)["version"] for each in found] == ["v1", "v2"]


def test_an_operators_pods_reach_each_other_and_kubernetes():
    store = "datastores: [{name: db, engine: postgresql, provision: operator}]"
    registry = compiled("{name: web, dependencies: [db]}", "", store)
    db = registry.by_name()["db"]
    assert isinstance(db, Datastore)
    found = reach_of_store(db, Way.OPERATOR, callee(registry, "db").pods, registry.by_name())
    assert found.services == ("db-any", "db-r", "db-ro", "db-rw", "db-by-address")
    assert found.hosts == ("default/kubernetes.default.svc.cluster.local",)
