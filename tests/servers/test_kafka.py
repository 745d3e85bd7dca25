"""Kafka, alone and as three brokers that are controllers too."""

from __future__ import annotations

import shlex

from chartgen.engines.engine import Topology
from tests.servers.conftest import Pods
from tests.servers.harness.pod import Pod

_TOOLS = "org.apache.kafka.tools"


def _tool(pod: Pod, name: str, *words: str, stdin: str = "") -> str:
    """A tool of Kafka's, run in the pod, that first asks the broker's name."""
    argv = ["java", "-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp", "/opt/kafka/libs/*", f"{_TOOLS}.{name}", *words]
    return pod.ask("sh", "-c", f"echo {stdin} | {shlex.join(argv)}")


def _make_topic(pod: Pod, copies: int) -> None:
    where = ("--bootstrap-server", f"{pod.host}:9092")
    _tool(pod, "TopicCommand", *where, "--create", "--topic", "orders", "--replication-factor", str(copies))


def _write(pod: Pod, text: str) -> None:
    where = ("--bootstrap-server", f"{pod.host}:9092")
    _tool(pod, "ConsoleProducer", *where, "--topic", "orders", "--producer-property", "acks=all", stdin=text)


def _read(pod: Pod, count: int) -> list[str]:
    where = ("--bootstrap-server", f"{pod.host}:9092", "--topic", "orders", "--from-beginning", "--timeout-ms", "60000")
    return sorted(_tool(pod, "consumer.ConsoleConsumer", *where, "--max-messages", str(count)).split())


def test_a_broker_alone_keeps_what_is_published(pods: Pods) -> None:
    [pod] = pods("kafka")
    pod.start()
    pod.until_ready()
    _make_topic(pod, copies=1)
    _write(pod, "one")
    assert pod.stop(), pod.log
    pod.start()
    pod.until_ready()
    assert pod.probe("liveness")
    assert _read(pod, 1) == ["one"]


def test_two_of_three_go_on_and_the_third_comes_back_elsewhere(pods: Pods) -> None:
    found = pods("kafka", Topology.CLUSTER)
    for pod in found:
        pod.start()
    for pod in found:
        pod.until_ready()
    _make_topic(found[0], copies=3)
    _write(found[1], "one")
    found[0].kill()
    _write(found[1], "two")
    assert _read(found[2], 2) == ["one", "two"]
    found[0].start()
    found[0].until_ready()
    assert found[2].stop(), found[2].log
    found[1].kill()  # without a majority a broker cannot hand over, and waits for it until it is killed
    found[0].kill()
    for pod in reversed(found):
        pod.start()
    for pod in found:
        pod.until_ready()
    assert _read(found[0], 2) == ["one", "two"]
