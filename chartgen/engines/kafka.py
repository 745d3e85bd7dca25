"""Apache Kafka."""

from __future__ import annotations

import base64
import hashlib

from chartgen.engines import words
from chartgen.engines.engine import Builtin, Credentials, Data, Engine, EnginePort, Role, Store, Topology
from chartgen.engines.operators import strimzi

PORTS = (EnginePort(name="kafka", port=9092, protocol="kafka"),)
CONTROLLER, PEERS = 9093, 9094
_SCRAM = (
    "sasl.enabled.mechanisms=SCRAM-SHA-512\n"
    "listener.name.client.scram-sha-512.sasl.jaas.config="
    "org.apache.kafka.common.security.scram.ScramLoginModule required;\n"
)
"""Clients log in as to Strimzi's listener, so they need not know which of the two it is."""
_START = "/etc/chartgen/start.sh"


def _service(store: Store) -> Data:
    """Facts: github.com/apache/kafka, docker/jvm/Dockerfile (an installation in /opt/kafka that anybody may run, the
    data's mount in /var/lib/kafka/data) and config/server.properties. Every pod is broker and controller. The client's
    own command would start a JVM for each probe, so the probes ask ports: a broker opens the clients' once it is
    registered."""
    return words.workload(
        store,
        f"apache/kafka:{store.version}",
        ports=PORTS,
        command=["sh", _START],
        env={
            "CLUSTER_ID": _cluster_id(store),
            "EXTRA_ARGS": "-name kafkaServer",  # without a log of the garbage collector, which nobody reads
            "HEADLESS": words.headless(store),
            "KAFKA_HEAP_OPTS": "-Xms384m -Xmx384m",
            "KAFKA_LOG4J_OPTS": "-Dlog4j2.configurationFile=/etc/chartgen/log4j2.yaml",
            "LOG_DIR": "/tmp",  # noqa: S108  # in the pod
            "POD_NAME": {"field": "metadata.name"},
            **(_login(store) if store.secret else {}),
        },
        files={
            _START: words.script("kafka.sh"),
            "/etc/chartgen/server.properties": _properties(store),
            "/etc/chartgen/log4j2.yaml": words.script("kafka-log4j2.yaml"),
        },
        volumes=[words.data(store, "/var/lib/kafka/data")],
        probes=words.probes(
            {"tcp": {"port": "kafka"}}, port="kafka", starts_in=180, alive={"tcp": {"port": "controller"}}
        ),
        resources=words.resources("200m", "768Mi", limit="1Gi"),
        terminationGracePeriodSeconds=60,
    ) | {"ports": _ports()}


def _ports() -> list[Data]:
    """Brokers call each other on a port of their own, on which nobody logs in: policies let in nobody else."""
    inside = {"controller": CONTROLLER, "peers": PEERS}
    within = (words.port(name, number, expose=False) for name, number in inside.items())
    return [words.port("kafka", PORTS[0].port, "kafka"), *within]


def _login(store: Store) -> Data:
    """The user that the script writes onto an empty disk."""
    return {
        "SECRET_USERNAME": words.credential(store, "username"),
        "SECRET_PASSWORD": words.credential(store, "password"),
    }


def _cluster_id(store: Store) -> str:
    """All pods must agree on it before they know each other: 16 bytes in base64, as Kafka writes a UUID."""
    digest = hashlib.sha256(f"kafka {store.name}".encode()).digest()[:16]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _properties(store: Store) -> str:
    """What is the same in every pod; the script adds the pod's own number and names."""
    copies, clients = min(store.instances, 3), "SASL_PLAINTEXT" if store.secret else "PLAINTEXT"
    voters = ",".join(f"{number}@{name}:{CONTROLLER}" for number, name in enumerate(words.pod_names(store)))
    return (
        "process.roles=broker,controller\n"
        f"controller.quorum.voters={voters}\n"
        "controller.listener.names=CONTROLLER\n"
        "inter.broker.listener.name=PEERS\n"
        f"listener.security.protocol.map=CLIENT:{clients},PEERS:PLAINTEXT,CONTROLLER:PLAINTEXT\n"
        f"{_SCRAM if store.secret else ''}"
        "log.dirs=/var/lib/kafka/data/logs\n"
        f"default.replication.factor={copies}\n"
        f"min.insync.replicas={max(copies - 1, 1)}\n"
        f"offsets.topic.replication.factor={copies}\n"
        f"transaction.state.log.replication.factor={copies}\n"
        f"transaction.state.log.min.isr={max(copies - 1, 1)}\n"
        f"share.coordinator.state.topic.replication.factor={copies}\n"
        f"share.coordinator.state.topic.min.isr={max(copies - 1, 1)}\n"
        "group.initial.rebalance.delay.ms=0\n"
    )


ENGINE = Engine(
    name="kafka",
    title="Kafka",
    role=Role.BROKER,
    version="4.3.1",
    ports=PORTS,
    scheme="kafka",
    credentials=Credentials.OPTIONAL,
    ignores={"database": "Kafka has none; remove it"},
    builtin=Builtin(
        topologies={Topology.SINGLE: 1, Topology.CLUSTER: 3},
        service=_service,
        peer_ports=(PEERS, CONTROLLER),
        refused={
            Topology.HA: "Kafka's brokers that take over from each other are what topology: cluster gives; say that"
        },
        ignores={
            "topics": "a builtin Kafka makes topics when they are first used, with its own numbers; provide it by "
            "operator too, or remove them"
        },
    ),
    operator=strimzi.OPERATOR,
)
