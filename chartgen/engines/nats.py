"""NATS with JetStream."""

from __future__ import annotations

from chartgen.engines import words
from chartgen.engines.engine import Builtin, Credentials, Data, Engine, EnginePort, Role, Store, Topology

PORTS = (EnginePort(name="nats", port=4222, protocol="tcp"),)
ROUTES = 6222
MONITOR = 8222
_CONFIG = "/etc/chartgen/nats.conf"
_START = "/etc/chartgen/start.sh"


def _service(store: Store) -> Data:
    """Facts: github.com/nats-io/nats-docker, 2.14.x/alpine3.22 (no user of its own), docs.nats.io for the
    configuration and for /healthz. The server answers its own health, so the probes need no client in the image. It has
    started once it knows who leads the cluster; without a majority it still delivers what is not stored."""
    started = {"http": {"path": "/healthz?js-meta-only=true", "port": "monitor"}}
    ready = {"http": {"path": "/healthz?js-server-only=true", "port": "monitor"}}
    return words.workload(
        store,
        f"nats:{store.version}-alpine",
        ports=PORTS,
        command=["sh", _START],
        env={"CONFIG": _CONFIG, "SERVER_NAME": {"field": "metadata.name"}, **(_login(store) if store.secret else {})},
        files={_START: words.script("nats.sh"), _CONFIG: _config(store)},
        volumes=[words.data(store, "/data")],
        probes=words.probes(ready, started=started, port="nats", starts_in=300),
        resources=words.resources("50m", "128Mi", limit="256Mi"),
        terminationGracePeriodSeconds=60,
    ) | {"ports": _ports(store)}


def _ports(store: Store) -> list[Data]:
    found = [words.port("nats", PORTS[0].port), words.port("monitor", MONITOR, "http", expose=False)]
    return [*found, words.port("routes", ROUTES, expose=False)] if _is_cluster(store) else found


def _is_cluster(store: Store) -> bool:
    return store.topology is Topology.CLUSTER


def _login(store: Store) -> Data:
    """What the script makes LOGIN_NAME and LOGIN_WORD of."""
    return {
        "SECRET_USERNAME": words.credential(store, "username"),
        "SECRET_PASSWORD": words.credential(store, "password"),
    }


def _config(store: Store) -> str:
    parts = [
        "server_name: $SERVER_NAME\n",
        f"port: {PORTS[0].port}\n",
        f"http_port: {MONITOR}\n",
        "jetstream {\n  store_dir: /data\n  max_memory_store: 64MB\n}\n",
    ]
    if store.secret:
        parts.append("authorization {\n  user: $LOGIN_NAME\n  password: $LOGIN_WORD\n}\n")
    if _is_cluster(store):
        routes = "".join(f"    nats://{name}:{ROUTES}\n" for name in words.pod_names(store))
        parts.append(
            f"cluster {{\n  name: {store.name}\n  port: {ROUTES}\n  no_advertise: true\n  routes: [\n{routes}  ]\n}}\n"
        )
    return "".join(parts)


ENGINE = Engine(
    name="nats",
    title="NATS",
    role=Role.BROKER,
    version="2.14.5",
    ports=PORTS,
    scheme="nats",
    tls_scheme="tls",
    credentials=Credentials.OPTIONAL,
    ignores={
        "database": "NATS has none; remove it",
        "user": "the Secret says who logs in; remove it",
        "topics": "a topic is a subject of NATS, and streams over subjects are their users' to make; name it under "
        "events alone",
    },
    builtin=Builtin(
        topologies={Topology.SINGLE: 1, Topology.CLUSTER: 3},
        service=_service,
        grows=True,  # the leader of its metadata takes every server that it meets
        peer_ports=(ROUTES,),
        refused={
            Topology.HA: "servers of NATS that take over from each other are what topology: cluster gives; say that"
        },
    ),
)
