"""`chartgen diff`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from chartgen.cli import complete
from chartgen.cli.outcome import finish
from chartgen.errors import EXIT_FINDINGS, ChartgenError

if TYPE_CHECKING:
    from chartgen.cli.session import Session
    from chartgen.mesh.told import Comparison
    from chartgen.registry.pod import JsonValue
    from chartgen.workflows.recall import Question


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
    names = tuple(name for name in (before, after) if name)
    question = _question(session, names, format_)
    known = question.recall() if question else None
    if known:
        return _say(session, format_, str(known["text"]), known["result"], counts=counts)
    key = question.key() if question else ""
    from chartgen.workflows import diff

    done = diff.run(session.root, session.registry, names)
    if done.comparison is None:
        session.talk(f"chartgen: error: the registry of {' and of '.join(done.broken)} does not compile")
        return finish(session, "diff", done.diagnostics, format_="json" if format_ == "json" else "text")
    from chartgen.mesh.record import document

    page, result = _page(session, done.comparison, format_), document(done.comparison)
    if question and done.loaded and key == question.key():
        question.remember(key, done.loaded.read, done.loaded.matched, {"text": page, "result": result})
    return _say(session, format_, page, result, counts=counts)


def _say(session: Session, format_: str, page: str, result: JsonValue, *, counts: bool) -> int:
    changed = isinstance(result, dict) and bool(result["changed"])
    if format_ == "json":
        finish(session, "diff", [], format_="json", result=result)
    else:
        session.out(page)
    return EXIT_FINDINGS if counts and changed else 0


def _question(session: Session, names: tuple[str, ...], format_: str) -> Question | None:
    """The working tree against a commit, which is asked again and again; anything else is not remembered."""
    from chartgen.tools import git
    from chartgen.workflows.recall import Question

    base = names[0] if names else "HEAD"
    if len(names) > 1 or ".." in base or ":" in base or (session.root / base).exists():
        return None
    try:
        repository = git.repository(session.root)
        state = f"{repository.commit(base)}\0{repository.prefix}"
        question = Question(
            root=session.root,
            registry=session.registry,
            words=("diff", base, format_, str(session.colored(sys.stdout))),
            state=state,
        )
        question.key()
    except ChartgenError:  # said in full by what follows
        return None
    return question


def _page(session: Session, comparison: Comparison, format_: str) -> str:
    if format_ == "markdown":
        from chartgen.mesh.comment import markdown

        return markdown(comparison)
    from chartgen.mesh.told import text

    return text(comparison, color=session.colored(sys.stdout))
