"""The command line: click only. One thin module per command, each loaded when it is called."""

from __future__ import annotations

import sys


def main() -> None:
    """The console script: runs the command and leaves with its exit code."""
    from chartgen.cli.run import run

    sys.exit(run(sys.argv[1:]))
