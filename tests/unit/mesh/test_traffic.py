"""Routes, limits, doors, and what a Sidecar lets out, read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from chartgen.mesh.egress import Reach, reachable_hosts
from chartgen.mesh.properties.traffic import tried_again
from chartgen.mesh.subject import Subject
from chartgen.mesh.traffic import Destination, EgressHost, Listener, Parent, RouteMatch, TrafficRule
from chartgen.mesh.waypoints import deployed
from chartgen.mesh.world import World
from chartgen.registry import compile_registry
from chartgen.workflows.given import notes, tried
from tests.unit.mesh.worlds import world


def istio(kind: str, spec: str, name: str = "x", namespace: str = "shop", version: str = "v1") -> str:
    head = (
        f"apiVersion: networking.istio.io/{version}\nkind: {kind}\nmetadata: {{name: {name}, namespace: {namespace}}}\n"
    )
    return f"{head}spec: {{{spec}}}\n"


def kube(kind: str, spec: str, name: str = "x", metadata: str = "", version: str = "v1") -> str:
    head = f"apiVersion: gateway.networking.k8s.io/{version}\nkind: {kind}\n"
    return f"{head}metadata: {{name: {name}, namespace: shop{metadata}}}\nspec: {{{spec}}}\n"


@pytest.mark.parametrize("version", ["v1", "v1beta1", "v1alpha3"])
def test_a_virtual_service(version: str) -> None:
    match = "{uri: {prefix: /a}, method: {exact: GET}, sourceLabels: {app: web}, headers: {x: {exact: y}}}"
    route = "{destination: {host: b, subset: v1, port: {number: 80}}, weight: 90}"
    retries = "{attempts: 2, perTryTimeout: 1s, retryOn: '5xx,reset'}"
    rule = f"{{name: r, match: [{match}], route: [{route}], timeout: 3s, retries: {retries}}}"
    here = world(istio("VirtualService", f"hosts: [b], http: [{rule}], tcp: [{{route: []}}]", version=version))
    assert not here.problems
    [found] = here.found.virtual_services
    assert (found.hosts, found.gateways) == (("b",), ())
    assert found.rules[0] == TrafficRule(
        where="spec.http[0]",
        name="r",
        matches=(
            RouteMatch(path="/a", path_type="Prefix", method="GET", source_labels={"app": "web"}, others=("headers",)),
        ),
        destinations=(Destination(host="b", port=80, subset="v1", weight=90, where="spec.http[0].route[0]"),),
        timeout="3s",
        attempts=2,
        per_try_timeout="1s",
        retry_on=("5xx", "reset"),
    )
    assert found.rules[1].protocol == "tcp"


def test_retries_that_nobody_speaks_of_are_not_none() -> None:
    here = world(istio("VirtualService", "hosts: [b], http: [{route: []}, {retries: {attempts: 0}}]"))
    assert [each.attempts for each in here.found.virtual_services[0].rules] == [None, 0]


def test_a_destination_rule() -> None:
    policy = "{tls: {mode: DISABLE}, connectionPool: {tcp: {maxConnections: 5}}, outlierDetection: {interval: 1s}"
    ports = "portLevelSettings: [{port: {number: 80}, tls: {mode: SIMPLE}}]}"
    spec = f"host: b, trafficPolicy: {policy}, {ports}, subsets: [{{name: v1, labels: {{version: '1'}}}}]"
    [found] = world(istio("DestinationRule", spec)).found.destination_rules
    assert (found.host, found.tls) == (
        "b",
        {"spec.trafficPolicy": "DISABLE", "spec.trafficPolicy.portLevelSettings[0]": "SIMPLE"},
    )
    assert found.limits == {
        "spec.trafficPolicy.connectionPool.tcp.maxConnections": 5,
        "spec.trafficPolicy.outlierDetection.interval": "1s",
    }
    assert [(each.name, each.labels) for each in found.subsets] == [("v1", {"version": "1"})]


def test_a_door_of_istios_own_api() -> None:
    tls = "{mode: SIMPLE, credentialName: cert}"
    server = f"{{port: {{number: 443, name: https, protocol: HTTPS}}, hosts: [a.b], tls: {tls}}}"
    [found] = world(istio("Gateway", f"selector: {{istio: ingress}}, servers: [{server}]")).found.gateways
    listener = Listener(name="https", port=443, protocol="HTTPS", hosts=("a.b",), tls="SIMPLE", secret="cert")
    assert (found.selector, found.class_name) == ({"istio": "ingress"}, "")
    assert found.listeners == (replace(listener, routes_from="*"),)


@pytest.mark.parametrize(
    ("class_name", "metadata", "account"),
    [
        ("istio", "", "x-istio"),
        ("istio-waypoint", "", "x"),
        ("istio", ", annotations: {gateway.istio.io/service-account: me}", "me"),
        ("istio", ", annotations: {gateway.istio.io/name-override: other}", "other"),
    ],
)
def test_a_door_of_the_gateway_api(class_name: str, metadata: str, account: str) -> None:
    tls = "{certificateRefs: [{name: cert}]}"
    listener = f"{{name: https, port: 443, protocol: HTTPS, hostname: a.b, tls: {tls}}}"
    here = world(kube("Gateway", f"gatewayClassName: {class_name}, listeners: [{listener}]", metadata=metadata))
    [found] = here.found.gateways
    assert found.listeners == (
        Listener(name="https", port=443, protocol="HTTPS", hosts=("a.b",), tls="Terminate", secret="cert"),
    )
    pod = deployed(found)
    assert (pod.account, pod.door) == (account, class_name == "istio")


def test_an_http_route() -> None:
    match = "{path: {type: Exact, value: /a}, method: GET, headers: [{name: x, value: y}]}"
    rule = (
        f"{{matches: [{match}], backendRefs: [{{name: b, port: 80, weight: 1}}], "
        "timeouts: {request: 3s, backendRequest: 1s}, retry: {attempts: 1, codes: [503]}}"
    )
    here = world(
        kube("HTTPRoute", f"parentRefs: [{{name: door, sectionName: web}}], hostnames: [a.b], rules: [{rule}]")
    )
    [found] = here.found.routes
    assert (found.parents, found.hosts) == ((Parent(kind="Gateway", name="door", section="web"),), ("a.b",))
    assert found.rules == (
        TrafficRule(
            where="spec.rules[0]",
            matches=(RouteMatch(path="/a", path_type="Exact", method="GET", others=("headers",)),),
            destinations=(Destination(host="b", port=80, weight=1, where="spec.rules[0].backendRefs[0]"),),
            timeout="3s",
            attempts=1,
            per_try_timeout="1s",
            retry_on=("503",),
        ),
    )


def test_a_grpc_route() -> None:
    spec = (
        "parentRefs: [{kind: Service, group: '', name: b}], rules: [{matches: [{method: {service: a.B, method: C}}]}]"
    )
    [found] = world(kube("GRPCRoute", spec)).found.routes
    assert found.rules[0].matches == (RouteMatch(path="/a.B/C", path_type="Exact"),)


ENTRY = istio(
    "ServiceEntry", "hosts: [api.example.com], ports: [{number: 443, name: tls, protocol: TLS}]", "out", "ops"
)


def reach(here: World) -> Reach:
    web = here.workload("shop", "web")
    assert web is not None
    return reachable_hosts(here, web)


WEB = "web.shop.svc.cluster.local"


class TestReach:
    def test_without_a_sidecar_everything_is_known(self) -> None:
        found = reach(world(ENTRY))
        assert (found.by, set(found.hosts), found.anywhere) == (None, {WEB, "api.example.com"}, True)

    @pytest.mark.parametrize(
        ("hosts", "expected"),
        [
            ("[./*]", {WEB}),
            ("[ops/*]", {"api.example.com"}),
            ("['*/*']", {WEB, "api.example.com"}),
            ("['*/*.example.com']", {"api.example.com"}),
            ("[shop/web.shop.svc.cluster.local]", {WEB}),
            ("[shop/other.shop.svc.cluster.local]", set()),
            ("['~/*']", set()),
        ],
    )
    def test_what_a_sidecar_knows(self, hosts: str, expected: set[str]) -> None:
        spec = f"egress: [{{hosts: {hosts}}}], outboundTrafficPolicy: {{mode: REGISTRY_ONLY}}"
        found = reach(world(ENTRY, istio("Sidecar", spec)))
        assert (set(found.hosts), found.anywhere) == (expected, False)

    def test_the_narrowest_holds(self) -> None:
        root = istio("Sidecar", "egress: [{hosts: ['*/*']}]", "root", "istio-system")
        own = istio("Sidecar", "workloadSelector: {labels: {app: web}}, egress: [{hosts: [./*]}]", "own")
        whole = istio("Sidecar", "egress: [{hosts: [ops/*]}]", "whole")
        other = istio("Sidecar", "workloadSelector: {labels: {app: x}}, egress: [{hosts: ['~/*']}]", "other")
        names = [
            found.by and found.by.name
            for found in (reach(world(root, other)), reach(world(root, whole)), reach(world(root, whole, own)))
        ]
        assert names == ["root", "whole", "own"]

    def test_two_that_differ(self) -> None:
        here = world(istio("Sidecar", "egress: [{hosts: [./*]}]", "a"), istio("Sidecar", "egress: []", "b"))
        assert "says something else" in reach(here).flaw

    def test_what_is_declared(self) -> None:
        found = reach(world(istio("Sidecar", "egress: [{hosts: [./*, nonsense]}]")))
        assert found.declared == (EgressHost(namespace=".", host="*"),)
        assert found.flaw == 'spec.egress[0].hosts[1]: "nonsense" is no namespace/host'

    @pytest.mark.parametrize("field", ["port: {number: 80}", "bind: 127.0.0.1", "captureMode: NONE"])
    def test_listeners_of_their_own(self, field: str) -> None:
        found = reach(world(istio("Sidecar", f"egress: [{{hosts: [./*], {field}}}]")))
        assert found.flaw == f"spec.egress[0].{field.partition(':')[0]}: is no field that is known here"

    def test_the_meshs_own_setting(self) -> None:
        assert not reach(world(registry_only=True)).anywhere


def test_retries_of_the_gateway_api_without_a_number_are_istios_own() -> None:
    here = world(kube("HTTPRoute", "rules: [{}, {retry: {codes: [503]}}, {retry: {attempts: 1}}]"))
    assert [each.attempts for each in here.found.routes[0].rules] == [None, 2, 1]


def test_calls_of_grpc_that_istio_may_make_twice_are_a_premise() -> None:
    ports = "[{name: grpc, port: 90}, {name: http, port: 80}, {name: x, port: 70}]"
    service = f"apiVersion: v1\nkind: Service\nmetadata: {{name: b, namespace: shop}}\nspec: {{ports: {ports}}}\n"
    to = "backendRefs: [{{name: b, port: {}}}]"
    rules = f"{{{to.format(90)}}}, {{{to.format(80)}}}"
    told = kube("HTTPRoute", f"rules: [{{{to.format(90)}, retry: {{attempts: 1}}}}]")
    assert set(tried_again(Subject(world=world(service, told)))) == set()
    here = world(service, kube("HTTPRoute", f"rules: [{rules}]"), kube("GRPCRoute", f"rules: [{{{to.format(70)}}}]"))
    [note] = tried(tried_again(Subject(world=here)))
    assert "calls of gRPC to b:70, b:90 again" in note


def test_tries_of_istios_own_are_a_premise_where_routes_of_the_gateway_api_lead() -> None:
    cases = Path(__file__).parents[2] / "cases" / "generate"
    said = {}
    for name in ("mesh", "mesh-ambient", "mesh-istio-api"):
        compiled = compile_registry("registry.yaml", (cases / name / "registry.yaml").read_bytes(), lambda _: None)
        assert compiled.registry is not None
        said[name] = [note.partition(", Istio tries")[0] for note in notes(compiled.registry) if "Istio tries" in note]
    assert said == {"mesh": ["at the door"], "mesh-ambient": ["at waypoints and at the door"], "mesh-istio-api": []}


def test_metrics_that_sidecars_show_are_a_premise() -> None:
    cases = Path(__file__).parents[2] / "cases" / "generate"
    said = {}
    for name in ("mesh", "mesh-ambient"):
        compiled = compile_registry("registry.yaml", (cases / name / "registry.yaml").read_bytes(), lambda _: None)
        assert compiled.registry is not None
        said[name] = [note.partition(":")[0] for note in notes(compiled.registry) if "15020" in note]
    assert said == {"mesh": ["metrics of live, web"], "mesh-ambient": []}
