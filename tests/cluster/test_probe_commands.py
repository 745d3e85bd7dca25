"""The command of every `helm test` pod, run by busybox against a server on loopback: simulated nodes run none."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from chartgen.tools.helm import Helm
from chartgen.tools.process import Completed, run
from scripts import get_busybox
from tests.cluster.harness import platforms
from tests.cluster.harness.serving import serving

TESTED = ("--set", "global.helmTest.enabled=true")
HEAD = (
    "apiVersion: chartgen.dev/v1\nkind: ServiceRegistry\nmetadata: {name: shop, version: 1.0.0}\nimages: {prefix: x}\n"
)
EXTRA = {
    "tcp": "ports: [{port: 5432, protocol: postgres}]",
    "second-port": "ports: [{port: 80, expose: false}, {name: redis, port: 6379}, {name: udp, port: 53}]",
    "grpc": "ports: [{name: grpc, port: 9090}], probes: {readiness: {grpc: {}}}",
    "https": "ports: [{name: https, port: 443, targetPort: 8443}], healthEndpoint: /ready",
    "told-https": "port: 8443, probes: {readiness: {http: {path: /, scheme: HTTPS}}}",
    "moved": "ports: [{name: http, port: 80, targetPort: 8080}], healthEndpoint: /",
    "highest": "port: 65535, healthEndpoint: /a/b/../c/",
    "headers": "port: 80, probes: {readiness: {http: {path: /h, headers: {Host: shop.example.com, "
    "User-Agent: kube-probe, X-Quote: 'a \"b\" ''c'' \\d', X-Price: '$(PRICE) $$5', X-Letter: é}}}}",
    "query": "port: 80, healthEndpoint: '/?a=b&c=d%20e&f=g+h'",
    "shell": "port: 80, healthEndpoint: '/$(id);`id`|&!*?(x)#y'",
    "letters": "port: 80, healthEndpoint: /bereit/schön/漢字",
    "markup": "port: 80, healthEndpoint: '/{a}[b]<c>^\"d\"\\'",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What a service's own readiness probe asks, as its workload is rendered; the path as a server decodes it."""

    scheme: str
    path: str
    headers: dict[str, str]

    @property
    def options(self) -> list[str]:
        """The stub's options: it answers what the probe asks, and nothing else."""
        return ["--path", self.path, *(f"--header={name}:{value}" for name, value in self.headers.items())]


class Rendered:
    """A platform as helm renders it, with its test pods."""

    def __init__(self, platform: platforms.Platform, helm: Helm) -> None:
        done = helm.template(platform.chart, release=platform.name, extra=TESTED)
        assert not done.code, done.error()
        self.objects: list[Any] = list(platforms.objects(done.stdout))

    @cached_property
    def pods(self) -> list[Any]:
        """The test pods."""
        return [each for each in self.objects if each["kind"] == "Pod"]

    def get(self, kinds: Iterable[str], name: str) -> Any:
        """The one object of that name and of one of these kinds."""
        [found] = [each for each in self.objects if each["kind"] in kinds and each["metadata"]["name"] == name]
        return found

    def workload(self, service: str) -> Any:
        """What makes the pods of a service, or of the first of its versions."""
        selector = self.get(["Service"], service)["spec"]["selector"].items()
        made = [each for each in self.objects if each["kind"] in ("Deployment", "StatefulSet", "DaemonSet")]
        return next(each for each in made if selector <= each["spec"]["template"]["metadata"]["labels"].items())

    def target(self, service: str, port: int) -> tuple[str, Probe | None]:
        """The transport of that port of a Service, and the HTTP readiness probe of the workload behind the port."""
        [shown] = [each for each in self.get(["Service"], service)["spec"]["ports"] if each["port"] == port]
        workload = self.workload(service)
        [container] = [each for each in workload["spec"]["template"]["spec"]["containers"] if each["name"] == service]
        asked = container.get("readinessProbe", {}).get("httpGet", {})
        return shown.get("protocol", "TCP"), _probe(asked) if asked.get("port") == shown["targetPort"] else None


def _probe(asked: Any) -> Probe:
    headers = {header["name"]: header["value"] for header in asked.get("httpHeaders", ())}
    path = unquote(asked["path"].partition("#")[0])
    return Probe(scheme=asked.get("scheme", "HTTP").lower(), path=path, headers=headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A test pod's command, and the Service and port that it names."""

    words: list[str]
    service: str
    port: int

    def aimed(self, port: int) -> list[str]:
        """The same command, asking that port of this machine."""
        if self.words[0] == "nc":
            places = {self.service: "127.0.0.1", str(self.port): str(port)}
            return [places.get(word, word) for word in self.words]
        here = f"://{self.service}:{self.port}/"
        assert sum(here in word for word in self.words) == 1
        return [word.replace(here, f"://127.0.0.1:{port}/", 1) for word in self.words]


def command(pod: Any) -> Command:
    """What the kubelet makes of the pod's one container, which has no variables."""
    [container] = pod["spec"]["containers"]
    assert "env" not in container and "command" not in container
    words = [expanded(word) for word in container["args"]]
    if words[0] == "nc":
        service, port = words[3:5]
    else:
        found = re.match(r"https?://([^/:]+):(\d+)/", words[-1])
        assert found, words
        service, port = found.groups()
    return Command(words=words, service=service, port=int(port))


def expanded(word: str) -> str:
    """The word as Kubernetes hands it on: `$$` is `$`, and `$(NAME)` stays where there is no such variable."""
    return re.sub(r"\$\$|\$\([^)]*\)", lambda found: "$" if found[0] == "$$" else found[0], word)


@pytest.fixture(scope="session")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PATH on which nothing but busybox is found, as in the pods' image."""
    folder, busybox = tmp_path_factory.mktemp("busybox"), get_busybox.fetch()
    for name in ("wget", "nc", "true", "ssl_client"):
        (folder / name).symlink_to(busybox)
    return folder


@pytest.fixture(scope="session", params=[*platforms.NAMES, "extra"])
def rendered(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, helm43: Helm) -> Rendered:
    name = str(request.param)
    folder = tmp_path_factory.mktemp("rendered")
    if name != "extra":
        return Rendered(platforms.copied(name, folder), helm43)
    services = "".join(f"  - {{name: {service}, {fields}}}\n" for service, fields in EXTRA.items())
    return Rendered(platforms.written(f"{HEAD}services:\n{services}", folder / name), helm43)


def test_every_service_with_a_tcp_port_is_tested(rendered: Rendered) -> None:
    services = [each for each in rendered.objects if each["kind"] == "Service" and _has_tcp(each)]
    shown = {each["metadata"]["name"] for each in services if not each["metadata"]["name"].endswith("-headless")}
    own = {each["metadata"]["labels"]["app.kubernetes.io/name"] for each in services}
    assert {command(pod).service for pod in rendered.pods} == shown & own, "an alias leads to pods that are tested"


def test_it_passes_where_the_service_answers_and_fails_where_it_does_not(rendered: Rendered, path: Path) -> None:
    for pod in rendered.pods:
        judged = command(pod)
        transport, probe = rendered.target(judged.service, judged.port)
        assert transport == "TCP"
        assert (probe is not None) == (judged.words[0] == "wget")
        for what, passes, port in _servers(probe):
            with port as number:
                done = _run(judged.aimed(number), path)
            assert (done.code == 0) == passes, f"{pod['metadata']['name']}: {what}: {done.error()}"


Server = tuple[str, bool, contextlib.AbstractContextManager[int]]


def _servers(probe: Probe | None) -> Iterator[Server]:
    """What may be found behind the Service, and whether the test should pass there."""
    yield "nothing listens", False, _free()
    if probe is None:
        yield "it listens", True, _stub("tcp:1")
        return
    listener = f"{probe.scheme}:1"
    yield "it answers what its probe asks", True, _stub(listener, *probe.options)
    yield "it answers 500", False, _stub(listener, *probe.options, "--status=500")
    yield "it has another path alone", False, _stub(listener, "--path=/another")
    if probe.headers:
        yield "it wants another header", False, _stub(listener, "--header=X-Another:1")


@contextlib.contextmanager
def _stub(listener: str, *options: str) -> Iterator[int]:
    with serving(listener, options=options) as ports:
        yield ports[listener]


@contextlib.contextmanager
def _free() -> Iterator[int]:
    """A port that is held and refuses every call."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def _run(words: list[str], path: Path) -> Completed:
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "")
    return run([str(path / words[0]), *words[1:]], environment={**proxies, "PATH": str(path)})


def _has_tcp(service: Any) -> bool:
    return any(port.get("protocol", "TCP") == "TCP" for port in service["spec"].get("ports", ()))
