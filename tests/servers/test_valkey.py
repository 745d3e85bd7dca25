"""What Valkey's pods run, with the programs of Redis under Valkey's names: the scripts name neither. The cluster has no
password here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from chartgen.engines.engine import Topology
from tests.servers.conftest import Pods

_NAMES: Mapping[str, str] = {"valkey-server": "redis-server", "valkey-cli": "redis-cli"}


def _renamed(folder: Path) -> Path:
    """A layer on which the programs have Valkey's names."""
    programs = folder / "names" / "usr" / "local" / "bin"
    programs.mkdir(parents=True)
    for name, other in _NAMES.items():
        (programs / name).symlink_to(f"/usr/bin/{other}")
    return folder / "names"


def test_a_pod_of_its_own_keeps_what_it_is_given(pods: Pods, tmp_path: Path) -> None:
    [pod] = pods("valkey")
    pod.image = replace(pod.image, layers=(_renamed(tmp_path), *pod.image.layers))
    pod.start()
    pod.until_ready()
    pod.ask("valkey-cli", "set", "x", "42")
    pod.stop()
    pod.start()
    pod.until_ready()
    assert pod.ask("valkey-cli", "get", "x") == "42"


def test_six_become_a_cluster(pods: Pods, tmp_path: Path) -> None:
    found = pods("valkey", Topology.CLUSTER, secret="")
    names = _renamed(tmp_path)
    for pod in found:
        pod.image = replace(pod.image, layers=(names, *pod.image.layers))
        pod.start()
    for pod in found:
        pod.until_ready()
    assert found[0].ask("valkey-cli", "-c", "set", "x", "42") == "OK"
    assert found[5].ask("valkey-cli", "-c", "get", "x") == "42"
