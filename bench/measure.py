"""Timing of whole commands: interleaved, the fastest of several, with the memory of the process that was started."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One command: how long it took, and the largest resident size (KiB) of it or of a process it waited for."""

    seconds: float
    peak_kib: int = 0


class CommandError(Exception):
    """A measured command ended badly; the message quotes it."""


def timed(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    fine: Sequence[int] = (0,),
) -> Run:
    """The command's run. Its output goes to the void; CommandError when its exit code is none of the `fine` ones."""
    started = time.perf_counter()
    process = subprocess.Popen(
        list(argv), cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    words = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in fine:
        raise CommandError(
            f"{' '.join(argv)}: exit code {process.returncode}\n{words.decode(errors='replace')[-2000:]}"
        )
    return Run(seconds=seconds, peak_kib=usage.ru_maxrss)


def output(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    fine: Sequence[int] = (0,),
) -> str:
    """What the command prints on stdout; CommandError when its exit code is none of the `fine` ones."""
    done = subprocess.run(list(argv), cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode not in fine:
        raise CommandError(f"{' '.join(argv)}: exit code {done.returncode}\n{(done.stderr or done.stdout)[-2000:]}")
    return done.stdout


def interleaved(repeats: int, actions: Mapping[str, Callable[[], Run]]) -> dict[str, Run]:
    """The fastest run of each action and its highest peak, all run in turn so that a busy minute hits them alike."""
    runs: dict[str, list[Run]] = {name: [] for name in actions}
    for _ in range(repeats):
        for name, action in actions.items():
            runs[name].append(action())
    return {
        name: Run(seconds=min(run.seconds for run in found), peak_kib=max(run.peak_kib for run in found))
        for name, found in runs.items()
    }
