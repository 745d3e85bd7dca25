"""MySQL."""

from __future__ import annotations

from chartgen.engines import mysqllike, words
from chartgen.engines.engine import Credentials, Engine, Role, Topology
from chartgen.engines.mysqllike import Programs
from chartgen.engines.operators import percona_mysql

PROGRAMS = Programs(
    image="mysql",
    prefix="MYSQL",
    client="mysql",
    admin="mysqladmin",
    sockets="/var/run/mysqld",
    starts_in=600,
    memory=("512Mi", "1Gi"),
)
"""Facts: github.com/docker-library/mysql, 8.4/Dockerfile.oracle and docker-entrypoint.sh (any user, the lock of the
socket beside it)."""

ENGINE = Engine(
    name="mysql",
    title="MySQL",
    role=Role.DATABASE,
    version="8.4.11",
    ports=mysqllike.PORTS,
    scheme="mysql",
    credentials=Credentials.REQUIRED,
    builtin=mysqllike.builtin(
        PROGRAMS,
        {
            Topology.HA: "a replica of MySQL takes over only where a program such as an operator decides it. "
            + words.way_out(),
            Topology.CLUSTER: f"a MySQL group has to be started by hand, or by an operator. {words.way_out()}",
        },
    ),
    operator=percona_mysql.OPERATOR,
)
