"""`chartgen diff`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from chartgen.cli import complete
from chartgen.cli.outcome import finish
from chartgen.errors import EXIT_FINDINGS
from chartgen.workflows import diff

if TYPE_CHECKING:
    from chartgen.cli.session import Session
    from chartgen.mesh.told import Comparison


@click.command("diff")
@click.argument("before", metavar="[A]", default="", shell_complete=complete.revisions)
@click.argument("after", metavar="[B]", default="", shell_complete=complete.revisions)
@click.option(
    "--format", "format_", type=click.Choice(["text", "markdown", "json"]), default="text",
    help="How to print it; markdown is for a comment on a pull request.  [text]",
)  # fmt: skip
@click.option("--exit-code", "counts", is_flag=True, help="Exit 1 when anything changes.")
@click.pass_obj
def command(session: Session, before: str, after: str, format_: str, counts: bool) -> int:
    """Say which calls open and close, which routes become public, and which exceptions come and go between A and B.

    A and B are Git revisions (main, v1.2.0, HEAD~1), registry files, or two folders of rendered manifests. Alone, diff
    compares HEAD with the working tree; with A, A with the working tree. A..B and A...B mean what they mean to Git.

    Exit code 0: compared, with or without changes. 1: a registry does not compile; with --exit-code, also: there are
    changes. 2: no such file or revision. 3: git is missing or broke.
    """
    done = diff.run(session.root, session.registry, tuple(name for name in (before, after) if name))
    if done.comparison is None:
        session.talk(f"chartgen: error: the registry of {' and of '.join(done.broken)} does not compile")
        return finish(session, "diff", done.diagnostics, format_="json" if format_ == "json" else "text")
    code = EXIT_FINDINGS if counts and done.comparison.changes else 0
    if format_ == "json":
        from chartgen.mesh.record import document

        return finish(session, "diff", [], format_="json", result=document(done.comparison)) or code
    session.out(_page(session, done.comparison, format_))
    return code


def _page(session: Session, comparison: Comparison, format_: str) -> str:
    if format_ == "markdown":
        from chartgen.mesh.comment import markdown

        return markdown(comparison)
    from chartgen.mesh.told import text

    return text(comparison, color=session.colored(sys.stdout))
