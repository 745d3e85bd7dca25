"""The one door to other programs: argv lists, a timeout, a clean environment, failures that quote their evidence."""

from __future__ import annotations

import os
import shlex
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chartgen.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_FOREIGN = ("GIT_", "HELM_", "KUBE")
"""Prefixes of variables that would change what a tool does behind our back."""

_WORDS = 4_000
"""How many characters of a tool's words an error quotes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """How a command ended: its argv, exit code and both outputs."""

    argv: tuple[str, ...]
    code: int
    stdout: str
    stderr: str

    def error(self) -> ToolError:
        """A ToolError that quotes the command, its exit code and its words."""
        words = (self.stderr.strip() or self.stdout.strip() or "it said nothing")[-_WORDS:]
        return ToolError(f"`{quoted(self.argv)}` ended with exit code {self.code}:\n{words}")


def quoted(argv: Sequence[str], limit: int = 400) -> str:
    """The command as a shell would take it, cut in the middle where it is very long."""
    text = shlex.join(argv)
    return text if len(text) <= limit else f"{text[: limit - 100]} … {text[-90:]}"


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without the variables that redirect git, helm or kubectl, plus `extra`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    return {**kept, **(extra or {})}


def run(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    timeout: float = 60.0,
) -> Completed:
    """How the command ended, whatever its exit code; ToolError when it cannot start or takes over `timeout` seconds."""
    code, stdout, stderr = run_bytes(argv, cwd=cwd, environment=environment, timeout=timeout)
    return Completed(argv=tuple(argv), code=code, stdout=stdout.decode("utf-8", "replace"), stderr=stderr)


def run_bytes(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    timeout: float = 60.0,
    given: bytes = b"",
) -> tuple[int, bytes, str]:
    """The exit code, what it wrote as it wrote it, and its words; `given` is its standard input."""
    try:
        done = subprocess.run(
            list(argv),
            cwd=cwd,
            env=clean_environment(environment),
            input=given,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ToolError(f"`{quoted(argv)}` took more than {timeout:g} s and was stopped") from error
    except OSError as error:
        raise ToolError(f"`{quoted(argv)}` could not be started: {error.strerror or error}") from error
    return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")
