"""The command line: click only. One thin module per command, each loaded when it is called."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """The console script: runs the command and leaves with its exit code."""
    # One command is a short life in which nearly all that is made is kept: looking for garbage only costs time, and so
    # does taking a hundred megabytes apart at the end. `run` has flushed the streams.
    gc.disable()
    from chartgen.cli.run import run

    os._exit(run(sys.argv[1:]))
