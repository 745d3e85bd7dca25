"""Options that several commands share."""

from __future__ import annotations

import click

from chartgen.cli import complete


def _only_one(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> str:
    """One environment, empty for none: the last of several would win without a word."""
    if len(given) > 1:
        raise click.BadParameter("only one environment can be rendered at a time")
    return given[0] if given else ""


format_option = click.option(
    "--format", "format_", type=click.Choice(["text", "json", "github"]), default="text", help="How to report.  [text]"
)
strict_option = click.option("--strict", is_flag=True, help="Warnings are findings too: exit 1.")
env_option = click.option(
    "--env", "env", metavar="NAME", multiple=True, callback=_only_one, shell_complete=complete.environments,
    help="The environment whose values are used.",
)  # fmt: skip
envs_option = click.option(
    "--env", "envs", metavar="NAME", multiple=True, shell_complete=complete.environments,
    help="An environment; may be repeated.",
)  # fmt: skip
plain_format_option = click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", help="How to print it.  [text]"
)


def namespace_name(_context: click.Context, _option: click.Parameter, given: str) -> str:
    """The name of a namespace as it was given; empty for none."""
    if given:
        from chartgen.audit.syntax import NAMESPACE_FORM, is_namespace

        if is_namespace(given):
            return given
        raise click.BadParameter(f'"{given}" is no name of a namespace: {NAMESPACE_FORM}')
    return given
