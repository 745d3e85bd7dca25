"""A node of our own: a network with a bridge, without root and without the way out, that ends with the test."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chartgen.tools.process import Completed
from tests.servers.harness.processes import first_of_namespace, until

_START = """
set -e
ip link set lo up
ip link add pods type bridge
ip addr add 10.88.255.254/16 dev pods
ip link set pods up
exec sleep infinity
"""


class Node:
    """`enter` is the command that runs another inside; `hosts` is what every pod sees as /etc/hosts; `cables` counts
    the connections to the bridge."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hosts = folder / "hosts"
        self._names: dict[str, str] = {}
        self.cables = 0
        self._started: list[subprocess.Popen[bytes]] = []
        self._write_hosts()
        argv = [_tool("unshare"), "--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--kill-child"]
        self._process = subprocess.Popen([*argv, "--mount-proc", "sh", "-c", _START])
        until(lambda: first_of_namespace(self._process.pid, 1), "the node")
        first = str(first_of_namespace(self._process.pid, 1))
        self.enter = (_tool("nsenter"), "-t", first, "-U", "-n", "-m", "-p", "--preserve-credentials")
        until(lambda: self.run(["ip", "link", "show", "pods", "up"]).stdout, "the node's network")

    def address(self) -> str:
        """An address that no pod had before."""
        self.cables += 1
        return f"10.88.{self.cables // 250}.{self.cables % 250 + 1}"

    def name(self, host: str, address: str) -> None:
        """The name leads to the address from now on; an empty one: to none."""
        self._names.pop(host, None)
        if address:
            self._names[host] = address
        self._write_hosts()

    def run(self, argv: Sequence[str], *, timeout: float = 30.0) -> Completed:
        """A command on the node, not in a pod: what the kubelet does."""
        done = subprocess.run([*self.enter, *argv], capture_output=True, text=True, timeout=timeout, check=False)
        return Completed(argv=tuple(argv), code=done.returncode, stdout=done.stdout, stderr=done.stderr)

    def close(self) -> None:
        """Ends everything on it."""
        os.kill(self._process.pid, signal.SIGKILL)
        for each in (self._process, *self._started):
            each.wait()

    def start(self, argv: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
        """A command on the node that goes on, and ends with it at the latest."""
        process = subprocess.Popen([*self.enter, *argv], **options)
        self._started.append(process)
        return process

    def _write_hosts(self) -> None:
        """In place: the pods have this very file mounted."""
        lines = ["127.0.0.1 localhost", "::1 localhost", *(f"{ip} {name}" for name, ip in self._names.items())]
        self.hosts.write_text("\n".join([*lines, ""]), encoding="utf-8")


def _tool(name: str) -> str:
    found = shutil.which(name)
    assert found, f"{name} (of util-linux) is not on PATH"
    return found
