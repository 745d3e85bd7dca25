"""MySQL."""

from __future__ import annotations

from chartgen.engines import words
from chartgen.engines.engine import Builtin, Credentials, Data, Engine, EnginePort, Role, Store, Topology
from chartgen.engines.operators import percona_mysql

PORTS = (EnginePort(name="mysql", port=3306, protocol="mysql"),)

_LOGIN = '-h 127.0.0.1 -u "$MYSQL_USER"'
_AS_USER = "MYSQL_PWD=$MYSQL_PASSWORD"
"""A connection that says nothing is a warning in the log each time, so liveness logs in too."""


def _service(store: Store) -> Data:
    """Facts: github.com/docker-library/mysql, 8.4/Dockerfile.oracle and docker-entrypoint.sh (any user, socket and lock
    in /var/run/mysqld). Root has the same password, and gets in from inside the pod alone."""
    return words.workload(
        store,
        f"mysql:{store.version}",
        ports=PORTS,
        description="MySQL in one pod, for development",
        env={
            "MYSQL_DATABASE": store.database,
            "MYSQL_USER": words.credential(store, "username"),
            "MYSQL_PASSWORD": words.credential(store, "password"),
            "MYSQL_ROOT_HOST": "localhost",
            "MYSQL_ROOT_PASSWORD": words.credential(store, "password"),
        },
        volumes=[words.data(store, "/var/lib/mysql", part="mysql"), words.scratch("run", "/var/run/mysqld")],
        probes=words.probes(
            {"exec": ["sh", "-c", f"{_AS_USER} mysql {_LOGIN} -e 'SELECT 1' \"$MYSQL_DATABASE\""]},
            alive={"exec": ["sh", "-c", f"{_AS_USER} mysqladmin {_LOGIN} ping"]},
            port="mysql",
            starts_in=600,
        ),
        resources=words.resources("100m", "512Mi", limit="1Gi"),
        terminationGracePeriodSeconds=60,
    )


ENGINE = Engine(
    name="mysql",
    title="MySQL",
    role=Role.DATABASE,
    version="8.4.11",
    ports=PORTS,
    scheme="mysql",
    credentials=Credentials.REQUIRED,
    url_has_database=True,
    builtin=Builtin(
        topologies={Topology.SINGLE: 1},
        service=_service,
        refused={
            Topology.HA: "a replica of MySQL takes over only where a program such as an operator decides it. "
            + words.way_out(),
            Topology.CLUSTER: f"a MySQL group has to be started by hand, or by an operator. {words.way_out()}",
        },
    ),
    operator=percona_mysql.OPERATOR,
)
