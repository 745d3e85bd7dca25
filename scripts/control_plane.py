"""Builds a real control plane (etcd, Kubernetes, kwok for the nodes) with Go into the tools cache."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from pathlib import Path

from chartgen.errors import ToolError
from chartgen.tools.helm import tools_cache
from chartgen.tools.process import run
from scripts.alone import alone
from scripts.progress import step

MODULE = Path(__file__).resolve().parent.parent / "tests" / "cluster" / "control_plane"
CERTIFICATE = "src/crypto/tls/generate_cert.go"
"""A program of Go's own source tree that makes a key and a certificate."""

PACKAGES = {
    "etcd": "go.etcd.io/etcd/server/v3",
    "kwok": "sigs.k8s.io/kwok/cmd/kwok",
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
    "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
}
HOUR = 3600


def programs() -> Path:
    """The folder with all the programs, those that are missing built first; ToolError when there is no Go for it."""
    home = tools_cache() / "control-plane"
    folder = home / version()
    with alone(home):
        folder.mkdir(exist_ok=True)
        for name in ("generate-cert", *PACKAGES):
            if not (folder / name).is_file():
                _build(name, folder)
    return folder


def go() -> str:
    """The path of Go; ToolError when PATH has none."""
    found = shutil.which("go")
    if found is None:
        raise ToolError("what is missing here is built by Go, and PATH has none; install Go 1.26 or later.")
    return found


def version() -> str:
    """What the programs are made from: Kubernetes' version, and the digest of every module's hash."""
    locked = [(MODULE / name).read_bytes() for name in ("go.mod", "go.sum")]
    return f"{_kubernetes()}-{hashlib.sha256(b''.join(locked)).hexdigest()[:8]}"


def _kubernetes() -> str:
    [version] = re.findall(r"^\s*k8s\.io/kubernetes v(\S+)", (MODULE / "go.mod").read_text("utf-8"), re.MULTILINE)
    return str(version)


def _build(name: str, folder: Path) -> None:
    """Puts the program there by one rename; Go checks each module against go.sum."""
    program = go()
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=folder.parent) as staging:
        staged = Path(staging) / name
        minutes = " (some minutes)" if name == "kube-apiserver" else ""
        with step(f"building {name} with Go{minutes}"):
            _go(program, "build", "-trimpath", "-ldflags", _stamps(), "-o", str(staged), _source(program, name))
        staged.replace(folder / name)


def _source(program: str, name: str) -> str:
    return PACKAGES[name] if name in PACKAGES else str(Path(_go(program, "env", "GOROOT").strip()) / CERTIFICATE)


def _stamps() -> str:
    """Linker flags: no debug information, and the version that the API server answers with."""
    version = _kubernetes()
    major, minor, _ = version.split(".")
    stamps = {"gitVersion": f"v{version}", "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
    return " ".join(["-s -w", *(f"-X k8s.io/component-base/version.{key}={value}" for key, value in stamps.items())])


def _go(program: str, *arguments: str) -> str:
    environment = {"CGO_ENABLED": "0", "GOVCS": "*:off", "GOFLAGS": "-mod=readonly"}
    done = run([program, *arguments], cwd=MODULE, environment=environment, timeout=HOUR)
    if done.code:
        raise done.error()
    return done.stdout
