"""What the global options say, and the two streams: results to stdout, talk to stderr."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from chartgen.errors import ToolError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One run of the command line: where it works and how it speaks."""

    root: Path
    registry: str = "registry.yaml"
    helm: str = ""
    color: str = "auto"
    verbose: bool = False

    def out(self, text: str) -> None:
        """Writes a result to stdout. A reader that has gone away is no failure."""
        try:
            sys.stdout.write(text if text.endswith("\n") or not text else text + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            _discard(sys.stdout)
        except UnicodeEncodeError:
            sys.stdout.buffer.write(text.encode(errors="backslashreplace") + b"\n")
        except OSError as error:
            _discard(sys.stdout)
            raise ToolError(f"cannot write to standard output: {error.strerror}") from error

    def talk(self, text: str) -> None:
        """Writes to stderr."""
        try:
            sys.stderr.write(text if text.endswith("\n") or not text else text + "\n")
            sys.stderr.flush()
        except OSError:
            _discard(sys.stderr)

    def detail(self, text: str) -> None:
        """Writes to stderr with -v, else nothing."""
        if self.verbose:
            self.talk(text)

    def colored(self, stream: TextIO) -> bool:
        """Whether that stream gets colour: --color, then NO_COLOR, then whether it is a terminal."""
        if self.color != "auto":
            return self.color == "always"
        return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and stream.isatty()


def _discard(stream: TextIO) -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)
