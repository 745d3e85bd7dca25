"""What stands in for services on a cluster with real containers: it compiles, and answers whatever is asked of it."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from chartgen.emit.yaml import dump
from chartgen.tools.helm import Helm
from tests.cluster.harness import platforms, stub
from tests.cluster.harness.platforms import Platform
from tests.cluster.harness.serving import serving
from tests.cluster.harness.standin import IMAGE, STUB, Data, loaded, prerequisites, stand_in

SHORT = """\
apiVersion: chartgen.dev/v1
kind: ServiceRegistry
metadata: {name: short, version: 1.0.0}
images: {prefix: acme, pullSecrets: [login]}
defaults:
  nodeSelector: {disk: ssd}
  tolerations: [{key: gpu, operator: Exists}]
  priorityClassName: high
  securityContext: {seccompProfile: {localhost: profiles/audit.json}}
  lifecycle: {postStart: {httpGet: {path: /warm, port: http}}, preStop: {exec: {command: [/bin/drain]}}}
services:
  - name: web
    ports:
      - {name: http, port: 80, targetPort: 8080}
      - {name: https, port: 443, targetPort: 8443}
      - {port: 53, protocol: udp}
    healthEndpoint: /ready
    probes: {startup: {http: {port: https}}, liveness: {exec: [/bin/alive]}}
    env:
      TOKEN: {secret: login, key: token}
      MODE: {config: modes, key: mode}
      MAYBE: {secret: maybe, key: some, optional: true}
    envFrom: [{config: modes}, {secret: all}]
    volumes:
      - {name: sockets, mountPath: /sockets, hostPath: /run}
      - {name: shared, mountPath: /shared, claim: {size: 1Gi, class: nfs, access: ReadWriteMany}}
      - {name: old, mountPath: /old, existingClaim: old-data}
      - {name: one, mountPath: /one, config: one-file, subPath: a.conf}
      - {name: perhaps, mountPath: /perhaps, secret: {name: perhaps, optional: true}}
    initContainers: [{name: first, image: acme/first:1, args: [now]}]
    sidecars:
      - name: proxy
        image: acme/proxy:1
        command: [proxy]
        ports: [{name: http-admin, port: 9901}]
        probes: {readiness: {http: {}}}
    patches:
      - {kind: Deployment, name: web, merge: {spec: {template: {spec: {volumes: null}}}}}
      - {kind: Deployment, name: web, json: [{op: add, path: /spec/template/spec/containers/0/tty, value: true}]}
      - {kind: Deployment, name: web, merge: {spec: {minReadySeconds: 1}}}
  - name: rpc
    ports: [{name: grpc, port: 9000}]
    probes: {readiness: {grpc: {}}, liveness: {tcp: {}}}
    lifecycle: none
  - {name: job, kind: Job, args: [--once], lifecycle: none, sidecars: [{name: log, image: "acme/log:1"}]}
"""
NAMES = (*platforms.NAMES, *platforms.LARGE, "short")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A platform's registry, its stand-in, and the pod templates and Services that helm renders from the stand-in."""

    before: Data
    platform: Platform
    templates: dict[str, Any]
    services: list[Any]

    def containers(self) -> Iterator[tuple[str, Any]]:
        """(service, container) of every container that serves."""
        for name, template in self.templates.items():
            for container in (*template["spec"]["containers"], *template["spec"].get("initContainers", ())):
                if container["command"][0] == "python3":
                    yield name, container


Standings = Callable[[str], Standing]


@pytest.fixture(scope="session")
def standings(tmp_path_factory: pytest.TempPathFactory, helm43: Helm) -> Standings:
    """Each made once."""
    return cache(lambda name: _standing(name, tmp_path_factory.mktemp("standing"), helm43))


def _standing(name: str, folder: Path, helm: Helm) -> Standing:
    original = platforms.written(SHORT, folder / name) if name == "short" else platforms.copied(name, folder)
    before = loaded((original.root / "registry.yaml").read_text(encoding="utf-8"))
    platform = replace(platforms.written(dump(stand_in(before)), folder / "stand-in"), release=original.release)
    done = helm.template(platform.chart, release=platform.name)
    assert not done.code, done.error()
    objects = list(platforms.objects(done.stdout))
    pods = [(each["metadata"]["labels"]["app.kubernetes.io/name"], _pod(each)) for each in objects]
    return Standing(
        before=before,
        platform=platform,
        templates={service: template for service, template in pods if template},
        services=[each for each in objects if each["kind"] == "Service"],
    )


def _pod(thing: Any) -> Any:
    spec = thing.get("spec", {})
    return spec.get("jobTemplate", {}).get("spec", spec).get("template")


@pytest.fixture(params=NAMES)
def standing(request: pytest.FixtureRequest, standings: Standings) -> Standing:
    return standings(str(request.param))


def test_it_is_the_same_platform_with_one_image(standing: Standing) -> None:
    services = {service.name: service for service in standing.platform.registry.services}
    assert list(services) == sorted(service["name"] for service in standing.before["services"])
    images = {service.image.repository for service in services.values()}
    images |= {c.image.repository for s in services.values() for c in (*s.sidecars, *s.init_containers) if c.image}
    assert images == {IMAGE.rpartition(":")[0]}


def test_it_stands_anywhere(standing: Standing) -> None:
    for name, template in standing.templates.items():
        spec = template["spec"]
        assert not spec.keys() & {"nodeSelector", "tolerations", "priorityClassName", "imagePullSecrets"}, name
        assert "nodeAffinity" not in spec.get("affinity", {}), name
        assert not [volume for volume in spec.get("volumes", ()) if "hostPath" in volume], name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name


def test_every_port_that_is_asked_is_served(standing: Standing) -> None:
    for name, container in standing.containers():
        served = {int(listener.partition(":")[2]) for listener in container["command"][3:]}
        assert {port["containerPort"] for port in container.get("ports", ())} <= served, name
        assert {number for _, number, _ in _asked(container)} <= served, name
    for service in (each for each in standing.services if "selector" in each["spec"]):
        pod = standing.templates[service["spec"]["selector"]["app.kubernetes.io/name"]]["spec"]
        containers = (*pod["containers"], *pod.get("initContainers", ()))
        ports = [port for container in containers for port in container.get("ports", ())]
        known = {port[key] for port in ports for key in ("name", "containerPort")}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= known


@pytest.mark.parametrize("name", ["everything", "five-kinds", "short"])
def test_every_probe_is_answered(name: str, standings: Standings) -> None:
    for service, container in standings(name).containers():
        listeners = container["command"][3:]
        with serving(*listeners) as ports:
            free = {int(listener.partition(":")[2]): port for listener, port in ports.items()}
            for kind, number, asked in _asked(container):
                assert ASK[kind](free[number], asked), f"{service}: {kind} {asked}"


def test_what_runs_once_ends_with_success(standings: Standings) -> None:
    found = standings("short").templates
    assert [each["command"] for each in found["job"]["spec"]["containers"]] == [["true"]]
    first = [each for each in found["web"]["spec"]["initContainers"] if each["name"] == "first"]
    assert [(each["command"], each.get("args")) for each in first] == [(["true"], None)]


def test_only_patches_of_what_was_replaced_are_left_out(standings: Standings) -> None:
    [web] = [each for each in standings("short").platform.registry.services if each.name == "web"]
    assert [patch.merge for patch in web.patches] == [{"spec": {"minReadySeconds": 1}}]


def test_what_must_exist_before_it_is_made() -> None:
    made = [
        (each["kind"], each["metadata"]["name"], each.get("data", each.get("stringData")))
        for each in prerequisites(loaded(SHORT))
    ]
    assert made == [
        ("ConfigMap", "modes", {"mode": "stand-in"}),
        ("ConfigMap", "one-file", {"a.conf": "stand-in"}),
        ("Secret", "all", {}),
        ("Secret", "login", {"token": "stand-in"}),
        ("PersistentVolumeClaim", "old-data", None),
    ]


def test_the_program_holds_nothing_that_kubernetes_expands() -> None:
    assert "$" not in STUB


def test_udp_comes_back() -> None:
    with serving("udp:53") as ports, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller:
        caller.settimeout(30)
        caller.sendto(b"ping", ("127.0.0.1", ports["udp:53"]))
        assert caller.recv(100) == b"ping"


def test_one_that_is_unwell_says_so() -> None:
    with serving("http:1", options=["--status=500"]) as ports:
        assert not _grpc(ports["http:1"], {})
        assert not _http(ports["http:1"], {"path": "/"})


def _asked(container: Any) -> Iterator[tuple[str, int, Any]]:
    """(kind, port, what) of each probe and hook."""
    numbers = {port["name"]: port["containerPort"] for port in container.get("ports", ())}
    probes = [container[key] for key in ("readinessProbe", "livenessProbe", "startupProbe") if key in container]
    for asked in (*probes, *container.get("lifecycle", {}).values()):
        for kind in ASK.keys() & asked.keys():
            port = asked[kind]["port"]
            yield kind, numbers[port] if isinstance(port, str) else port, asked[kind]
        if "exec" in asked:
            assert asked["exec"] == {"command": ["true"]}


def _http(port: int, asked: Any) -> bool:
    headers = {header["name"]: header["value"] for header in asked.get("httpHeaders", ())}
    with contextlib.closing(_connection(asked.get("scheme"), port)) as connection:
        connection.request("HEAD" if asked["path"] == "/" else "GET", asked["path"], headers=headers)
        return 200 <= connection.getresponse().status < 400


def _connection(scheme: str | None, port: int) -> http.client.HTTPConnection:
    if scheme != "HTTPS":
        return http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    unchecked = ssl._create_unverified_context()
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=unchecked)


def _tcp(port: int, _asked: Any) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=30):
        return True


def _grpc(port: int, _asked: Any) -> bool:
    """A health check as gRPC's clients put it: settings, a PING, a call; its answer is read to the trailers."""
    call = stub.frame(stub.HEADERS, stub.END_HEADERS, 1) + stub.frame(stub.DATA, stub.END_STREAM, 1, bytes(5))
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection, connection.makefile("rb") as answer:
        settings, ping = stub.frame(stub.SETTINGS, 0, 0), stub.frame(stub.PING, 0, 0, b"12345678")
        connection.sendall(stub.CLIENT_PREFACE + settings + ping + call)
        expected = [
            stub.frame(stub.SETTINGS, 0, 0),
            stub.frame(stub.SETTINGS, stub.ACK, 0),
            stub.frame(stub.PING, stub.ACK, 0, b"12345678"),
        ]
        assert answer.read(len(b"".join(expected))) == b"".join(expected)
        told = stub.health(1, True)
        return answer.read(len(told)) == told


ASK = {"httpGet": _http, "tcpSocket": _tcp, "grpc": _grpc}
