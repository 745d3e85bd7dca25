"""A pod as the kubelet would run it from the workload's words: its files, volumes, variables, user and probes, with an
address of its own and a root that is read-only. Only the image is another: this machine's programs, laid under it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from chartgen.registry.pod import PodSecurity
from chartgen.registry.quantity import parse_quantity
from chartgen.tools.process import Completed
from tests.servers.harness.node import Node
from tests.servers.harness.processes import first_of_namespace, until

Data = dict[str, Any]
_MERGED = ("usr", "etc", "opt")
_USER = PodSecurity().run_as_user
"""Who a pod runs as that does not say; no file of the image knows of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """What an image brings: folders to be laid over this machine's root (the first on top), variables, the command that
    it runs where the workload names none, and the signal that asks it to stop."""

    layers: tuple[Path, ...]
    path: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    stop_signal: signal.Signals = signal.SIGTERM


class Pod:
    """One pod of a workload. Its claims outlive it: a pod of the same name finds them again."""

    def __init__(self, node: Node, service: Data, image: Image, secrets: Mapping[str, str], *, number: int = 0) -> None:
        self.node, self.service, self.image, self.number = node, service, image, number
        self.name = f"{service['name']}-{number}"
        self.host = f"{self.name}.{service['name']}-headless"
        self.secrets = secrets
        self._folder = node.folder / self.name
        self._starts = 0
        self.address = ""
        self._pid = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """What it said since its last start."""
        return (self._folder / f"log-{self._starts}").read_text(encoding="utf-8", errors="replace")

    def start(self) -> None:
        """Starts it, at another address than before."""
        self._starts += 1
        self.address = self.node.address()
        script = self._script()
        with (self._folder / f"log-{self._starts}").open("wb") as log:
            argv = ["unshare", "--net", "--mount", "sh", "-c", script]
            process = self.node.start(argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=self._variables())
        self._process = process
        until(lambda: process.poll() is not None or self._entered(process.pid), f"the start of {self.name}")
        self.node.name(self.host, self.address)

    def _entered(self, process: int) -> bool:
        """Whether its first process has become the workload's user."""
        self._pid = first_of_namespace(process, 2) or 0
        outside, inside = (Path(f"/proc/{each}/ns/user") for each in (process, self._pid))
        return inside.exists() and inside.readlink() != outside.readlink()

    def until_ready(self, patience: float = 240.0) -> None:
        """Waits for the startup probe and then for the readiness probe, as the kubelet does."""
        for probe in ("startup", "readiness"):
            until(partial(self._passes, probe), partial(self._story, probe), patience, 0.3)

    def _story(self, probe: str) -> str:
        return f"{self.name} {probe}\n{self.log}"

    def _passes(self, probe: str) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"{self.name} ended:\n{self.log}"
        return self.probe(probe)

    def probe(self, name: str) -> bool:
        """Whether a probe of the workload passes now."""
        probe = self.service["probes"][name]
        if "exec" in probe:
            return self.run(probe["exec"], timeout=probe["timeoutSeconds"] * 6).code == 0
        handler = probe.get("http") or probe["tcp"]
        [port] = [port["port"] for port in self.service["ports"] if port["name"] == handler["port"]]
        if "http" in probe:
            argv = ["curl", "-fsS", "-o", "/dev/null", "-m", "5", f"http://{self.address}:{port}{handler['path']}"]
        else:
            argv = ["bash", "-c", f": </dev/tcp/{self.address}/{port}"]
        return self.node.run(argv).code == 0

    def run(
        self, argv: Sequence[str], *, environment: Mapping[str, str] | None = None, timeout: float = 60.0
    ) -> Completed:
        """A command in its container, as `kubectl exec` does."""
        enter = [self.node.enter[0], "-t", str(self._pid), "-U", "-n", "-m", "-p", "-r", "-w", "--preserve-credentials"]
        variables = {**self._variables(), **(environment or {})}
        try:
            done = subprocess.run(
                [*enter, *argv], capture_output=True, text=True, timeout=timeout, check=False, env=variables
            )
        except subprocess.TimeoutExpired:
            return Completed(argv=tuple(argv), code=-1, stdout="", stderr="it took too long")
        return Completed(argv=tuple(argv), code=done.returncode, stdout=done.stdout, stderr=done.stderr)

    def ask(self, *argv: str, **environment: str) -> str:
        """What a command in it answers; a failure shows its words."""
        done = self.run(argv, environment=environment)
        assert done.code == 0, f"{done.error()}\n{self.log}"
        return done.stdout.strip()

    def stop(self) -> bool:
        """Asks it to stop, and kills it after its grace period; whether it ended by itself."""
        os.kill(self._pid, self.image.stop_signal)
        grace = self.service.get("terminationGracePeriodSeconds", 30)
        assert self._process is not None
        try:
            self._process.wait(timeout=grace)
        except subprocess.TimeoutExpired:
            self.kill()
            return False
        self.node.name(self.host, "")
        return True

    def kill(self) -> None:
        """Ends all of its processes at once, as when its node fails."""
        assert self._process is not None
        os.kill(self._pid, signal.SIGKILL)
        self._process.wait()
        self.node.name(self.host, "")

    def lose_disk(self) -> None:
        """Its claims come back empty."""
        shutil.rmtree(self._folder / "claims")

    # how it is made

    def _variables(self) -> dict[str, str]:
        """The image's and the workload's; `$(NAME)` stands for another of them."""
        fields = {"status.podIP": self.address, "metadata.name": self.name}
        path = ":".join([*self.image.path, "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"])
        found = {"PATH": path, "HOSTNAME": self.name, **self.image.environment}
        for name, value in self.service.get("env", {}).items():
            found[name] = self._resolved(value, fields) if isinstance(value, dict) else value
        return {name: re.sub(r"\$\((\w+)\)", lambda each: found[each[1]], value) for name, value in found.items()}

    def _resolved(self, value: Data, fields: Mapping[str, str]) -> str:
        if "secret" in value:
            return self.secrets[value["key"]]
        if "field" in value:
            return fields[value["field"]]
        side, _, what = value["resource"].partition(".")
        return str(int(parse_quantity(self.service["resources"][side][what]) or 0))

    def _script(self) -> str:
        """Makes the pod's network and its root, and becomes its first process."""
        skeleton, root = self._folder / f"skeleton-{self._starts}", self._folder / "root"
        mounts = list(self._mounts(skeleton))
        root.mkdir(exist_ok=True)
        user = self.service["securityContext"]
        lines = [
            "set -e",
            f"ip link add eth0 type veth peer name veth{self.node.cables} netns 1",
            f"nsenter -t 1 -n ip link set veth{self.node.cables} master pods up",
            f"ip addr add {self.address}/16 dev eth0",
            "ip link set eth0 up",
            "ip link set lo up",
            *self._root(skeleton, root),
            *(f"mount --bind {_quoted(source)} {_quoted(f'{root}{target}')}" for source, target in mounts),
            f"cd {root}",
            "exec unshare --pid --fork --kill-child sh -c "
            + _quoted(
                f"mount -t proc proc {root}/proc && exec unshare --user --map-user={user.get('runAsUser', _USER)} "
                f"--map-group={user.get('runAsGroup', _USER)} --root={root} --wd=/ " + shlex.join(self._command())
            ),
        ]
        return "\n".join(lines)

    def _root(self, skeleton: Path, root: Path) -> Iterator[str]:
        """The machine's programs below the image's; all else is the skeleton's, and empty. A layer that lies within
        another is refused by the kernel, so the machine's root as a whole cannot be one."""
        yield f"mount -t tmpfs tmpfs {root}"
        yield f"cp -r {skeleton}/. {root}"
        for top in ("bin", "lib", "lib64", "sbin"):
            if Path("/", top).is_symlink():
                yield f"ln -s {Path('/', top).readlink()} {root}/{top}"
        for top in _MERGED:
            layers = [layer / top for layer in (skeleton, *self.image.layers, Path("/")) if (layer / top).is_dir()]
            yield f"mount -t overlay overlay -o {_quoted('lowerdir=' + ':'.join(map(str, layers)))} {root}/{top}"
        yield f"mount -o remount,bind,ro {root}"
        yield f"mount -t tmpfs tmpfs {root}/tmp"
        yield f"mount --rbind /dev {root}/dev"

    def _command(self) -> list[str]:
        return [*(self.service.get("command") or self.image.command), *self.service.get("args", ())]

    def _mounts(self, skeleton: Path) -> list[tuple[str, str]]:
        """(source, path in the pod) of each mount; the skeleton has something to mount it on."""
        found = [
            (str(self.node.hosts), "/etc/hosts"),
            (str(self._file("resolv.conf", "")), "/etc/resolv.conf"),
            (str(self._file("passwd", "root:x:0:0::/root:/bin/sh\n")), "/etc/passwd"),
        ]
        for index, (path, text) in enumerate(self.service.get("files", {}).items()):
            found.append((str(self._file(f"files/{index}", text)), path))
        for volume in self.service.get("volumes", ()):
            kind = "claims" if "claim" in volume else f"scratch-{self._starts}"
            source = self._folder / kind / volume["name"] / volume.get("subPath", "")
            source.mkdir(parents=True, exist_ok=True)
            found.append((str(source), volume["mountPath"]))
        for source, target in found:
            place = Path(f"{skeleton}{target}")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.mkdir(exist_ok=True) if Path(source).is_dir() else place.touch()
        for folder in ("tmp", "dev", "proc", *_MERGED):
            (skeleton / folder).mkdir(exist_ok=True)
        return found

    def _file(self, name: str, text: str) -> Path:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


def _quoted(word: object) -> str:
    return shlex.quote(str(word))
