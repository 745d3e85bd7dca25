"""NATS, alone and as three servers that find each other by name."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from chartgen.engines.engine import Topology
from chartgen.tools.process import Completed
from tests.servers.conftest import SECRET, Pods
from tests.servers.harness import nats_client
from tests.servers.harness.pod import Pod
from tests.servers.harness.processes import until


def _request(pod: Pod, subject: str, body: str, password: str = SECRET["password"]) -> Completed:
    argv = [sys.executable, str(Path(nats_client.__file__)), pod.address, SECRET["username"], password, subject, body]
    return pod.node.run(argv)


def _answer(pod: Pod, subject: str, body: str) -> Any:
    done = _request(pod, subject, body)
    assert done.code == 0, f"{done.error()}\n{pod.log}"
    return json.loads(done.stdout)


def _write(pod: Pod, copies: int) -> None:
    stream = {"name": "orders", "subjects": ["orders.*"], "num_replicas": copies}
    made = _answer(pod, "$JS.API.STREAM.CREATE.orders", json.dumps(stream))
    assert "error" not in made, made
    assert _answer(pod, "orders.new", "42")["seq"] == 1


def _reads(pod: Pod) -> bool:
    done = _request(pod, "$JS.API.STREAM.MSG.GET.orders", '{"seq": 1}')
    answer = json.loads(done.stdout) if done.code == 0 and done.stdout.startswith("{") else {}
    return "message" in answer and base64.b64decode(answer["message"]["data"]) == b"42"


@pytest.mark.parametrize("topology", [Topology.SINGLE, Topology.CLUSTER])
def test_what_is_published_outlives_the_servers(topology: Topology, pods: Pods) -> None:
    found = pods("nats", topology)
    for pod in found:
        pod.start()
    for pod in found:
        pod.until_ready()
    _write(found[0], copies=len(found))
    assert _reads(found[-1])
    refused = _request(found[0], "orders.new", "43", password="another")
    assert refused.code != 0 and "Authorization Violation" in refused.stderr
    assert SECRET["password"] not in found[0].log
    assert all(pod.probe("liveness") for pod in found)
    for pod in found:
        assert pod.stop(), pod.log
    for pod in reversed(found):
        pod.start()
    for pod in found:
        pod.until_ready()
    until(lambda: all(_reads(pod) for pod in found), lambda: found[0].log)


def test_two_of_three_go_on_and_the_third_comes_back_elsewhere(pods: Pods) -> None:
    found = pods("nats", Topology.CLUSTER)
    for pod in found:
        pod.start()
    for pod in found:
        pod.until_ready()
    _write(found[0], copies=3)
    found[0].kill()
    until(lambda: _reads(found[1]) and _reads(found[2]), lambda: found[1].log)
    assert "error" not in _answer(found[2], "orders.new", "43")
    found[0].start()
    found[0].until_ready()
    until(lambda: _reads(found[0]), lambda: found[0].log)
