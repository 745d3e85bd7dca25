"""A cluster, a namespace for each test, and what a failed test shows."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from chartgen.tools.helm import Helm
from scripts.get_helm import kubectl
from tests.cluster.harness import platforms
from tests.cluster.harness.evidence import evidence
from tests.cluster.harness.kube import Kube, Space, eventually
from tests.cluster.harness.platforms import Platform
from tests.cluster.harness.releases import Release

MARK = "chartgen.test/run"
RUN = secrets.token_hex(4)
"""This process's namespaces carry it: `kubectl delete namespaces -l chartgen.test/run` sweeps what a kill left."""

Spaces = Callable[..., Space]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--keep` is for a look around after a failure, on a cluster that goes on (CLUSTER=own)."""
    parser.addoption("--keep", action="store_true", help="leave the namespaces of failed tests where they are")


@pytest.fixture(scope="session")
def kube(request: pytest.FixtureRequest) -> Iterator[Kube]:
    """The cluster of KUBECONFIG; when it is a person's, nothing of ours is left in it."""
    path = os.environ.get("KUBECONFIG")
    if not path:
        pytest.fail("these tests need a cluster: run them by `make judges`", pytrace=False)
    cluster = Kube(kubectl=str(kubectl()), kubeconfig=path)
    nodes = cluster.get("nodes")
    simulated = all("kwok.x-k8s.io/node" in node["metadata"].get("annotations", {}) for node in nodes)
    yield Kube(kubectl=cluster.kubectl, kubeconfig=cluster.kubeconfig, simulated=simulated)
    if os.environ.get("CHARTGEN_CLUSTER") == "own" and not request.config.getoption("--keep"):
        eventually(lambda: cluster.get("namespaces", "-l", f"{MARK}={RUN}"), lambda left: not left, patience=300)


@pytest.fixture
def spaces(kube: Kube, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Spaces]:
    """Makes namespaces that enforce a Pod Security level, and takes them away."""
    made: list[Space] = []

    def make(level: str = "restricted") -> Space:
        name = f"chartgen-{secrets.token_hex(4)}"
        folder = tmp_path / name
        folder.mkdir()
        space = Space(kube=kube, name=name, folder=folder)
        labels = {MARK: RUN, "pod-security.kubernetes.io/enforce": level, "pod-security.kubernetes.io/warn": level}
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
        made.append(space)
        kube.do("create", "-f", str(space.file([namespace])))
        return space

    request.node.stash[SPACES] = made
    yield make
    kept = request.config.getoption("--keep") and request.node.stash.get(FAILED, False)
    for space in () if kept else made:
        kube.run("delete", "namespace", space.name, "--wait=false", "--ignore-not-found")


SPACES = pytest.StashKey[list[Space]]()
FAILED = pytest.StashKey[bool]()


@pytest.fixture
def space(spaces: Spaces) -> Space:
    """A namespace that enforces Pod Security restricted."""
    return spaces()


@pytest.fixture(params=platforms.NAMES)
def platform(request: pytest.FixtureRequest, tmp_path: Path) -> Platform:
    """Each platform in turn, a copy that the test may change."""
    return platforms.copied(request.param, tmp_path)


@pytest.fixture
def ticketing(tmp_path: Path) -> Platform:
    """A copy of this repository's platform."""
    return platforms.copied("ticketing", tmp_path)


@pytest.fixture
def release_of(spaces: Spaces, helm43: Helm) -> Callable[[Platform], Release]:
    """A release of a platform, not yet installed, in a namespace that admits what its registry asks for."""

    def make(platform: Platform) -> Release:
        space = spaces("restricted" if platform.restricted else "privileged")
        platform.prepare(space)
        return Release(helm=helm43, space=space, name=platform.name, chart=platform.chart)

    return make


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure is reported with the evidence of each namespace that the test used."""
    report = yield
    if call.when != "teardown" and call.excinfo is not None:
        item.stash[FAILED] = True
        for space in item.stash.get(SPACES, []):
            report.sections.append(("the cluster", evidence(space, item.nodeid)))
    return report
