"""A release goes from one helm to another and back, with real changes: nothing conflicts, nothing stays behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.cluster.harness import platforms, states
from tests.cluster.harness.likeness import as_if_new

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chartgen.tools.helm import Helm
    from tests.cluster.harness.kube import Space
    from tests.cluster.harness.platforms import Platform
    from tests.cluster.harness.releases import Release

HEAD = """\
apiVersion: chartgen.dev/v1
kind: ServiceRegistry
metadata: {name: shop, version: 1.0.0}
images: {prefix: shop}
services:
"""
ONE = """
  - name: web
    ports: [{name: http, port: 8080}]
    healthEndpoint: /healthz
    scaling: {minInstances: 2, maxInstances: 6, cpuThreshold: 70}
    dependencies: [catalog]
    env: {KEPT: a, GONE: b}
    labels: {team: web}
    volumes: [{name: scratch, mountPath: /scratch, emptyDir: {}}]
    args: [serve]
  - name: catalog
    kind: StatefulSet
    ports: [{name: http, port: 80, targetPort: 8080}, {name: grpc, port: 9090, protocol: grpc}]
    probes: {readiness: {http: {path: /ready, port: http}}, liveness: {grpc: {port: grpc}}}
    scaling: {replicas: 3}
    files: {/etc/catalog/one: "1", /etc/catalog/two: "2"}
  - name: agent
    kind: DaemonSet
    tolerations: [{key: dedicated, operator: Exists, effect: NoSchedule}]
    env: {GONE: {field: status.podIP}}
  - {name: nightly, kind: CronJob, schedule: "30 2 * * *", dependencies: [catalog], env: {GONE: b}}
  - {name: migrate, kind: Job, args: [migrate], env: {GONE: b}}
"""
OTHER = """
  - name: web
    ports: [{name: http, port: 8080}, {name: http-admin, port: 8081}]
    healthEndpoint: /readyz
    exposed: true
    scaling: {minInstances: 2, maxInstances: 8, memoryThreshold: 70}
    env: {KEPT: other}
    annotations: {example.com/note: other}
    sidecars: [{name: proxy, image: "proxy:1", ports: [{name: http-proxy, port: 15000}]}]
  - name: catalog
    kind: StatefulSet
    ports: [{name: http, port: 80, targetPort: 8080}]
    healthEndpoint: /ready
    scaling: {replicas: 2}
    dependencies: [{service: web, startup: false}]
    files: {/etc/catalog/two: "zwei"}
    nodeSelector: {kubernetes.io/os: linux}
  - {name: agent, kind: DaemonSet, resources: none}
  - {name: nightly, kind: CronJob, schedule: "45 3 * * *"}
  - {name: migrate, kind: Job, args: [migrate, --all]}
"""
BY_SERVER = ("--wait", "--server-side=true")
ROADS: dict[str, list[tuple[str, tuple[str, ...]]]] = {
    "from 3.17": [("3.17", ("--wait",)), ("4.3", ("--wait",)), ("3.17", ("--wait",)), ("4.3", ("--wait",))],
    "from 4.3": [("4.3", ("--wait",)), ("3.17", ("--wait",)), ("4.3", ("--wait",)), ("3.17", ("--wait",))],
    "server side": [("3.17", ("--wait",)), ("4.3", BY_SERVER), ("3.17", ("--wait",)), ("4.3", BY_SERVER)],
}
"""Who installs, and who upgrades then, to the one registry and to the other in turn."""


@pytest.mark.parametrize("road", ROADS)
def test_helms_take_over_from_each_other(
    road: str,
    helm43: Helm,
    helm317: Helm,
    tmp_path: Path,
    spaces: Callable[..., Space],
    release_of: Callable[[Platform], Release],
) -> None:
    helms, elsewhere = {"4.3": helm43, "3.17": helm317}, spaces()
    release = release_of(shop(tmp_path, ONE))
    for turn, (version, flags) in enumerate(ROADS[road]):
        shop(tmp_path, OTHER if turn % 2 else ONE)
        step = release.by(helms[version])
        if turn:
            step.upgrade(flags=flags)
        else:
            step.install(flags=flags)
            release.space.do("scale", "deployment/web", "--replicas=4")
        live, new = as_if_new(step, elsewhere)
        assert live == new, f"step {turn + 1}, helm {version}"
        states.nothing_differs(step)
    assert size(release.space, "web") == 4, "no helm took the number from the autoscaler"


def shop(folder: Path, services: str) -> Platform:
    """The platform with these services, in the one folder."""
    return platforms.written(HEAD + services, folder / "shop")


def size(space: Space, name: str) -> int:
    """How many pods a Deployment wants."""
    [thing] = space.get("deployment", name)
    return int(thing["spec"]["replicas"])


class TestTransports:
    """TCP beside UDP on one number: the known limit of Helm 3.17, of which chartgen warns (CG406)."""

    UDP = "{name: dns, port: 53, targetPort: 5353, protocol: udp}"
    BOTH = f"{UDP}, {{name: dns-tcp, port: 53, targetPort: 5353, protocol: tcp}}"

    @staticmethod
    def platform(folder: Path, ports: str) -> Platform:
        """A name server with these ports."""
        return shop(folder, f"  - {{name: dns, ports: [{ports}], probes: {{readiness: {{exec: [dig]}}}}}}\n")

    @staticmethod
    def ports(space: Space) -> tuple[set[str], set[str]]:
        """The names of the Service's ports, and of the pods'."""
        [service], [deployment] = space.get("service", "dns"), space.get("deployment", "dns")
        container = deployment["spec"]["template"]["spec"]["containers"][0]
        return names(service["spec"]["ports"]), names(container.get("ports", ()))

    def test_helm_4_adds_the_second(
        self, tmp_path: Path, release_of: Callable[[Platform], Release], helm43: Helm
    ) -> None:
        release = release_of(self.platform(tmp_path, self.UDP)).by(helm43)
        release.install()
        self.platform(tmp_path, self.BOTH)
        release.upgrade()
        assert self.ports(release.space) == ({"udp-dns", "tcp-dns-tcp"},) * 2

    def test_helm_3_drops_it_chartgen_warned_and_the_server_mends_it(
        self, tmp_path: Path, release_of: Callable[[Platform], Release], helm43: Helm, helm317: Helm
    ) -> None:
        release = release_of(self.platform(tmp_path, self.UDP)).by(helm317)
        release.install()
        assert "CG406" in self.platform(tmp_path, self.BOTH).warned
        release.upgrade()
        assert self.ports(release.space) == ({"udp-dns"},) * 2
        release.by(helm43).upgrade()
        assert self.ports(release.space) == ({"udp-dns"},) * 2, "Helm 4 goes on as Helm 3 did"
        release.by(helm43).upgrade(flags=BY_SERVER)
        assert self.ports(release.space) == ({"udp-dns", "tcp-dns-tcp"},) * 2
        self.platform(tmp_path, self.UDP)
        release.upgrade()
        assert self.ports(release.space) == ({"udp-dns"}, set()), "Helm 3.17 takes both names from the pods"
        release.by(helm43).upgrade(flags=BY_SERVER)
        assert self.ports(release.space) == ({"udp-dns"},) * 2


def names(ports: Any) -> set[str]:
    """The ports' names."""
    return {port["name"] for port in ports}
