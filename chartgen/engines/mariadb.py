"""MariaDB."""

from __future__ import annotations

from chartgen.engines import mysqllike, words
from chartgen.engines.engine import Credentials, Engine, Role, Topology
from chartgen.engines.mysqllike import Programs

PROGRAMS = Programs(
    image="mariadb",
    prefix="MARIADB",
    client="mariadb",
    admin="mariadb-admin",
    sockets="/run/mysqld",
    starts_in=300,
    memory=("256Mi", "512Mi"),
)
"""Facts: github.com/MariaDB/mariadb-docker, 11.8/Dockerfile and docker-entrypoint.sh (any user)."""

ENGINE = Engine(
    name="mariadb",
    title="MariaDB",
    role=Role.DATABASE,
    version="11.8.8",
    ports=mysqllike.PORTS,
    scheme="mysql",
    credentials=Credentials.REQUIRED,
    builtin=mysqllike.builtin(
        PROGRAMS,
        {
            Topology.HA: "a replica of MariaDB takes over only where a program such as an operator decides it. "
            + words.way_out("external"),
            Topology.CLUSTER: "a Galera cluster whose pods all stopped needs a hand to start again. "
            + words.way_out("external"),
        },
        MARIADB_AUTO_UPGRADE="1",
    ),
)
