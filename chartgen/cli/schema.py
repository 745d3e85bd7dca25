"""`chartgen schema`."""

from __future__ import annotations

import json
from importlib import resources
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
    session.out(_part() if part else _page() if format_ == "markdown" else _schema())
    return 0


def _schema() -> str:
    return resources.files("chartgen.registry").joinpath("schema.json").read_text(encoding="utf-8")


def _part() -> str:
    from chartgen.registry.schema import part_schema

    return json.dumps(part_schema(), indent=2, ensure_ascii=False)


def _page() -> str:
    from chartgen.manual import page

    return page()
