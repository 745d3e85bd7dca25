"""The command line: click only. One thin module per command, each loaded when it is called."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """The console script: runs the command and leaves with its exit code."""
    from chartgen.cli.run import run

    # One command is a short life in which nearly all that is made is kept: looking for garbage only costs time.
    gc.disable()
    sys.exit(run(sys.argv[1:]))
