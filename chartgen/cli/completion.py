"""`chartgen completion`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.shell_completion import get_completion_class

if TYPE_CHECKING:
    from chartgen.cli.session import Session

_INSTALL = {
    "bash": 'eval "$(chartgen completion bash)"                                  in ~/.bashrc',
    "zsh": 'eval "$(chartgen completion zsh)"                                   in ~/.zshrc',
    "fish": "chartgen completion fish > ~/.config/fish/completions/chartgen.fish",
}


@click.command("completion", epilog="To install it:\n\n\b\n" + "\n".join(_INSTALL.values()))
@click.argument("shell", type=click.Choice(list(_INSTALL)))
@click.pass_context
def command(ctx: click.Context, shell: str) -> int:
    """Print the script that completes chartgen's commands and options in a shell."""
    session: Session = ctx.obj
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion for {shell}")
    session.out(kind(ctx.find_root().command, {}, "chartgen", "_CHARTGEN_COMPLETE").source())
    session.talk(f"# to install: {' '.join(_INSTALL[shell].split())}")
    return 0
