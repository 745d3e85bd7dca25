"""What MySQL and MariaDB share: two programs of one descent, whose images differ in names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from chartgen.engines import words
from chartgen.engines.engine import Builtin, Data, EnginePort, Store, Topology

PORTS = (EnginePort(name="mysql", port=3306, protocol="mysql"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """One of the two: its image, what its variables begin with, its client and the one that administers, the folder of
    its socket, the seconds that a first start may take, and its memory: asked for, and at most."""

    image: str
    prefix: str
    client: str
    admin: str
    sockets: str
    starts_in: int
    memory: tuple[str, str]


def builtin(programs: Programs, refused: dict[Topology, str], **env: str) -> Builtin:
    """One pod of it. `env`: variables of this image alone."""
    return Builtin(topologies={Topology.SINGLE: 1}, service=partial(_service, programs, env), refused=refused)


def _service(programs: Programs, env: dict[str, str], store: Store) -> Data:
    """Root has the user's password, and gets in from inside the pod alone. A connection that says nothing is a warning
    in the log each time, so liveness logs in too."""
    prefix = programs.prefix
    as_user, login = f"MYSQL_PWD=${prefix}_PASSWORD", f'-h 127.0.0.1 -u "${prefix}_USER"'
    asked, most = programs.memory
    return words.workload(
        store,
        f"{programs.image}:{store.version}",
        ports=PORTS,
        env={
            f"{prefix}_DATABASE": store.database,
            f"{prefix}_USER": words.credential(store, "username"),
            f"{prefix}_PASSWORD": words.credential(store, "password"),
            f"{prefix}_ROOT_HOST": "localhost",
            f"{prefix}_ROOT_PASSWORD": words.credential(store, "password"),
            **env,
        },
        volumes=[words.data(store, "/var/lib/mysql", part="mysql"), words.scratch("run", programs.sockets)],
        probes=words.probes(
            {"exec": ["sh", "-c", f"{as_user} {programs.client} {login} -e 'SELECT 1' \"${prefix}_DATABASE\""]},
            alive={"exec": ["sh", "-c", f"{as_user} {programs.admin} {login} ping"]},
            port="mysql",
            starts_in=programs.starts_in,
        ),
        resources=words.resources("100m", asked, limit=most),
        terminationGracePeriodSeconds=60,
    )
