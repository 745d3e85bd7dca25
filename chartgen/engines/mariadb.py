"""MariaDB."""

from __future__ import annotations

from chartgen.engines import words
from chartgen.engines.engine import Builtin, Credentials, Data, Engine, EnginePort, Role, Store, Topology

PORTS = (EnginePort(name="mysql", port=3306, protocol="mysql"),)

_LOGIN = '-h 127.0.0.1 -u "$MARIADB_USER"'
_AS_USER = "MYSQL_PWD=$MARIADB_PASSWORD"
"""A connection that says nothing is a warning in the log each time, so liveness logs in too."""


def _service(store: Store) -> Data:
    """Facts: github.com/MariaDB/mariadb-docker, 11.8/Dockerfile and docker-entrypoint.sh (any user, socket in
    /run/mysqld). Root has the same password, and gets in from inside the pod alone."""
    return words.workload(
        store,
        f"mariadb:{store.version}",
        ports=PORTS,
        description="MariaDB in one pod, for development",
        env={
            "MARIADB_DATABASE": store.database,
            "MARIADB_USER": words.credential(store, "username"),
            "MARIADB_PASSWORD": words.credential(store, "password"),
            "MARIADB_ROOT_HOST": "localhost",
            "MARIADB_ROOT_PASSWORD": words.credential(store, "password"),
            "MARIADB_AUTO_UPGRADE": "1",
        },
        volumes=[words.data(store, "/var/lib/mysql", part="mysql"), words.scratch("run", "/run/mysqld")],
        probes=words.probes(
            {"exec": ["sh", "-c", f"{_AS_USER} mariadb {_LOGIN} -e 'SELECT 1' \"$MARIADB_DATABASE\""]},
            alive={"exec": ["sh", "-c", f"{_AS_USER} mariadb-admin {_LOGIN} ping"]},
            port="mysql",
            starts_in=300,
        ),
        resources=words.resources("100m", "256Mi", limit="512Mi"),
        terminationGracePeriodSeconds=60,
    )


ENGINE = Engine(
    name="mariadb",
    title="MariaDB",
    role=Role.DATABASE,
    version="11.8.8",
    ports=PORTS,
    scheme="mysql",
    credentials=Credentials.REQUIRED,
    url_has_database=True,
    builtin=Builtin(
        topologies={Topology.SINGLE: 1},
        service=_service,
        refused={
            Topology.HA: "a replica of MariaDB takes over only where a program such as an operator decides it. "
            + words.way_out("external"),
            Topology.CLUSTER: "a Galera cluster whose pods all stopped needs a hand to start again. "
            + words.way_out("external"),
        },
    ),
)
