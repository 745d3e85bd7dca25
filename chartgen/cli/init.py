"""`chartgen init`."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from chartgen.workflows import init

if TYPE_CHECKING:
    from chartgen.cli.session import Session


@click.command("init")
@click.argument("name")
@click.argument("directory", metavar="[DIR]", default="")
@click.pass_obj
def command(session: Session, name: str, directory: str) -> int:
    """Start the platform NAME in DIR (default: NAME): a small working registry of three services, its charts, values of
    three environments, and a check for GitHub.

    Writes all of it or nothing, and never over a file that is there.
    """
    started = init.run(session.root, name, directory)
    session.out(f"{name}: {len(started.files)} files in {started.folder}")
    session.talk(
        f"""
Next:
  cd {shlex.quote(str(started.folder))}
  edit registry.yaml
  chartgen generate
  chartgen lint
  chartgen graph
"""
    )
    return 0
