"""Finds busybox, which the pods of `helm test` run: on PATH, else Debian's package, put into the tools cache."""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from chartgen.errors import ToolError
from chartgen.tools.helm import tools_cache
from chartgen.tools.process import run
from scripts.alone import alone
from scripts.progress import step


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A version of Debian's package (its static build for x86_64), and the digests of the package and the program."""

    version: str
    package: str
    binary: str


PIN = Pin(
    version="1:1.35.0-4+deb12u1+b1",
    package="3d3fdbe91d4660c873e14b092c213fe81c1da6362daa236eb25d0171eb108744",
    binary="3d9f2889d6782537624a4e1a10e68a2ddd53e0ee8bac02676f27308f42ec6bf6",
)

Unpack = Callable[[Pin, Path], None]


def main() -> int:
    """0 with the path printed; 3 with one sentence when there is no busybox."""
    try:
        print(fetch())
    except (ToolError, OSError) as error:
        print(f"chartgen: {error}", file=sys.stderr)
        return 3
    return 0


def fetch() -> Path:
    """The path of busybox: PATH's, else the cached one, fetched unless it is there. ToolError when it cannot be had."""
    found = shutil.which("busybox")
    return Path(found) if found else cached(PIN, tools_cache() / "busybox", unpack)


def cached(pin: Pin, cache: Path, fetched: Unpack) -> Path:
    """The program below the cache, checked by digest. Safe against a second run and against a kill at any moment."""
    target = cache / pin.version.replace(":", "-") / "busybox"
    with alone(cache):
        if not (target.is_file() and _digest(target) == pin.binary):
            with step("fetching busybox"):
                _place(pin, target, fetched)
    return target


def unpack(pin: Pin, folder: Path) -> None:
    """Puts `package` (Debian's archive) and what is in it into the folder."""
    download = ["apt-get", "download", f"busybox-static={pin.version}"]
    if run(download, cwd=folder, timeout=300).code:
        run(["apt-get", "update"], timeout=300)  # a new machine has no lists of packages; only root may fetch them
        done = run(download, cwd=folder, timeout=300)
        if done.code:
            raise done.error()
    package = next(folder.glob("*.deb")).rename(folder / "package")
    _check("Debian's busybox-static", package, pin.package)
    done = run(["dpkg-deb", "--extract", str(package), str(folder)])
    if done.code:
        raise done.error()


def _place(pin: Pin, target: Path, fetched: Unpack) -> None:
    """Everything happens in a folder beside the target; one rename makes it visible."""
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=target.parent.parent) as name:
        try:
            fetched(pin, Path(name))
        except ToolError as error:
            raise ToolError(f"no busybox on PATH, and none to be fetched; please install one. {error}") from error
        program = Path(name) / "bin" / "busybox"
        _check("busybox", program, pin.binary)
        target.parent.mkdir(exist_ok=True)
        program.replace(target)


def _check(what: str, file: Path, digest: str) -> None:
    found = _digest(file)
    if found != digest:
        raise ToolError(f"{what} has the SHA-256 {found}, not the expected {digest}; it was thrown away.")


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
