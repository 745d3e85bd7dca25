"""RabbitMQ."""

from __future__ import annotations

from chartgen.engines import words
from chartgen.engines.engine import Builtin, Credentials, Data, Engine, EnginePort, Role, Store, Topology
from chartgen.engines.operators import rabbitmq as operators

PORTS = (EnginePort(name="amqp", port=5672, protocol="amqp"),)


def _service(store: Store) -> Data:
    """Facts: github.com/docker-library/rabbitmq, 4.3/ubuntu/Dockerfile (any user; HOME, the Erlang cookie and the data
    in /var/lib/rabbitmq; the image's own enabled_plugins and conf.d in /etc/rabbitmq, which it only reads)."""
    return words.workload(
        store,
        f"rabbitmq:{store.version}",
        ports=PORTS,
        env={
            "RABBITMQ_DEFAULT_USER": words.credential(store, "username"),
            "RABBITMQ_DEFAULT_PASS": words.credential(store, "password"),
            # The pod's name, not its node's, so that the data is found again.
            "RABBITMQ_NODENAME": "rabbit@localhost",
            "RABBITMQ_LOGS": "-",
        },
        volumes=[words.data(store, "/var/lib/rabbitmq"), words.scratch("logs", "/var/log/rabbitmq")],
        probes=words.probes(
            {"exec": ["rabbitmq-diagnostics", "-q", "check_running"], "periodSeconds": 30, "timeoutSeconds": 15},
            port="amqp",
            starts_in=300,
        ),
        resources=words.resources("200m", "512Mi", limit="1Gi"),
        terminationGracePeriodSeconds=60,
    )


_REFUSED = (
    f"the nodes of a RabbitMQ cluster are led through starts, stops and upgrades by an operator. {words.way_out()}"
)

ENGINE = Engine(
    name="rabbitmq",
    title="RabbitMQ",
    role=Role.BROKER,
    version="4.3.5",
    ports=PORTS,
    scheme="amqp",
    tls_scheme="amqps",
    credentials=Credentials.REQUIRED,
    ignores={
        "database": 'RabbitMQ has virtual hosts, and callers use the one named "/"; remove it',
        "topics": "a topic is an exchange of RabbitMQ, which is not cut into parts; name it under events alone",
    },
    builtin=Builtin(
        topologies={Topology.SINGLE: 1},
        service=_service,
        refused=dict.fromkeys((Topology.HA, Topology.CLUSTER), _REFUSED),
    ),
    operator=operators.OPERATOR,
)
