"""`chartgen version`."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

import click

from chartgen.cli.options import plain_format_option
from chartgen.cli.outcome import finish
from chartgen.errors import ToolError

if TYPE_CHECKING:
    from chartgen.cli.session import Session


@click.command("version")
@plain_format_option
@click.pass_obj
def command(session: Session, format_: str) -> int:
    """Print the versions of chartgen, Python and helm."""
    from chartgen import __version__

    helm, path, why = _helm(session)
    found = f"{helm} ({path})" if helm else f"not found: {why}"
    return finish(
        session,
        "version",
        [],
        format_=format_,
        result={
            "chartgen": __version__,
            "python": platform.python_version(),
            "helm": {"version": helm, "path": path} if helm else None,
        },
        text=f"chartgen {__version__}\npython {platform.python_version()}\nhelm {found}",
    )


def _helm(session: Session) -> tuple[str, str, str]:
    from chartgen.tools.helm import find_helm

    try:
        helm = find_helm(session.helm or None)
    except ToolError as error:
        return "", "", str(error)
    return ".".join(map(str, helm.version)), helm.path, ""
