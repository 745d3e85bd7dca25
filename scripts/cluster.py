"""`make cluster` and `make cluster-stop`: a real control plane on loopback, with simulated nodes."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chartgen.errors import ChartgenError, ToolError
from chartgen.tools.process import clean_environment, run
from scripts.alone import alone
from scripts.control_plane import MODULE, programs
from scripts.get_helm import kubectl
from scripts.progress import step

HOME = Path(__file__).resolve().parent.parent / ".cluster"
PATIENCE = 60
"""Seconds in which each part must answer; a machine with two busy cores needs five for all."""
TRIES = 3
"""A free port may be taken by another process between our look and our use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A control plane: its folder (keys, data, logs, and who runs it), and its programs."""

    folder: Path
    programs: Path
    kubectl: Path

    @property
    def kubeconfig(self) -> Path:
        """What clients connect with."""
        return self.folder / "kubeconfig"


def main(arguments: list[str] | None = None) -> int:
    """0 when the cluster is up (its kubeconfig is printed) or gone, 3 with the reason when it is not."""
    parser = argparse.ArgumentParser(prog="python -m scripts.cluster", description=__doc__)
    parser.add_argument("command", choices=["start", "stop"])
    try:
        command = parser.parse_args(arguments).command
        with alone(HOME):
            sweep()
            if command == "start":
                print(start(HOME / "shared").kubeconfig)
            else:
                stop(HOME / "shared")
        if command == "stop":
            _forget_home()
    except ChartgenError as error:
        print(f"chartgen: {error}", file=sys.stderr)
        return 3
    except OSError as error:
        print(f"chartgen: the cluster's folder cannot be used: {error}", file=sys.stderr)
        return 3
    return 0


@contextlib.contextmanager
def passing() -> Iterator[Cluster]:
    """A cluster of this process's own, gone afterwards; the next one sweeps away what a killed process left."""
    folder = HOME / f"of-{os.getpid()}"
    try:
        with alone(HOME):
            sweep()
        yield start(folder)
    finally:
        stop(folder)
        _forget_home()


def start(folder: Path) -> Cluster:
    """The running cluster of that folder, started unless it is; ToolError with the end of a log when a part fails."""
    cluster = Cluster(folder=folder, programs=programs(), kubectl=kubectl())
    if _answers(cluster):
        return cluster
    with step("starting a control plane"):
        for left in reversed(range(TRIES)):
            stop(folder)
            try:
                _start(cluster)
            except ToolError as error:
                stop(folder)
                if not left or "address already in use" not in str(error):
                    raise
            except BaseException:
                stop(folder)
                raise
            else:
                break
    return cluster


def stop(folder: Path) -> None:
    """Ends what runs for that folder, and removes it."""
    noted = [path.read_text().strip() for path in folder.glob("*.pid")]
    ours = [int(pid) for pid in noted if pid and _is_of(int(pid), folder)]
    for pid in ours:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)  # its data goes with it
    while any(_is_of(pid, folder) for pid in ours):
        time.sleep(0.02)
    shutil.rmtree(folder, ignore_errors=True)


def sweep() -> None:
    """Ends the clusters whose owners were killed."""
    for folder in HOME.glob("of-*"):
        if not _lives(int(folder.name.removeprefix("of-"))):
            stop(folder)


def _forget_home() -> None:
    with contextlib.suppress(OSError):  # others may have theirs below it
        HOME.rmdir()


def _start(cluster: Cluster) -> None:
    """Each part once the one before it answers."""
    folder = cluster.folder
    folder.mkdir(parents=True, mode=0o700)
    hosts = "127.0.0.1,10.96.0.1,kubernetes.default.svc"
    _checked([str(cluster.programs / "generate-cert"), "-ca", "-rsa-bits", "2048", "-host", hosts], folder)
    api, client, peer, manager, scheduler = _free_ports(5)
    _write_access(cluster, api)
    _spawn(cluster, "etcd", *_etcd(folder, client, peer))
    _spawn(cluster, "kube-apiserver", *_api_server(folder, api, client))
    _wait(cluster, "kube-apiserver", ["get", "--raw", "/readyz"])
    access = [f"--{name}kubeconfig={cluster.kubeconfig}" for name in ("", "authentication-", "authorization-")]
    _spawn(cluster, "kube-controller-manager", *access, *_controller_manager(folder, manager))
    _spawn(cluster, "kube-scheduler", *access, *_controller(folder, "scheduler", scheduler))
    _spawn(cluster, "kwok", *_kwok(cluster))
    _wait(cluster, "kube-apiserver", ["apply", "-f", str(MODULE / "objects.yaml")])
    _wait(cluster, "kwok", ["wait", "--for=condition=Ready", "node", "--all", "--timeout=5s"])
    _wait(cluster, "kube-controller-manager", ["get", "serviceaccount", "default"])


def _etcd(folder: Path, client: int, peer: int) -> list[str]:
    here, there = f"http://127.0.0.1:{client}", f"http://127.0.0.1:{peer}"
    return [
        f"--data-dir={folder / 'etcd'}",
        "--unsafe-no-fsync",  # nothing here outlives the machine
        "--log-level=warn",
        f"--listen-client-urls={here}",
        f"--advertise-client-urls={here}",
        f"--listen-peer-urls={there}",
        f"--initial-advertise-peer-urls={there}",
        f"--initial-cluster=default={there}",
    ]


def _api_server(folder: Path, port: int, etcd: int) -> list[str]:
    return [
        f"--etcd-servers=http://127.0.0.1:{etcd}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--endpoint-reconciler-type=none",  # loopback is no endpoint
        f"--secure-port={port}",
        f"--tls-cert-file={folder / 'cert.pem'}",
        f"--tls-private-key-file={folder / 'key.pem'}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--authorization-mode=RBAC",
        "--allow-privileged=true",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={folder / 'cert.pem'}",
        f"--service-account-signing-key-file={folder / 'key.pem'}",
    ]


def _controller_manager(folder: Path, port: int) -> list[str]:
    return [
        *_controller(folder, "manager", port),
        f"--service-account-private-key-file={folder / 'key.pem'}",
        f"--root-ca-file={folder / 'cert.pem'}",
        "--concurrent-namespace-syncs=20",  # each test has a namespace
    ]


def _controller(folder: Path, name: str, port: int) -> list[str]:
    return [
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={folder / name}",
        "--kube-api-qps=300",
        "--kube-api-burst=600",
    ]


def _kwok(cluster: Cluster) -> list[str]:
    return [
        f"--kubeconfig={cluster.kubeconfig}",
        f"--config={MODULE / 'stages.yaml'}",
        "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
        "--cidr=10.244.0.0/16",
        "--node-ip=127.0.0.1",
        "--node-lease-duration-seconds=40",
    ]


def _write_access(cluster: Cluster, port: int) -> None:
    """The administrator's token, for the API server and for clients; the folder is ours alone."""
    token = secrets.token_hex(16)
    (cluster.folder / "tokens.csv").write_text(f"{token},admin,admin,system:masters\n")
    server = {"server": f"https://127.0.0.1:{port}", "certificate-authority": str(cluster.folder / "cert.pem")}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "chartgen", "cluster": server}],
        "users": [{"name": "admin", "user": {"token": token}}],
        "contexts": [{"name": "chartgen", "context": {"cluster": "chartgen", "user": "admin"}}],
        "current-context": "chartgen",
    }
    cluster.kubeconfig.write_text(json.dumps(config, indent=2) + "\n")


def _spawn(cluster: Cluster, name: str, *arguments: str) -> None:
    with (cluster.folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [str(cluster.programs / name), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=cluster.folder,
            env=clean_environment(),
            start_new_session=True,  # Ctrl-C is for the tests; they end the cluster themselves
        )
    (cluster.folder / f"{name}.pid").write_text(f"{process.pid}\n")
    process.returncode = 0  # Python need not mind it: it may outlive us, and the file knows its id


def _wait(cluster: Cluster, name: str, question: list[str]) -> None:
    """Until kubectl gets its answer; ToolError with the end of that program's log when it ended or stays silent."""
    pid = int((cluster.folder / f"{name}.pid").read_text())
    deadline = time.monotonic() + PATIENCE
    while True:
        answer = run([str(cluster.kubectl), f"--kubeconfig={cluster.kubeconfig}", *question])
        if not answer.code:
            return
        if not _is_of(pid, cluster.folder) or time.monotonic() > deadline:
            log = (cluster.folder / f"{name}.log").read_text("utf-8", "replace")[-3000:]
            raise ToolError(f"{name} did not start: {answer.stderr.strip()}\nthe end of its log:\n{log}")
        time.sleep(0.1)


def _answers(cluster: Cluster) -> bool:
    if not cluster.kubeconfig.is_file():
        return False
    return not run([str(cluster.kubectl), f"--kubeconfig={cluster.kubeconfig}", "get", "--raw", "/readyz"]).code


def _checked(argv: list[str], folder: Path) -> None:
    done = run(argv, cwd=folder)
    if done.code:
        raise done.error()


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _is_of(pid: int, folder: Path) -> bool:
    """Whether the process is one that was started for that folder: ids are used again."""
    with contextlib.suppress(ChildProcessError):  # a child of ours that ended
        if os.waitpid(pid, os.WNOHANG)[0]:
            return False
    return str(folder) in _command_line(pid)


def _command_line(pid: int) -> str:
    """How the process was started, or nothing when there is none."""
    if Path("/proc/self/cmdline").exists():
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace")
        return ""
    return run(["ps", "-o", "command=", "-ww", "-p", str(pid)]).stdout


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    sys.exit(main())
