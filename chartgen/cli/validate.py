"""`chartgen validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from chartgen.cli.options import format_option, strict_option
from chartgen.cli.outcome import counted, finish
from chartgen.workflows import validate

if TYPE_CHECKING:
    from chartgen.cli.session import Session


@click.command("validate")
@format_option
@strict_option
@click.pass_obj
def command(session: Session, format_: str, strict: bool) -> int:
    """Read the registry and say everything that is wrong with it: place, code, mistake, and how to mend it.

    Exit code 0: it compiles (warnings allowed, but with --strict). 1: it does not. 2: it cannot be read.
    """
    checked = validate.run(session.root, session.registry, notice=session.talk)
    text = f"{checked.file}: {counted(checked.errors, 'error')}, {counted(checked.warnings, 'warning')}"
    if checked.registry is not None:
        text = f"{text} in {counted(len(checked.registry.services), 'service')}"
    return finish(
        session,
        "validate",
        checked.diagnostics,
        format_=format_,
        strict=strict,
        result={"errors": checked.errors, "warnings": checked.warnings},
        text=text,
    )
