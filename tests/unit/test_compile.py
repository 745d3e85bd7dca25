from __future__ import annotations

import textwrap

import pytest

from chartgen.registry import Compiled, compile_registry
from chartgen.registry.checks import PLATFORM_RULES, RELATED_RULES, SERVICE_RULES
from chartgen.registry.model import Registry
from chartgen.registry.pod import EnvVar, Reference
from chartgen.registry.service import Service

HEAD = "apiVersion: chartgen.dev/v1\nkind: ServiceRegistry\nmetadata: {name: shop, version: 1.0.0}\n"


def compiled(body: str, files: dict[str, bytes] | None = None) -> Compiled:
    return compile_registry("registry.yaml", (HEAD + textwrap.dedent(body)).encode(), (files or {}).get)


def good(body: str, files: dict[str, bytes] | None = None) -> Registry:
    result = compiled(body, files)
    assert result.registry is not None, result.diagnostics
    return result.registry


def only(fields: str, files: dict[str, bytes] | None = None) -> Service:
    return good(f"services: [{{name: orders, {fields}}}]", files).services[0]


def lines(body: str) -> list[str]:
    return [f"{d.span.line}:{d.span.column} {d.code} {d.message}" for d in compiled(body).diagnostics]


def test_services_and_edges_are_sorted() -> None:
    registry = good("services: [{name: b, dependencies: [c, a]}, {name: a}, {name: c}]")
    assert [service.name for service in registry.services] == ["a", "b", "c"]
    assert [edge.target for edge in registry.services[1].edges] == ["a", "c"]


def test_a_service_of_one_line_is_complete() -> None:
    service = only("port: 3000")
    assert service.image.repository == "orders"
    assert dict(service.main.resources.requests) == {"cpu": "100m", "memory": "128Mi", "ephemeral-storage": "64Mi"}
    assert (service.scaling.autoscale, service.scaling.replicas) == (False, 1)
    assert service.main.security.drop == ("ALL",)
    assert (service.account.name, service.account.own) == ("orders", True)


def test_app_version_is_the_version() -> None:
    assert good("services: [{name: a}]").metadata.app_version == "1.0.0"


def test_bounds_without_a_threshold_watch_the_cpu() -> None:
    assert only("scaling: {maxInstances: 3}").scaling.cpu_threshold == 80
    assert only("scaling: {maxInstances: 3, memoryThreshold: 70}").scaling.cpu_threshold == 0


def test_probes_find_the_port_of_the_container() -> None:
    service = only(
        "ports: [{name: web, port: 80, targetPort: 3000, protocol: https}, {name: grpc, port: 90}],"
        "probes: {readiness: {http: {path: /r, port: 3000}}, liveness: {grpc: {port: grpc}}}"
    )
    readiness, liveness = service.main.probes.readiness, service.main.probes.liveness
    assert readiness is not None
    assert liveness is not None
    assert (readiness.port, readiness.port_number, readiness.scheme) == ("https-web", 3000, "HTTPS")
    assert (liveness.handler, liveness.port_number) == ("grpc", 90)


def test_hooks_name_emitted_ports() -> None:
    service = only(
        "ports: [{name: web, port: 80, protocol: http}], probes: none, "
        "lifecycle: {preStop: {httpGet: {path: /, port: web}}}"
    )
    assert service.main.lifecycle == {"preStop": {"httpGet": {"path": "/", "port": "http-web"}}}


def test_discovery_adds_urls_that_are_plain_and_not_set() -> None:
    registry = good(
        """
        defaults: {discovery: true}
        services:
          - {name: a, dependencies: [web-shop, rpc, two, worker], env: {RPC_URL: mine}}
          - {name: web-shop, probes: none, ports: [{port: 80}, {name: grpc, port: 90}]}
          - {name: rpc, probes: none, ports: [{name: grpc, port: 90}]}
          - {name: two, probes: none, ports: [{name: grpc, port: 90}, {name: tcp-x, port: 91}]}
          - {name: worker}
        """
    )
    web = Reference(node="web-shop", attribute="url", port_name="http")
    assert registry.services[0].main.env == (
        EnvVar(name="RPC_URL", value=("mine",)),
        EnvVar(name="WEB_SHOP_URL", value=(web,)),
    )


def test_hidden_ports_are_nobodys_to_call() -> None:
    registry = good(
        """
        services:
          - {name: a, dependencies: [b]}
          - {name: b, probes: none, ports: [{port: 80}, {name: http-admin, port: 81, expose: false}]}
        """
    )
    assert registry.services[0].edges[0].ports == ("http",)


def test_accounts_are_shared_when_several_services_name_them() -> None:
    registry = good("services: [{name: a, serviceAccount: b}, {name: b}, {name: c, serviceAccount: x}]")
    assert [(s.account.name, s.account.own) for s in registry.services] == [("b", False), ("b", False), ("x", True)]


@pytest.mark.parametrize(
    ("patch", "exposed"),
    [
        ("merge: {spec: {type: LoadBalancer}}", True),
        ("merge: {spec: {type: NodePort}}", True),
        ("merge: {spec: {type: ClusterIP}}", False),
        ("merge: {spec: null}", False),
        ("json: [{op: replace, path: /spec/type, value: NodePort}]", True),
        ("json: [{op: add, path: /spec, value: {type: LoadBalancer}}]", True),
        ("json: [{op: test, path: /spec/type, value: LoadBalancer}]", False),
    ],
)
def test_a_patch_that_opens_the_service_exposes_it(patch: str, exposed: bool) -> None:
    assert only(f"port: 80, healthEndpoint: /, patches: [{{kind: Service, name: orders, {patch}}}]").exposed is exposed


def test_an_image_without_a_repository_is_the_platforms_own() -> None:
    text = (
        "images: {prefix: acme.io/x}\ndefaults: {image: {pullPolicy: Always}}\nservices: [{name: a, image: {tag: '2'}}]"
    )
    image = good(text).services[0].image
    assert (image.repository, image.tag, image.pull_policy) == ("acme.io/x/a", "2", "Always")
    assert good("defaults: {image: {pullPolicy: Never}}\nservices: [{name: a}]").services[0].image.repository == "a"
    (line,) = lines("services: [{name: a, sidecars: [{name: s, image: {tag: '2'}}]}]")
    assert 'has no "repository"' in line


def test_a_hidden_port_has_a_number_of_its_own_pod_only() -> None:
    ports = "ports: [{port: 88, expose: false, targetPort: 99}, {name: http-b, port: 88, targetPort: 100}]"
    assert lines(f"services: [{{name: a, {ports}, probes: none}}]") == []


def test_keys_of_files() -> None:
    service = only("files: {/a/x: one, /b/x: two, /c/y z: {file: f}}", {"f": b"no newline"})
    assert [(file.key, file.body) for file in service.files] == [("a-x", "one"), ("b-x", "two"), ("y-z", "no newline")]


def test_root_and_privilege_imply_what_kubernetes_wants_with_them() -> None:
    assert only("securityContext: {runAsUser: 0}").pod_security.run_as_non_root is False
    assert only("securityContext: {privileged: true}").main.security.allow_privilege_escalation is True
    sidecar = only("sidecars: [{name: s, image: 's:1', securityContext: {runAsUser: 0}}]").sidecars[0]
    assert sidecar.security.run_as_non_root is False


def test_a_finding_points_at_the_short_form() -> None:
    assert lines("services:\n  - {name: a, kind: Job, port: 80}") == [
        '5:32 CG301 service "a" is a Job, which has no ports'
    ]
    assert lines("services:\n  - {name: a, healthEndpoint: /h}")[0].startswith("5:31 CG310")


def test_a_finding_about_a_default_is_told_once_at_the_default() -> None:
    message = 'CG328 the label "helm.sh/chart" of service "a" is chartgen\'s or Helm\'s own'
    head = "defaults: {labels: {helm.sh/chart: x}}\nservices:\n  - name: a\n"
    assert lines(head) == [f"4:21 {message}"]
    many = head + "".join(f"  - name: s{number}\n" for number in range(1_233))
    assert lines(many) == [f'4:21 {message} (for 1,234 services, first "a")']


def test_a_finding_about_a_default_that_one_service_alone_has_points_at_it_and_says_so() -> None:
    text = "defaults: {scaling: {minInstances: 5}}\nservices:\n  - {name: a, scaling: {maxInstances: 3}}\n"
    text += "  - {name: b, scaling: {maxInstances: 9}}\n"
    assert lines(text) == ["6:24 CG311 minInstances 5 is above maxInstances 3 (from defaults)"]


@pytest.mark.parametrize("container", ["resources", "initContainers"])
@pytest.mark.parametrize(
    ("written", "requests", "limits"),
    [
        ("{requests: {memory: 1Gi}}", "1Gi", "1Gi"),
        ("{limits: {memory: 20Mi}}", "20Mi", "20Mi"),
        ("{limits: {memory: 1Gi}}", "128Mi", "1Gi"),
    ],
)
def test_what_is_built_in_gives_way(container: str, written: str, requests: str, limits: str) -> None:
    own = f"resources: {written}"
    side = f"initContainers: [{{name: i, {own}}}]"
    result = compiled(f"services: [{{name: a, {own if container == 'resources' else side}}}]")
    assert result.registry is not None
    service = result.registry.services[0]
    resources = (service.main if container == "resources" else service.init_containers[0]).resources
    assert (dict(resources.requests)["memory"], dict(resources.limits)["memory"]) == (requests, limits)


def test_a_variable_of_the_defaults_can_be_taken_away() -> None:
    result = compiled("defaults: {env: {A: '1', B: '2'}}\nservices: [{name: a, env: {A: {unset: true}, C: '3'}}]")
    assert result.registry is not None
    assert [variable.name for variable in result.registry.services[0].main.env] == ["B", "C"]


def test_a_stage_with_errors_reports_all_of_them_and_ends_the_run() -> None:
    shape = lines("services:\n  - {name: A}\n  - {name: b, port: 0, dependencies: [nowhere]}\n")
    assert [line.split()[1][:3] for line in shape] == ["CG1", "CG1"]
    meaning = lines("services:\n  - {name: b, exposed: true, dependencies: [nowhere]}\n  - {name: b}\n")
    assert [line.split()[1] for line in meaning] == ["CG308", "CG203", "CG201"]


def test_warnings_do_not_stop() -> None:
    result = compiled("services: [{name: a, port: 80}]")
    assert [d.code for d in result.diagnostics] == ["CG405"]
    assert result.registry is not None


def test_a_cycle_of_five_hundred_is_one_finding() -> None:
    body = "services:\n" + "".join(f"  - {{name: s{i}, dependencies: [s{(i + 1) % 500}]}}\n" for i in range(500))
    found = compiled(body).diagnostics
    assert [d.code for d in found] == ["CG206"]
    assert "s0 -> s1 ->" in found[0].message


@pytest.mark.parametrize("edge", ["{service: a, startup: false}", "{service: a, startup: false, optional: true}"])
def test_an_edge_that_does_not_wait_closes_no_cycle(edge: str) -> None:
    good(f"services: [{{name: a, dependencies: [b]}}, {{name: b, dependencies: [{edge}]}}]")


def test_off_needs_off() -> None:
    good("services: [{name: a, enabled: false, dependencies: [b]}, {name: b, enabled: false}]")
    good("services: [{name: a, dependencies: [{service: b, optional: true}]}, {name: b, enabled: false}]")


def test_many_services_that_call_one() -> None:
    calls = "".join(
        f"  - {{name: s{i}, dependencies: [s0, s{i + 1}], env: {{A: '${{s0.url}}'}}}}\n" for i in range(1, 2000)
    )
    good(f"services:\n  - {{name: s0, port: 80, healthEndpoint: /}}\n{calls}  - name: s2000\n")


def test_no_rule_is_listed_twice() -> None:
    rules = [*PLATFORM_RULES, *SERVICE_RULES, *RELATED_RULES]
    assert len(rules) == len(set(rules))
