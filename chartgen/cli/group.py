"""The group `chartgen`: its global options, and its commands by name (none is imported before it is called)."""

from __future__ import annotations

import importlib
from pathlib import Path

import click

from chartgen.cli.session import Session

COMMANDS = {
    "init": "Start a platform: a small working registry of three services.",
    "validate": "Read the registry and say what is wrong with it.",
    "generate": "Compile the registry into charts/.",
    "lint": "Check the charts with helm, then what helm does not check.",
    "verify": "Prove from the rendered charts that exactly the declared calls pass.",
    "template": "Render the charts with an environment's values.",
    "explain": "Say whether a service may call another, and which rule decides.",
    "diff": "Say which calls open and close between two registries or revisions.",
    "namespace": "Print the platform's namespace, labelled for the mesh.",
    "graph": "Draw who depends on whom, in start order.",
    "schema": "Print the JSON Schema of the registry.",
    "version": "Print the versions of chartgen, Python and helm.",
    "completion": "Print the shell completion script.",
}


class LazyGroup(click.Group):
    """A group whose commands live in `chartgen.cli.<name>`, as `command`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Takes no empty text for what was not said: a script's variable that is not set would change the question."""
        own = args[: args.index("--")] if "--" in args else args  # what follows is helm's
        for before, each in zip(["", *own], own, strict=False):
            option, equals, given = each.partition("=") if each.startswith("--") else (before, "=", each)
            if equals and not given and not ctx.resilient_parsing:
                what = option if option.startswith("-") else "an argument"
                raise click.UsageError(f"{what} is empty: leave it out, or set the variable that it is from", ctx)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """The names, in the order in which they are met."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's signature
        """The command of that name, imported now; None when there is none."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"chartgen.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  click's signature
        """Lists the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from chartgen import __version__

        click.echo(f"chartgen {__version__}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "-C", "directory", metavar="DIR", default=".", help="Run as if started in DIR.",
    type=click.Path(exists=True, file_okay=False, readable=False, path_type=Path),
)  # fmt: skip
@click.option(
    "--registry", metavar="FILE", default="registry.yaml", help="The registry, seen from DIR.  [registry.yaml]",
    type=click.Path(readable=False),
)  # fmt: skip
@click.option(
    "--helm", metavar="PATH", default="", help="The helm to run.  [$CHARTGEN_HELM, PATH, the tools cache]",
    type=click.Path(readable=False),
)  # fmt: skip
@click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour in messages.  [auto]"
)
@click.option("-v", "--verbose", is_flag=True, help="Say what is being done, on stderr.")
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Print the version."
)
@click.pass_context
def group(ctx: click.Context, directory: Path, registry: str, helm: str, color: str, verbose: bool) -> None:
    """Compile a service registry (YAML) into Helm charts."""
    ctx.obj = Session(root=directory, registry=registry, helm=helm, color=color, verbose=verbose)
