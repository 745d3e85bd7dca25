"""PostgreSQL."""

from __future__ import annotations

from chartgen.engines import words
from chartgen.engines.engine import Builtin, Credentials, Data, Engine, EnginePort, Role, Store, Topology
from chartgen.engines.operators import cloudnativepg

PORTS = (EnginePort(name="postgres", port=5432, protocol="postgres"),)


def _service(store: Store) -> Data:
    """Facts: github.com/docker-library/postgres, 18/trixie/Dockerfile and docker-entrypoint.sh (any user, the socket in
    /var/run/postgresql, SIGINT to stop). The mount is where images since 18 have it; a folder of our own in there
    serves the older ones too, and never becomes an empty database by a change of version."""
    return words.workload(
        store,
        f"postgres:{store.version}",
        ports=PORTS,
        env={
            "PGDATA": "/var/lib/postgresql/pgdata",
            "POSTGRES_DB": store.database,
            "POSTGRES_USER": words.credential(store, "username"),
            "POSTGRES_PASSWORD": words.credential(store, "password"),
        },
        volumes=[words.data(store, "/var/lib/postgresql"), words.scratch("run", "/var/run/postgresql")],
        probes=words.probes(
            {"exec": ["pg_isready", "-h", "127.0.0.1", "-d", store.database, "-U", store.user]},
            port="postgres",
            starts_in=300,
        ),
        resources=words.resources("100m", "256Mi", limit="512Mi"),
        terminationGracePeriodSeconds=60,
    )


ENGINE = Engine(
    name="postgresql",
    title="PostgreSQL",
    role=Role.DATABASE,
    version="18.6",
    ports=PORTS,
    scheme="postgresql",
    credentials=Credentials.REQUIRED,
    builtin=Builtin(
        topologies={Topology.SINGLE: 1},
        service=_service,
        refused={
            Topology.HA: "a standby of PostgreSQL takes over only where a program such as an operator decides it. "
            + words.way_out(),
            Topology.CLUSTER: f"PostgreSQL does not spread its data over servers. {words.way_out('external')}",
        },
    ),
    operator=cloudnativepg.OPERATOR,
)
