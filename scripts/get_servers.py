"""Finds the servers that tests/servers runs, and puts those that this machine lacks into the tools cache.

Debian's packages come with all that they need beside what is installed; apt checks each against the SHA-256 in its
signed lists. Kafka comes by Maven, NATS by Go, both in the very version that the engine pins."""

from __future__ import annotations

import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from chartgen.engines import ENGINES
from chartgen.errors import ToolError
from chartgen.tools.helm import tools_cache
from chartgen.tools.process import run
from scripts.alone import alone
from scripts.control_plane import go
from scripts.progress import step

PACKAGES = {
    "postgresql": ("postgresql", "libnss-wrapper"),
    "redis": ("redis-server",),
    "memcached": ("memcached",),
    "mariadb": ("mariadb-server-core", "mariadb-client"),
    "rabbitmq": ("rabbitmq-server",),
}
"""Server → Debian's packages."""

SERVERS = (*PACKAGES, "kafka", "nats")
_OLD_TOPS = ("bin", "sbin", "lib", "lib64")

_LOGGING = ("org.apache.logging.log4j", "log4j-slf4j-impl", "2.25.4")
"""What Kafka's own archive adds to the jars that its pom names."""


def main() -> int:
    """0 with a line for each server; 3 with one sentence when one cannot be had."""
    try:
        for name in SERVERS:
            print(f"{name}: {fetch(name)}")
    except (ToolError, OSError) as error:
        print(f"chartgen: {error}", file=sys.stderr)
        return 3
    return 0


def fetch(name: str) -> Path:
    """A folder to be laid over this machine's root, so that the server is found where its package has it (empty, where
    it is installed). ToolError when it cannot be had."""
    if name in PACKAGES:
        return _kept(name, _release(), lambda folder: _debian(PACKAGES[name], folder))
    version = ENGINES[name].version
    return _kept(name, version, lambda folder: _BY_OTHERS[name](version, folder))


def _kept(name: str, version: str, make: Callable[[Path], None]) -> Path:
    """The folder in the cache; made beside it and renamed, so a kill leaves nothing half done."""
    cache = tools_cache() / "servers" / name
    target = cache / version
    with alone(cache):
        if not target.is_dir():
            staging = Path(tempfile.mkdtemp(prefix=".partial-", dir=cache))
            with step(f"fetching {name}"):
                make(staging)
            staging.chmod(0o755)
            staging.rename(target)
    return target


def _release() -> str:
    """Packages of one release of a distribution do not run on another."""
    known = platform.freedesktop_os_release()
    return f"{known['ID']}-{known.get('VERSION_ID', 'rolling')}-{platform.machine()}"


def _debian(packages: tuple[str, ...], folder: Path) -> None:
    """Unpacks the packages and what they need and this machine lacks; nothing is installed."""
    for package in _lacking(packages):
        with tempfile.TemporaryDirectory(dir=folder) as name:
            _do("apt-get", "download", package, cwd=Path(name))
            _do("dpkg-deb", "--extract", *map(str, Path(name).glob("*.deb")), str(folder), cwd=folder)
    _merge_tops(folder)


def _lacking(packages: tuple[str, ...]) -> list[str]:
    """name=version of each package that an installation would bring."""
    argv = ["apt-get", "install", "--simulate", "--quiet", "--no-upgrade", "--no-install-recommends", *packages]
    done = run(argv, timeout=60)
    if done.code:
        run(["apt-get", "update"], timeout=300)  # a new machine has no lists of packages; only root may fetch them
        done = run(argv, timeout=60)
    if done.code:
        raise ToolError(f"please install {' '.join(packages)}. {done.error()}")
    words = [line.split() for line in done.stdout.splitlines() if line.startswith("Inst ")]
    return [f"{name}={next(word for word in rest if word.startswith('('))[1:]}" for _, name, *rest in words]


def _merge_tops(folder: Path) -> None:
    """Where /lib is a link to /usr/lib, a folder of that name would hide all libraries of the machine."""
    for top in _OLD_TOPS:
        if (folder / top).is_dir():
            shutil.copytree(folder / top, folder / "usr" / top, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(folder / top)


def _kafka(version: str, folder: Path) -> None:
    """The jars of Kafka's server and tools, and what they need, in /opt/kafka/libs."""
    found = [("org.apache.kafka", name, version) for name in ("kafka_2.13", "kafka-tools")]
    dependencies = "".join(
        f"<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId><version>{of}</version></dependency>"
        for group, name, of in (*found, _LOGGING)
    )
    (folder / "pom.xml").write_text(
        "<project><modelVersion>4.0.0</modelVersion><groupId>chartgen</groupId><artifactId>servers</artifactId>"
        f"<version>1</version><dependencies>{dependencies}</dependencies></project>",
        encoding="utf-8",
    )
    copy = [
        "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies",
        "-DoutputDirectory=opt/kafka/libs",
    ]
    _do("mvn", "--quiet", "--batch-mode", *copy, cwd=folder)


def _nats(version: str, folder: Path) -> None:
    """Go's checksum database vouches for its sources."""
    target = folder / "usr" / "local" / "bin"
    target.mkdir(parents=True)
    environment = {"GOBIN": str(target), "GOVCS": "*:off", "GOFLAGS": "-mod=mod", "CGO_ENABLED": "0"}
    done = run([go(), "install", f"github.com/nats-io/nats-server/v2@v{version}"], environment=environment, timeout=900)
    if done.code:
        raise done.error()


_BY_OTHERS: dict[str, Callable[[str, Path], None]] = {"kafka": _kafka, "nats": _nats}


def _do(*argv: str, cwd: Path) -> None:
    done = run(argv, cwd=cwd, timeout=900)
    if done.code:
        raise done.error()


if __name__ == "__main__":
    sys.exit(main())
