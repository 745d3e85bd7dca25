"""Options that several commands share."""

from __future__ import annotations

import click

format_option = click.option(
    "--format", "format_", type=click.Choice(["text", "json", "github"]), default="text", help="How to report.  [text]"
)
strict_option = click.option("--strict", is_flag=True, help="Warnings are findings too: exit 1.")
env_option = click.option("--env", "env", metavar="NAME", default="", help="The environment whose values are used.")
envs_option = click.option("--env", "envs", metavar="NAME", multiple=True, help="An environment; may be repeated.")
plain_format_option = click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", help="How to print it.  [text]"
)
