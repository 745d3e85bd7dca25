"""`chartgen schema`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from chartgen.cli.session import Session


@click.command("schema")
@click.option("--part", is_flag=True, help="Print the schema of a file that a registry includes.")
@click.option(
    "--format", "format_", type=click.Choice(["json", "markdown"]), default="json",
    help="The JSON Schema, or the page that shows every field with an example.  [json]",
)  # fmt: skip
@click.pass_obj
def command(session: Session, part: bool, format_: str) -> int:
    """Print the JSON Schema of the registry (draft 2020-12), for editors and other programs.

    Write it beside the registry, and name it in the registry's first line:

    \b
      chartgen schema > registry.schema.json
      # yaml-language-server: $schema=registry.schema.json
    """
    if part and format_ == "markdown":
        raise click.UsageError("--part is for JSON: the page shows both kinds of file")
    from chartgen import manual

    session.out(manual.page() if format_ == "markdown" else manual.printed_schema(part=part))
    return 0
