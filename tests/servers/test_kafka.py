"""Kafka, alone and as three brokers that are controllers too."""

from __future__ import annotations

import shlex

from chartgen.engines.engine import Topology
from chartgen.tools.process import Completed
from tests.servers.conftest import SECRET, Pods
from tests.servers.harness.pod import Pod
from tests.servers.harness.processes import until

_TOOLS = "org.apache.kafka.tools"


def _tool(pod: Pod, name: str, *words: str, stdin: str = "", password: str = SECRET["password"]) -> Completed:
    """A tool of Kafka's, run in the pod as a client that logs in as to Strimzi's listener."""
    argv = ["java", "-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp", "/opt/kafka/libs/*", f"{_TOOLS}.{name}"]
    argv += ["--bootstrap-server", f"{pod.host}:9092", "--command-config", "/tmp/client.properties", *words]
    login = shlex.quote(_login(password))
    return pod.run(["sh", "-c", f"printf %s {login} >/tmp/client.properties; echo {stdin} | {shlex.join(argv)}"])


def _login(password: str) -> str:
    """Text in quotes within a value of a properties file: both escape."""
    quoted = password.replace("\\", r"\\").replace('"', r"\"")
    module = "org.apache.kafka.common.security.scram.ScramLoginModule"
    words = f'{module} required username="{SECRET["username"]}" password="{quoted}";'.replace("\\", r"\\")
    return (
        "security.protocol=SASL_PLAINTEXT\n"
        "sasl.mechanism=SCRAM-SHA-512\n"
        f"sasl.jaas.config={words}\n"
        "acks=all\n"
        "default.api.timeout.ms=40000\n"
    )


def _done(pod: Pod, name: str, *words: str, stdin: str = "") -> str:
    done = _tool(pod, name, *words, stdin=stdin)
    assert done.code == 0, f"{done.error()}\n{pod.log}"
    return done.stdout


def _make_topic(pod: Pod, copies: int) -> None:
    _done(pod, "TopicCommand", "--create", "--topic", "orders", "--replication-factor", str(copies))


def _write(pod: Pod, text: str) -> None:
    _done(pod, "ConsoleProducer", "--topic", "orders", stdin=text)


def _read(pod: Pod, count: int) -> list[str]:
    words = ("--topic", "orders", "--from-beginning", "--timeout-ms", "60000", "--max-messages", str(count))
    return sorted(_done(pod, "consumer.ConsoleConsumer", *words).split())


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
    assert SECRET["password"] not in pod.log
    refused = _tool(pod, "TopicCommand", "--list", password="another")
    assert refused.code != 0 and "SaslAuthenticationException" in refused.stdout + refused.stderr


def test_a_login_that_kafka_cannot_take_is_said(pods: Pods) -> None:
    [pod] = pods("kafka")
    pod.secrets = {**SECRET, "password": "one,two"}
    pod.start()
    until(lambda: "cannot hold a comma" in pod.log, lambda: pod.log)


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
