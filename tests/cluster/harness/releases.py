"""One helm release in a namespace: each step as a user takes it, by the real helm."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from chartgen.tools.helm import Helm
from chartgen.tools.process import Completed, quoted, run
from tests.cluster.harness.kube import Space, warnings

TIMEOUT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A release of a chart in a test's namespace."""

    helm: Helm
    space: Space
    name: str
    chart: Path
    values: tuple[Path, ...] = ()
    timeout: int = TIMEOUT

    def by(self, helm: Helm) -> Release:
        """The same release, in the hands of another helm."""
        return replace(self, helm=helm)

    def install(self, *settings: str, flags: Sequence[str] = ("--wait",)) -> str:
        """What `helm install` prints; settings are `--set` ones."""
        return self._do("install", self.name, str(self.chart), *self._given(settings), *flags)

    def upgrade(self, *settings: str, flags: Sequence[str] = ("--wait",)) -> str:
        """What `helm upgrade` to the chart as it now stands prints."""
        return self._do("upgrade", self.name, str(self.chart), *self._given(settings), *flags)

    def try_upgrade(self, *settings: str, flags: Sequence[str] = ("--wait",), timeout: str = "10s") -> Completed:
        """How `helm upgrade` ended, for those that must not succeed."""
        given = self._given(settings)
        return self.run("upgrade", self.name, str(self.chart), *given, *flags, "--timeout", timeout)

    def rollback(self, revision: int, flags: Sequence[str] = ("--wait",)) -> str:
        """What `helm rollback` to that revision prints."""
        return self._do("rollback", self.name, str(revision), *flags)

    def test(self) -> str:
        """What `helm test` prints."""
        return self._do("test", self.name)

    def uninstall(self) -> str:
        """What `helm uninstall --wait` prints."""
        return self._do("uninstall", self.name, "--wait")

    def render(self, *settings: str) -> str:
        """What `helm template` prints: the manifest and the hooks."""
        return self._do("template", self.name, str(self.chart), *self._given(settings))

    def manifest(self) -> str:
        """The manifest of the newest revision."""
        return self._do("get", "manifest", self.name)

    def hooks(self) -> str:
        """The hooks of the newest revision: here, the test pods."""
        return self._do("get", "hooks", self.name)

    def history(self) -> list[Any]:
        """The revisions: revision, status, chart, description."""
        return list(json.loads(self._do("history", self.name, "-o", "json")))

    def record(self) -> tuple[int, Any]:
        """The newest release Secret's data, in bytes as etcd holds them against the limit, and what it says."""
        newest = f"owner=helm,name={self.name},version={self.history()[-1]['revision']}"
        [secret] = self.space.get("secrets", "-l", newest)
        stored = base64.b64decode(secret["data"]["release"])
        return len(stored), json.loads(gzip.decompress(base64.b64decode(stored)))

    def run(self, verb: str, *arguments: str) -> Completed:
        """How helm ended."""
        cache = self.space.folder / "helm"
        environment = {"KUBECONFIG": self.space.kube.kubeconfig, "HELM_CACHE_HOME": str(cache)}
        argv = [self.helm.path, verb, *arguments, "--namespace", self.space.name]
        done = run(argv, environment=environment, timeout=self.timeout + 30)
        self.space.commands.append(quoted(argv))
        return done

    def _given(self, settings: Sequence[str]) -> list[str]:
        files = [part for path in self.values for part in ("--values", str(path))]
        return files + [part for setting in settings for part in ("--set", setting)]

    def _do(self, verb: str, *arguments: str) -> str:
        patient = verb in {"install", "upgrade", "rollback", "test", "uninstall"}
        done = self.run(verb, *arguments, *(("--timeout", f"{self.timeout}s") if patient else ()))
        assert not done.code, done.error()
        assert not warnings(done), f"`{quoted(done.argv)}` warned:\n{done.stderr}"
        return done.stdout
