"""Failures of the world, as exceptions with an exit code. A person's mistake is a Diagnostic, never one of these."""

from __future__ import annotations

EXIT_OK = 0
EXIT_FINDINGS = 1
EXIT_USAGE = 2
EXIT_TOOL = 3
EXIT_BUG = 4
EXIT_INTERRUPTED = 130


class ChartgenError(Exception):
    """A failure that ends the command with `exit_code` and the message on stderr."""

    exit_code = EXIT_TOOL


class UsageError(ChartgenError):
    """Wrong usage: a missing registry, an unknown environment, a folder that is not chartgen's."""

    exit_code = EXIT_USAGE


class RefusedError(ChartgenError):
    """chartgen will not go on, to protect a person's work (an edited file, a foreign folder)."""

    exit_code = EXIT_FINDINGS


class ToolError(ChartgenError):
    """A tool or a remote failed; the message quotes the command, its exit code and its words."""

    exit_code = EXIT_TOOL
