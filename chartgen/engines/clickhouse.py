"""ClickHouse."""

from __future__ import annotations

from chartgen.engines import words
from chartgen.engines.engine import Builtin, Credentials, Data, Engine, EnginePort, Role, Store, Topology

PORTS = (
    EnginePort(name="http", port=8123, protocol="http"),
    EnginePort(name="native", port=9000, protocol="tcp"),
)


def _service(store: Store) -> Data:
    """Facts: github.com/ClickHouse/docker-library, server/26.3.17.110/Dockerfile.ubuntu and entrypoint.sh (any user,
    data in /var/lib/clickhouse, logs in /var/log/clickhouse-server; the user is written to users.d at each start)."""
    return words.workload(
        store,
        f"clickhouse:{store.version}",
        ports=PORTS,
        env={
            "CLICKHOUSE_DB": store.database,
            "CLICKHOUSE_USER": words.credential(store, "username"),
            "CLICKHOUSE_PASSWORD": words.credential(store, "password"),
            "CLICKHOUSE_DEFAULT_ACCESS_MANAGEMENT": "1",
        },
        volumes=[
            words.data(store, "/var/lib/clickhouse"),
            words.scratch("logs", "/var/log/clickhouse-server"),
            words.scratch("users", "/etc/clickhouse-server/users.d"),
        ],
        probes=words.probes({"http": {"path": "/ping", "port": "http"}}, port="http", starts_in=300),
        resources=words.resources("200m", "1Gi", limit="2Gi"),
        terminationGracePeriodSeconds=60,
    )


ENGINE = Engine(
    name="clickhouse",
    title="ClickHouse",
    role=Role.DATABASE,
    version="26.3.20",
    ports=PORTS,
    scheme="http",
    tls_scheme="https",
    credentials=Credentials.REQUIRED,
    builtin=Builtin(
        topologies={Topology.SINGLE: 1},
        service=_service,
        refused=dict.fromkeys(
            (Topology.HA, Topology.CLUSTER),
            f"servers of ClickHouse share tables only with a Keeper beside them. {words.way_out('external')}",
        ),
    ),
)
