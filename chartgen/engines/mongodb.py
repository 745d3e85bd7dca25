"""MongoDB."""

from __future__ import annotations

from chartgen.engines import words
from chartgen.engines.engine import Builtin, Credentials, Data, Engine, EnginePort, Role, Store, Topology
from chartgen.engines.operators import percona_mongodb

PORTS = (EnginePort(name="mongo", port=27017, protocol="mongo"),)
_PING = ["mongosh", "--quiet", "--norc", "--eval", "quit(db.adminCommand('ping').ok ? 0 : 1)"]


def _service(store: Store) -> Data:
    """Facts: github.com/docker-library/mongo, 8.0/Dockerfile and docker-entrypoint.sh (any user, data in /data/db,
    which is also its HOME; the server of the first start, which makes the user, listens on loopback too). The user is
    the server's root user, in the database admin."""
    return words.workload(
        store,
        f"mongo:{store.version}",
        ports=PORTS,
        env={
            "HOME": "/tmp",  # noqa: S108  # where mongosh keeps its own files, in the pod
            "MONGO_INITDB_DATABASE": store.database,
            "MONGO_INITDB_ROOT_USERNAME": words.credential(store, "username"),
            "MONGO_INITDB_ROOT_PASSWORD": words.credential(store, "password"),
        },
        args=["mongod", "--bind_ip_all"],
        volumes=[words.data(store, "/data/db"), words.scratch("config", "/data/configdb")],
        probes=words.probes({"exec": _PING, "periodSeconds": 20, "timeoutSeconds": 10}, port="mongo", starts_in=300),
        resources=words.resources("100m", "512Mi", limit="1Gi"),
        terminationGracePeriodSeconds=60,
    )


_REFUSED = "the members of a MongoDB {0} have to be introduced to each other by a program such as an operator. {1}"

ENGINE = Engine(
    name="mongodb",
    title="MongoDB",
    role=Role.DATABASE,
    version="8.0.29",
    ports=PORTS,
    scheme="mongodb",
    credentials=Credentials.REQUIRED,
    builtin=Builtin(
        topologies={Topology.SINGLE: 1},
        service=_service,
        refused={
            Topology.HA: _REFUSED.format("replica set", words.way_out()),
            Topology.CLUSTER: _REFUSED.format("sharded cluster", words.way_out()),
        },
    ),
    operator=percona_mongodb.OPERATOR,
)
