"""`chartgen template`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from chartgen.cli.options import env_option
from chartgen.cli.outcome import finish
from chartgen.workflows import template

if TYPE_CHECKING:
    from chartgen.cli.session import Session


@click.command("template")
@env_option
@click.option("--group", metavar="NAME", default="", help="Only this group's release.  [all, in start order]")
@click.option("--release", metavar="NAME", default="", help="The release's name.  [the chart's]")
@click.option("--namespace", metavar="NAME", default="default", help="The namespace.  [default]")
@click.option("--set", "settings", metavar="KEY=VALUE", multiple=True, help="A value for helm; may be repeated.")
@click.argument("helm_arguments", nargs=-1, type=click.UNPROCESSED, metavar="[-- HELM_ARGUMENTS]")
@click.pass_obj
def command(
    session: Session,
    env: str,
    group: str,
    release: str,
    namespace: str,
    settings: tuple[str, ...],
    helm_arguments: tuple[str, ...],
) -> int:
    """Render the umbrella charts as `helm template` does, with an environment's values.

    Exit code 0: rendered, on stdout. 1: a template or a value stops helm. 2: wrong usage, also of helm. 3: helm is
    missing or broke.
    """
    if helm_arguments and not helm_arguments[0].startswith("-"):
        raise click.UsageError(f"what is {helm_arguments[0]!r}? Helm's own options come after --.")
    extra = (*(part for setting in settings for part in ("--set", setting)), *helm_arguments)
    order = template.Order(group=group, environment=env, release=release, namespace=namespace, extra=extra)
    rendered = template.run(session.root, session.registry, order, helm=session.helm)
    return finish(session, "template", rendered.diagnostics, format_="text", text=rendered.text)
