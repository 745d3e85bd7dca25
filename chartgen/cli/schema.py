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
@click.pass_obj
def command(session: Session, part: bool) -> int:
    """Print the JSON Schema of the registry (draft 2020-12), for editors and other programs.

    Write it beside the registry, and name it in the registry's first line:

    \b
      chartgen schema > registry.schema.json
      # yaml-language-server: $schema=registry.schema.json
    """
    if part:
        from chartgen.registry.schema import part_schema

        session.out(json.dumps(part_schema(), indent=2, ensure_ascii=False))
        return 0
    session.out(resources.files("chartgen.registry").joinpath("schema.json").read_text(encoding="utf-8"))
    return 0
