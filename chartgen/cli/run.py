"""From argv to an exit code: every way a command can end, in one place."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

import click

from chartgen.cli.failed import Failed
from chartgen.cli.group import group
from chartgen.errors import EXIT_BUG, EXIT_INTERRUPTED, EXIT_OK, EXIT_TOOL, ChartgenError

if TYPE_CHECKING:
    from collections.abc import Sequence

REPORT_IT = "chartgen: this is a bug in chartgen {version}; please report it with the text above and your registry"


def run(arguments: Sequence[str]) -> int:
    """The exit code of one command, after its output has been written."""
    code = _guarded(arguments)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(ValueError):
            try:
                stream.flush()
            except OSError:
                _silence(stream.fileno())
    return code


def _guarded(arguments: Sequence[str]) -> int:  # noqa: PLR0911  every way to end
    failed = Failed(arguments)
    try:
        code = group.main(list(arguments), prog_name="chartgen", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return failed(error.format_message(), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _say("chartgen: interrupted")
        return EXIT_INTERRUPTED
    except ChartgenError as error:
        _say(f"chartgen: error: {error}")
        return failed(str(error), error.exit_code)
    except (BrokenPipeError, SystemExit):  # click exits by itself when the reader of its help has gone
        return EXIT_OK
    except OSError as error:
        words = f"{error.strerror or error}" + (f": {error.filename}" if error.filename else "")
        _say(f"chartgen: error: {words}")
        return failed(words, EXIT_TOOL)
    except Exception:  # noqa: BLE001  whatever is left is a bug, and is reported as one
        return failed(_bug(), EXIT_BUG)
    return code if isinstance(code, int) else EXIT_OK


def _bug() -> str:
    import traceback

    from chartgen import __version__

    with contextlib.suppress(OSError):
        traceback.print_exc()
    words = REPORT_IT.format(version=__version__)
    _say(words)
    return words


def _say(text: str) -> None:
    with contextlib.suppress(OSError):
        click.echo(text, err=True)


def _silence(descriptor: int) -> None:
    """Points a closed stream at nothing, so that the interpreter's last flush is quiet."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, descriptor)
    os.close(null)
