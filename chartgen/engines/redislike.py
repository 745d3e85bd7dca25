"""Redis and Valkey: one protocol, one way to run it."""

from __future__ import annotations

from dataclasses import dataclass

from chartgen.engines import words
from chartgen.engines.engine import Builtin, Credentials, Data, EnginePort, Role, Store, Topology

PORTS = (EnginePort(name="redis", port=6379, protocol="redis"),)
BUS = 16379
CREDENTIALS = Credentials.OPTIONAL
IGNORES = {
    "database": "its databases are numbers, which callers choose (${name.url}/3); remove it",
    "user": "who gives the password logs in as the user named default; remove it",
    "topics": "its channels and streams are not cut into parts; name the topic under events alone",
}
_START = "/etc/chartgen/start.sh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """What one of the two calls its own. `passwords`: more variables that its client takes the password from."""

    title: str
    image: str
    server: str
    client: str
    passwords: tuple[str, ...] = ()


def builtin(programs: Programs) -> Builtin:
    """One pod, or a cluster that forms itself."""

    def service(store: Store) -> Data:
        return (_cluster if store.topology is Topology.CLUSTER else _single)(programs, store)

    return Builtin(
        topologies={Topology.SINGLE: 1, Topology.CLUSTER: 6},
        service=service,
        peer_ports=(PORTS[0].port, BUS),
        secrets=("password",),
        refused={
            Topology.HA: f"{programs.title} without its cluster mode takes over by Sentinel alone, which clients must "
            f"speak: topology: cluster does without. {words.way_out()}",
        },
    )


def _single(programs: Programs, store: Store) -> Data:
    return _workload(
        programs,
        store,
        script="redis-single.sh",
        ready=[programs.client, "-e", "ping"],
        env={},
    )


def _cluster(programs: Programs, store: Store) -> Data:
    """As many masters as replicas, but never fewer than the three that a majority takes."""
    service = _workload(
        programs,
        store,
        script="redis-cluster.sh",
        ready=["sh", _START, "ready"],
        env={
            "CLUSTER_MASTERS": str(max(store.instances // 2, 3)),
            "CLUSTER_PODS": " ".join(words.pod_names(store)),
            "HEADLESS": words.headless(store),
            "POD_IP": {"field": "status.podIP"},
            "POD_NAME": {"field": "metadata.name"},
        },
    )
    service["ports"].append(words.port("bus", BUS, expose=False))
    return service


def _workload(programs: Programs, store: Store, *, script: str, ready: list[str], env: Data) -> Data:
    """The client takes its password from the variable that the server's is written from. A server that knew no limit
    would be killed at its container's, and again whenever it has read its log; so it stays well below, for a fork of it
    that writes the log anew shares memory only until that changes. Then a cache forgets what nobody asked for the
    longest, and all else refuses what does not fit."""
    names = ("REDISCLI_AUTH", *programs.passwords) if store.secret else ()
    secret = dict.fromkeys(names, words.credential(store, "password"))
    return words.workload(
        store,
        f"{programs.image}:{store.version}",
        ports=PORTS,
        command=["sh", _START],
        env={
            "SERVER": programs.server,
            "CLIENT": programs.client,
            "MEMORY_LIMIT": {"resource": "limits.memory"},
            "WHEN_FULL": "allkeys-lru" if store.role is Role.CACHE else "noeviction",
            **env,
            **secret,
        },
        files={_START: words.script(script)},
        volumes=[words.data(store, "/data")],
        probes=words.probes({"exec": ready}, port="redis", starts_in=300),
        resources=words.resources("50m", "256Mi"),
        terminationGracePeriodSeconds=30,
    )
