from __future__ import annotations

from chartgen.emit.policy.admissions import Who
from chartgen.emit.policy.rules import MOST_ACCOUNTS, only_if, rules
from tests.unit.emit.policy.described import JWT, admitted, callee, compiled

API = "{name: api, ports: [{port: 80, targetPort: 8080}, {name: tcp-feed, port: 90}]}"


def test_callers_that_ask_for_the_same_share_a_rule():
    registry = compiled(f"{API}, {{name: web, dependencies: [api]}}, {{name: app, dependencies: [api]}}")
    assert admitted(registry, "api") == ["app web: 8080 90"]


def test_a_narrowed_call_stands_alone():
    narrowed = "{service: api, ports: [http], methods: [GET], paths: [/a, /b/*]}"
    registry = compiled(f"{API}, {{name: web, dependencies: [{narrowed}]}}, {{name: app, dependencies: [api]}}")
    assert admitted(registry, "api") == ["app: 8080 90", "web: 8080 GET /a /b/*"]


def test_an_account_that_is_shared_is_named_once():
    shared = "serviceAccount: {name: both}, dependencies: [api]"
    registry = compiled(f"{API}, {{name: web, {shared}}}, {{name: app, {shared}}}")
    [rule] = [each for each in callee(registry, "api").admissions if each.who is Who.ACCOUNTS]
    assert (rule.accounts, [caller.name for caller in rule.callers]) == (("both",), ["app", "web"])


def test_a_version_calls_under_its_own_account():
    versions = "{name: v1}, {name: v2, serviceAccount: {name: canary}, dependencies: [api]}"
    registry = compiled(f"{API}, {{name: web, port: 80, versions: [{versions}]}}")
    assert admitted(registry, "api") == ["canary: 8080 90"]


def test_a_worker_admits_nobody():
    assert admitted(compiled("{name: worker}"), "worker") == []


def test_udp_is_not_the_meshs():
    registry = compiled("{name: dns, ports: [{name: udp, port: 53}]}, {name: web, dependencies: [dns]}")
    assert admitted(registry, "dns") == []


def test_routes_are_all_that_the_door_lets_through():
    route = "{service: web, paths: [/health], public: true, methods: [GET]}"
    guarded = "{service: web, paths: [/admin/*], roles: [admin], cors: {origins: [https://a.example.com]}}"
    more = f"gateway: {{hosts: [shop.example.com], routes: [{route}, {guarded}]}}"
    mesh = f"pathNormalization: decodeAndMergeSlashes, {JWT}, requiredClaims: {{tenant: acme}}}}"
    registry = compiled("{name: web, port: 80}", mesh, more)
    assert admitted(registry, "web") == [
        "INGRESS: 80 GET /health",
        "INGRESS: 80 /admin/* token[tenant=acme,roles=admin]",
        "INGRESS: 80 OPTIONS /admin/* preflight",
    ]


def test_a_route_of_some_hosts_is_for_those():
    web, api = "service: web, paths: [/web], hosts: [a.example.com]", "service: api, paths: [/api]"
    routes = f"{{{web}, public: true}}, {{{api}, public: true}}"
    more = f"gateway: {{hosts: [a.example.com, b.example.com], routes: [{routes}]}}"
    registry = compiled("{name: web, port: 80}, {name: api, port: 80}", "", more)
    assert admitted(registry, "web") == ["INGRESS: 80 /web a.example.com"]
    assert admitted(registry, "api") == ["INGRESS: 80 /api"]


def test_what_is_exposed_without_a_route_takes_a_token_where_it_can():
    ports = "[{port: 80}, {name: tcp-raw, port: 90}]"
    registry = compiled(f"{{name: web, exposed: true, ports: {ports}}}", f"{JWT}}}")
    assert admitted(registry, "web") == ["INGRESS: 80 token[]", "INGRESS: 90"]


def test_every_hop_wants_a_token_but_where_the_edge_says_not():
    without = "{name: job, dependencies: [{service: api, ports: [http], token: false}]}"
    calls = f"{{name: web, port: 80, exposed: true, dependencies: [api]}}, {without}"
    registry = compiled(f"{API}, {calls}", f"{JWT}, enforce: everyHop}}")
    assert admitted(registry, "api") == ["job: 8080", "web: 8080 token[]", "web: 90"]


def test_the_monitoring_reads_one_path():
    registry = compiled("{name: web, port: 80, metrics: {port: 9090, path: /m}}")
    assert admitted(registry, "web") == ["SCRAPER: 9090 GET /m"]


def test_helm_test_asks_for_the_readiness_path():
    found = callee(compiled("{name: web, port: 80, healthEndpoint: /ready}"), "web").admissions
    assert [(each.who, each.methods, each.paths) for each in found] == [(Who.HELM_TEST, ("GET",), ("/ready",))]
    assert found[0].accounts == ("shop-helm-test",)


def test_a_declared_exception_is_for_anyone():
    registry = compiled("{name: web, ports: [{port: 80, targetPort: 8080, plaintext: gates know no mesh}]}")
    assert admitted(registry, "web") == ["ANYONE: 8080"]
    assert callee(registry, "web").plaintext == ((8080, "gates know no mesh"),)


def test_istiod_reads_the_keys_of_an_issuer_of_the_platform():
    jwt = "jwt: {issuer: https://id, audiences: [shop], issuerService: {service: auth, port: http-keys, path: /keys}}"
    ports = "[{port: 80}, {name: http-keys, port: 81, targetPort: 8081}]"
    registry = compiled(f"{{name: auth, ports: {ports}}}", jwt)
    assert admitted(registry, "auth") == ["ANYONE: 8081 GET /keys"]
    assert [port for port, _ in callee(registry, "auth").plaintext] == [8081]


def test_a_datastores_pods_call_each_other():
    store = "datastores: [{name: cache, engine: redis, topology: cluster}]"
    registry = compiled("{name: web, dependencies: [cache]}", "", store)
    assert admitted(registry, "cache") == ["web: 6379", "cache: 6379 16379"]


def test_an_operators_pods_admit_its_controller():
    store = "datastores: [{name: db, engine: postgresql, provision: operator}]"
    registry = compiled("{name: web, dependencies: [db]}", "", store)
    found = callee(registry, "db")
    assert admitted(registry, "db") == ["web: 5432", "db: 5432 8000", "OPERATOR: 8000 5432", "ANYONE: 8000"]
    assert [port for port, _ in found.plaintext] == [8000]
    assert (found.pods, found.operator) == ((("cnpg.io/cluster", "db"),), "cloudnative-pg")


def test_a_source_names_no_more_accounts_than_it_can():
    many = ", ".join(f"{{name: web-{number}, dependencies: [api]}}" for number in range(MOST_ACCOUNTS + 1))
    found = rules(callee(compiled(f"{API}, {many}"), "api"), None)
    assert [len(source.values) for source in found[0].sources] == [MOST_ACCOUNTS, 1]


def test_a_policy_that_only_a_value_brings_is_not_there_without_it():
    found = rules(callee(compiled("{name: web, port: 80, metrics: http}"), "web"), None)
    assert only_if(found) == 'or (ne .Values.global.monitoring.scrape "none") (.Values.global.helmTest.enabled)'
    called = rules(callee(compiled(f"{API}, {{name: web, dependencies: [api]}}"), "api"), None)
    assert only_if(called) == ""


def test_a_token_is_looked_at_only_where_somebody_wants_one():
    more = "gateway: {hosts: [shop.example.com], routes: [{service: web, public: true}]}"
    public = callee(compiled("{name: web, port: 80}", f"{JWT}, claimHeaders: {{x-user: sub}}}}", more), "web")
    assert (public.checks_tokens, [port.target for port in public.token_ports]) == (False, [80])
    inner = callee(compiled(f"{API}, {{name: web, dependencies: [api]}}", f"{JWT}}}"), "api")
    assert (inner.checks_tokens, inner.token_ports) == (False, ())
