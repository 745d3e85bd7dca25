"""Memcached."""

from __future__ import annotations

from chartgen.engines import words
from chartgen.engines.engine import Builtin, Credentials, Data, Engine, EnginePort, Role, Store, Topology

PORTS = (EnginePort(name="memcached", port=11211, protocol="memcached"),)

_ASK = (
    r"exec 3<>/dev/tcp/127.0.0.1/11211 && printf 'version\r\n' >&3 && read -r -t 3 answer <&3"
    " && [[ $answer == VERSION* ]]"
)


def _service(store: Store) -> Data:
    """Facts: github.com/docker-library/memcached, 1/debian/Dockerfile (any user; no client in the image, but
    bash). Nothing is kept, so nothing is claimed."""
    return words.workload(
        store,
        f"memcached:{store.version}",
        ports=PORTS,
        args=["memcached", "--memory-limit=192", "--conn-limit=1024"],
        probes=words.probes({"exec": ["bash", "-c", _ASK]}, port="memcached"),
        resources=words.resources("50m", "256Mi"),
    )


ENGINE = Engine(
    name="memcached",
    title="Memcached",
    role=Role.CACHE,
    version="1.6.45",
    ports=PORTS,
    scheme="memcached",
    credentials=Credentials.NONE,
    ignores={
        "database": "Memcached has none; remove it",
        "user": "nobody logs in to Memcached; remove it",
        "secret": "nobody logs in to Memcached; remove it",
        "storage": "Memcached keeps nothing on a disk; remove it, or choose redis",
        "topics": "Memcached carries no topics; remove them",
    },
    builtin=Builtin(
        topologies={Topology.SINGLE: 1},
        service=_service,
        secrets=(),
        refused={
            Topology.HA: "Memcached keeps no second copy. Say topology: single: what it loses is fetched anew",
            Topology.CLUSTER: "the servers of Memcached do not know each other, and clients that spread keys over "
            "several name each one. Say topology: single, once for each",
        },
    ),
)
