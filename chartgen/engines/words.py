"""What the engines' workloads have in common, in the registry's own words.

This layer is pure but for one thing: `script` reads files that are installed with the package. They are part of the
program, as its modules are; scripts of shell in files of their own can be read, checked and run as such."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from chartgen.engines.engine import Data, EnginePort, Store

SCRIPTS = Path(__file__).parent / "scripts"


def workload(store: Store, image: str, *, ports: Sequence[EnginePort], **more: object) -> Data:
    """A StatefulSet of an official image, with the ports that clients use. Images that run as any user run as ours: a
    number that is no user of the node."""
    return {
        "kind": "StatefulSet",
        "image": image,
        "ports": [port(each.name, each.port, each.protocol) for each in ports],
        "scaling": {"replicas": store.instances},
        "securityContext": {"fsGroupChangePolicy": "OnRootMismatch"},
        **more,
    }


def port(name: str, number: int, protocol: str = "tcp", *, expose: bool = True) -> Data:
    """A port; one that is not exposed is for the pods themselves."""
    return {"name": name, "port": number, "protocol": protocol} | ({} if expose else {"expose": False})


def data(store: Store, path: str, *, part: str = "") -> Data:
    """The claim of each pod, mounted where the engine keeps its data. `part`: a folder of it, for an engine that wants
    its own empty, without the lost+found of a new disk."""
    claim = {"size": store.size} | ({"class": store.storage_class} if store.storage_class else {})
    return {"name": "data", "mountPath": path, "claim": claim} | ({"subPath": part} if part else {})


def scratch(name: str, path: str) -> Data:
    """A folder that the program must write to and nobody needs to keep."""
    return {"name": name, "mountPath": path, "emptyDir": {}}


def credential(store: Store, key: str) -> Data:
    """A variable that holds one key of the store's Secret."""
    return {"secret": store.secret, "key": key}


def probes(
    ready: Data, *, port: str, starts_in: int = 60, started: Data | None = None, alive: Data | None = None
) -> Data:
    """It has `starts_in` seconds to take connections at the pod's own address (or to do as told), where servers that
    only prepare the first start do not listen; then it is ready when `ready` passes, and alive while it takes
    connections (or as told)."""
    connects: Data = {"tcp": {"port": port}}
    return {
        "startup": {**(started or connects), "periodSeconds": 5, "failureThreshold": max(starts_in // 5, 1)},
        "readiness": {"periodSeconds": 10, "timeoutSeconds": 5, **ready},
        "liveness": {**(alive or connects), "periodSeconds": 20, "timeoutSeconds": 5, "failureThreshold": 5},
    }


def resources(cpu: str, memory: str, *, limit: str = "") -> Data:
    """What the container asks for; it may use `limit` of memory (as much as it asks for, unless told), and a whole
    core while it starts."""
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"cpu": "1", "memory": limit or memory}}


def way_out(others: str = "operator or external") -> str:
    """What to do where builtin cannot give several servers."""
    return f"Say builtin: {{topology: single}} for development, or provide it by {others}"


@cache
def script(name: str) -> str:
    """The text of a script that pods run, read once from the package."""
    return (SCRIPTS / name).read_text(encoding="utf-8")


def pod_names(store: Store) -> list[str]:
    """The names under which the pods of a store find each other, in the order of their numbers."""
    return [f"{store.name}-{number}.{headless(store)}" for number in range(store.instances)]


def headless(store: Store) -> str:
    """The Service that gives each pod a name, ready or not."""
    return f"{store.name}-headless"
