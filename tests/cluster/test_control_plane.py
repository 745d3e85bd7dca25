"""The control plane itself: it listens on loopback alone, is started once, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chartgen.errors import ToolError
from chartgen.tools.process import run
from scripts import cluster

ROOT = Path(__file__).resolve().parents[2]
OWNER = """
import sys, time
from pathlib import Path
from scripts import cluster
cluster.HOME = Path(sys.argv[1])
with cluster.passing() as found:
    print(found.kubeconfig, flush=True)
    time.sleep(600)
"""


def test_started_once_on_loopback_and_ended_without_a_trace(tmp_path: Path) -> None:
    folder = tmp_path / "cluster"
    started = cluster.start(folder)
    try:
        pids = running(folder)
        assert len(pids) == 5
        assert cluster.start(folder) == started and running(folder) == pids, "a second start finds the first"
        assert folder.stat().st_mode & 0o077 == 0, "the administrator's token is for nobody else"
        assert {address.rpartition(":")[0] for address in listening(pids)} == {"127.0.0.1"}
    finally:
        cluster.stop(folder)
    assert not running(folder)
    assert not folder.exists()


def test_what_a_killed_owner_left_is_swept_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "HOME", tmp_path)
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    folder = Path(owner.stdout.readline().strip()).parent
    os.kill(owner.pid, signal.SIGKILL)
    owner.wait()
    owner.stdout.close()
    assert running(folder), "its programs live on"
    cluster.sweep()
    assert not running(folder)
    assert not list(tmp_path.iterdir())


def test_a_program_that_ends_is_named_with_the_end_of_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_kwok", lambda _cluster: ["--no-such-flag"])
    with pytest.raises(ToolError, match=r"(?s)kwok did not start.*unknown flag: --no-such-flag"):
        cluster.start(tmp_path / "cluster")
    assert not running(tmp_path)
    assert not (tmp_path / "cluster").exists()


def running(folder: Path) -> set[int]:
    """The processes that were started for a cluster's folder."""
    found = run(["ps", "-e", "-ww", "-o", "pid=,command="]).stdout.splitlines()
    return {int(line.split()[0]) for line in found if str(folder) in line and "ps -e" not in line}


def listening(pids: set[int]) -> set[str]:
    """The addresses on which these processes listen."""
    lines = run(["ss", "-Hltnp"]).stdout.splitlines()
    return {line.split()[3] for line in lines if any(f"pid={pid}," in line for pid in pids)}
