"""`chartgen graph`."""

from __future__ import annotations

import shutil
import sys

import click

from chartgen.cli import complete
from chartgen.cli.outcome import finish
from chartgen.cli.session import Session
from chartgen.drawing.picture import Grouping
from chartgen.workflows import graph

PIPED_WIDTH = 100


@click.command("graph")
@click.argument("services", nargs=-1, metavar="[SERVICE]...", shell_complete=complete.services)
@click.option(
    "-o", "--output", type=click.Choice([form.value for form in graph.Form]), default="text",
    help="What to write.  [text]",
)  # fmt: skip
@click.option("--events", is_flag=True, help="Topics with who publishes and who awaits them, in place of calls.")
@click.option(
    "--group-by", type=click.Choice([grouping.value for grouping in Grouping]), default="none",
    help="Put services together by what the registry says of them.  [none]",
)  # fmt: skip
@click.pass_obj
def command(session: Session, services: tuple[str, ...], output: str, events: bool, group_by: str) -> int:
    """Draw who waits for whom, wave by wave: wave 0 starts first.

    With SERVICE, only these services, what they need and who needs them.
    """
    look = graph.Look(
        form=graph.Form(output),
        events=events,
        grouping=Grouping(group_by),
        around=services,
        width=shutil.get_terminal_size((PIPED_WIDTH, 24)).columns,
        color=session.colored(sys.stdout),
        encoding=sys.stdout.encoding,
    )
    drawn = graph.run(session.root, session.registry, look, notice=session.talk)
    format_ = "json" if output == "json" else "text"
    return finish(session, "graph", drawn.diagnostics, format_=format_, result=drawn.result, text=drawn.text)
