"""Six pods that become a Redis Cluster, and stay one whatever happens to any of them."""

from __future__ import annotations

import random
from functools import partial

import pytest

from chartgen.engines.engine import Topology
from tests.servers.conftest import Pods
from tests.servers.harness.pod import Pod
from tests.servers.harness.processes import until

KEYS = range(40)


@pytest.fixture
def cluster(pods: Pods) -> list[Pod]:
    """Formed without a hand, from pods that started in no order."""
    found = pods("redis", Topology.CLUSTER)
    for pod in random.Random(7).sample(found, len(found)):
        pod.start()
    for pod in found:
        pod.until_ready()
    _until_whole(found[0])
    return found


def _nodes(pod: Pod) -> str:
    return pod.ask("redis-cli", "cluster", "nodes")


def _shape(pod: Pod) -> tuple[int, int]:
    """(masters with slots, copies) that the pod sees, those that failed left out."""
    lines = [line.split() for line in _nodes(pod).splitlines()]
    alive = [line for line in lines if "fail" not in line[2] and "connected" in line[7]]
    return len([line for line in alive if len(line) > 8]), len([line for line in alive if "slave" in line[2]])


def _until_whole(pod: Pod) -> None:
    until(lambda: _shape(pod) == (3, 3), lambda: _nodes(pod))


def _role(pod: Pod) -> str:
    return pod.ask("redis-cli", "role").splitlines()[0]


def _write(pod: Pod, value: str) -> None:
    """From any pod to all slots; the client is sent from pod to pod by their names."""
    for key in KEYS:
        assert pod.ask("redis-cli", "-c", "-e", "set", f"key-{key}", value) == "OK"


def _until_copied(pods: list[Pod]) -> None:
    """Until the copies have what was written: Redis answers before they do, and who kills a master right then may find
    a copy that has not heard of the last keys."""
    for pod in (pod for pod in pods if _role(pod) == "master"):
        written = int(pod.ask("redis-cli", "role").splitlines()[1])
        until(partial(_copied, pod, written), partial(pod.ask, "redis-cli", "role"))


def _copied(master: Pod, written: int) -> bool:
    """Whether a copy has said that it holds what the master had written then (bytes of its stream)."""
    told = master.ask("redis-cli", "role").splitlines()[2:]
    return any(int(offset) >= written for offset in told[2::3])


def _holds(pod: Pod, value: str) -> bool:
    return all(pod.ask("redis-cli", "-c", "get", f"key-{key}") == value for key in KEYS)


def test_it_forms_itself_and_serves_every_slot_from_every_pod(cluster: list[Pod]) -> None:
    _write(cluster[4], "one")
    assert all(_holds(pod, "one") for pod in cluster)
    slots = {line.split()[-1] for line in _nodes(cluster[0]).splitlines() if "master" in line}
    assert slots == {"0-5460", "5461-10921", "10922-16383"}
    told = cluster[0].run(["redis-cli", "set", *_key_of_another(cluster[0])]).stdout
    assert "MOVED" in told and ".orders-headless:6379" in told
    refused = cluster[0].run(
        ["redis-cli", "-e", "-h", cluster[1].host, "ping"], environment={"REDISCLI_AUTH": "another"}
    )
    assert refused.code != 0 and "PONG" not in refused.stdout


def _key_of_another(pod: Pod) -> tuple[str, str]:
    """A key that lies in the slots of another pod, and a value."""
    keys = (f"key-{number}" for number in KEYS)
    return next((key, "x") for key in keys if int(pod.ask("redis-cli", "cluster", "keyslot", key)) > 6000)


def test_a_copy_takes_over_and_the_master_comes_back_as_its_copy(cluster: list[Pod]) -> None:
    _write(cluster[0], "one")
    _until_copied(cluster)
    cluster[1].kill()
    until(lambda: _role(cluster[4]) == "master", lambda: _nodes(cluster[4]))
    until(lambda: cluster[5].probe("readiness"), lambda: _nodes(cluster[5]))
    assert _holds(cluster[5], "one")
    _write(cluster[5], "two")
    cluster[1].start()
    cluster[1].until_ready()
    until(lambda: _role(cluster[1]) == "slave", lambda: _nodes(cluster[1]))
    assert _holds(cluster[1], "two")


def test_any_pod_may_be_killed_and_come_back_elsewhere(cluster: list[Pod]) -> None:
    _write(cluster[0], "one")
    for pod in cluster:
        _until_copied(cluster)
        pod.kill()
        pod.start()
        for each in cluster:
            each.until_ready()
        _until_whole(pod)
    assert _holds(cluster[2], "one")


def test_all_at_once_come_back_at_other_addresses(cluster: list[Pod]) -> None:
    _write(cluster[0], "one")
    assert all(pod.stop() for pod in cluster)
    for pod in reversed(cluster):
        pod.start()
    for pod in cluster:
        pod.until_ready()
    until(lambda: all(_shape(pod) == (3, 3) for pod in cluster), lambda: _nodes(cluster[0]))
    assert _holds(cluster[3], "one")


def test_a_pod_that_lost_its_disk_is_filled_again(cluster: list[Pod]) -> None:
    _write(cluster[0], "one")
    _until_copied(cluster)
    cluster[2].kill()
    cluster[2].lose_disk()
    until(lambda: _role(cluster[5]) == "master", lambda: _nodes(cluster[5]))
    cluster[2].start()
    cluster[2].until_ready()
    until(lambda: _role(cluster[2]) == "slave" and _shape(cluster[2]) == (3, 3), lambda: _nodes(cluster[2]))
    until(lambda: all("fail" not in _nodes(pod) for pod in cluster), lambda: _nodes(cluster[0]))
    assert _holds(cluster[2], "one")
