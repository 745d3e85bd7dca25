"""A command that failed: who asked for JSON gets one document of it too."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chartgen.cli.group import COMMANDS
from chartgen.cli.session import Session
from chartgen.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Sequence

_OPTIONS = ("--format", "--output", "-o")
_GLOBAL = ("-C", "--registry", "--helm", "--color")
_JOINED = ("--format=json", "--output=json", "-ojson")


@dataclass(frozen=True, slots=True)
class Failed:
    """What was asked for, as far as it can be seen in arguments that may be wrong."""

    arguments: Sequence[str]

    def __call__(self, message: str, exit_code: int) -> int:
        """The exit code, after the failure has been written as JSON if JSON was asked for."""
        own = self._own()
        if _wants_json(own):
            from chartgen import report

            failure = report.Failure(message=message, exit_code=exit_code)
            with contextlib.suppress(ToolError):
                Session(root=Path()).out(report.as_json(_command(own), [], failure=failure))
        return exit_code

    def _own(self) -> list[str]:
        """The arguments before `--`: what follows is helm's."""
        words = list(self.arguments)
        return words[: words.index("--")] if "--" in words else words


def _wants_json(words: Sequence[str]) -> bool:
    pairs = zip(words, [*words[1:], ""], strict=False)
    return any((word in _OPTIONS and value == "json") or word in _JOINED for word, value in pairs)


def _command(words: Sequence[str]) -> str:
    """The first word that names a command and is no value of a global option; empty when there is none."""
    pairs = zip(["", *words], words, strict=False)
    return next((word for before, word in pairs if word in COMMANDS and before not in _GLOBAL), "")
