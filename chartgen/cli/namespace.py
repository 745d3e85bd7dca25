"""`chartgen namespace`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from chartgen.cli.options import env_option, namespace_name, plain_format_option
from chartgen.cli.outcome import finish
from chartgen.workflows import namespace

if TYPE_CHECKING:
    from chartgen.cli.session import Session


@click.command("namespace")
@env_option
@click.option(
    "--namespace", "name", metavar="NAME", default="", callback=namespace_name,
    help="Its name.  [global.mesh.namespace of the environment, else the platform's name]",
)  # fmt: skip
@plain_format_option
@click.pass_obj
def command(session: Session, env: str, name: str, format_: str) -> int:
    """Print the platform's Namespace, labelled for the mesh and for Pod Security.

    It is to be there before the first release, since the mesh takes up pods as they start:

    \b
      chartgen namespace --env prod | kubectl apply -f -

    Exit code 0: printed. 1: the registry does not compile. 2: wrong usage.
    """
    done = namespace.run(session.root, session.registry, environment=env, name=name)
    return finish(session, "namespace", done.diagnostics, format_=format_, result=done.result, text=done.text)
