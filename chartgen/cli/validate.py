"""`chartgen validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from chartgen.cli.options import format_option, strict_option
from chartgen.cli.outcome import counted, finish
from chartgen.workflows import validate

if TYPE_CHECKING:
    from chartgen.cli.session import Session
    from chartgen.registry.model import Registry


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
        text = f"{text} in {_nodes(checked.registry)}"
    return finish(
        session,
        "validate",
        checked.diagnostics,
        format_=format_,
        strict=strict,
        result={"errors": checked.errors, "warnings": checked.warnings},
        text=text,
    )


def _nodes(registry: Registry) -> str:
    """How many there are of each sort that there is."""
    sorts = {"service": registry.services, "datastore": registry.datastores, "external": registry.externals}
    return ", ".join(counted(len(nodes), sort) for sort, nodes in sorts.items() if nodes or sort == "service")
