"""Apache Kafka."""

from __future__ import annotations

import base64
import hashlib

from chartgen.engines import words
from chartgen.engines.engine import Builtin, Credentials, Data, Engine, EnginePort, Role, Store, Topology
from chartgen.engines.operators import strimzi

PORTS = (EnginePort(name="kafka", port=9092, protocol="kafka"),)
CONTROLLER = 9093
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
        description="Kafka without ZooKeeper, for development: no TLS and no passwords",
        command=["sh", _START],
        env={
            "CLUSTER_ID": _cluster_id(store),
            "EXTRA_ARGS": "-name kafkaServer",  # without a log of the garbage collector, which nobody reads
            "HEADLESS": words.headless(store),
            "KAFKA_HEAP_OPTS": "-Xms384m -Xmx384m",
            "KAFKA_LOG4J_OPTS": "-Dlog4j2.configurationFile=/etc/chartgen/log4j2.yaml",
            "LOG_DIR": "/tmp",  # noqa: S108  # in the pod
            "POD_NAME": {"field": "metadata.name"},
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
    ) | {"ports": [words.port("kafka", PORTS[0].port, "kafka"), words.port("controller", CONTROLLER, expose=False)]}


def _cluster_id(store: Store) -> str:
    """All pods must agree on it before they know each other: 16 bytes in base64, as Kafka writes a UUID."""
    digest = hashlib.sha256(f"kafka {store.name}".encode()).digest()[:16]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _properties(store: Store) -> str:
    """What is the same in every pod; the script adds the pod's own number and names."""
    copies = min(store.instances, 3)
    voters = ",".join(f"{number}@{name}:{CONTROLLER}" for number, name in enumerate(words.pod_names(store)))
    return (
        "process.roles=broker,controller\n"
        f"controller.quorum.voters={voters}\n"
        "controller.listener.names=CONTROLLER\n"
        "inter.broker.listener.name=CLIENT\n"
        "listener.security.protocol.map=CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT\n"
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
    builtin=Builtin(
        topologies={Topology.SINGLE: 1, Topology.CLUSTER: 3},
        service=_service,
        peer_ports=(PORTS[0].port, CONTROLLER),
        secrets=(),
        refused={
            Topology.HA: "Kafka's brokers that take over from each other are what topology: cluster gives; say that"
        },
    ),
    operator=strimzi.OPERATOR,
)
