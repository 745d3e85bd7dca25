"""What stands in for each engine's image: the programs of this machine or of the tools cache, and what the image's own
entrypoint does, told anew from its documentation (images/*.sh)."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

from scripts import get_servers
from tests.servers.harness.pod import Image

_SCRIPTS = Path(__file__).parents[1] / "images"
_PACKAGED = {"valkey": "redis"}
"""Engine → the server that stands in for its own."""


def image(engine: str) -> Image:
    """The image of an engine that can be had here."""
    layers = (get_servers.fetch(_PACKAGED.get(engine, engine)),)
    match engine:
        case "postgresql":
            [programs] = sorted(_found(layers, "usr/lib/postgresql/*/bin"))[-1:]
            command = ("sh", "-c", _script("postgresql"))
            return Image(layers=layers, path=(programs,), command=command, stop_signal=signal.SIGINT)
        case "mariadb":
            return Image(layers=layers, command=("sh", "-c", _script("mariadb")))
        case "rabbitmq":
            [programs] = _found(layers, "usr/lib/rabbitmq/lib/*/sbin")
            environment = {"HOME": "/var/lib/rabbitmq", "LANG": "C.UTF-8"}
            return Image(layers=layers, path=(programs,), environment=environment, command=("rabbitmq-server",))
        case "kafka":
            return Image(layers=(_SCRIPTS / "kafka", *layers))
        case _:
            return Image(layers=layers)


def _script(name: str) -> str:
    return (_SCRIPTS / f"{name}.sh").read_text(encoding="utf-8")


def _found(layers: tuple[Path, ...], pattern: str) -> Iterator[str]:
    """Folders of the image, by their paths in it."""
    for layer in (*layers, Path("/")):
        yield from (f"/{path.relative_to(layer)}" for path in layer.glob(pattern))
