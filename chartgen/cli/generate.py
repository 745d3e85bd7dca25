"""`chartgen generate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from chartgen.cli.options import format_option, strict_option
from chartgen.cli.outcome import finish
from chartgen.cli.progress import progress
from chartgen.workflows import generate

if TYPE_CHECKING:
    from chartgen.cli.session import Session
    from chartgen.workflows.generate import Generated


@click.command("generate")
@click.option("--check", is_flag=True, help="Write nothing: exit 1 when charts/ is not what the registry implies.")
@click.option("--force", is_flag=True, help="Overwrite files that were edited or that chartgen did not write.")
@format_option
@strict_option
@click.pass_obj
def command(session: Session, check: bool, force: bool, format_: str, strict: bool) -> int:
    """Compile the registry into charts/, writing only what differs, all of it or nothing.

    Files in charts/ that were edited are never overwritten without --force. Files in values/<env>/ are made where they
    are missing, and never touched again.

    Exit code 0: charts/ is what the registry implies. 1: it is not, and nothing was written; with --strict also any
    warning, and nothing is written when an installed release would refuse the upgrade or lose data. 2: the registry
    cannot be read. 3: the disk refused, and nothing was changed.
    """
    with progress() as say:
        done = generate.run(
            session.root,
            session.registry,
            check=check,
            force=force,
            strict=strict,
            progress=say,
            notice=session.talk,
        )
    if done.remembered:
        session.detail("no input changed since the last run, and charts/ is as it was left")
    return finish(
        session,
        "generate",
        done.diagnostics,
        format_=format_,
        strict=strict,
        result={
            "releases": list(done.releases),
            "created": list(done.created),
            "updated": list(done.updated),
            "removed": list(done.removed),
            "unchanged": done.unchanged,
        },
        text=_summary(done, check),
    )


def _summary(done: Generated, check: bool) -> str:
    if done.failed or done.stale or len(done.releases) < 2:
        return _outcome(done, check)
    return f"{_outcome(done, check)}\nreleases, in start order: {', '.join(done.releases)}"


def _outcome(done: Generated, check: bool) -> str:
    if done.stale:
        return f"charts/ is stale: {done.stale} differ, {done.unchanged} are current"
    if done.failed:
        return "nothing was written" if not check else ""
    if check:
        return f"charts/ is current: {done.unchanged} files"
    if not done.changed:
        return f"nothing changed: {done.unchanged} files are current"
    counts = {
        "created": len(done.created),
        "updated": len(done.updated),
        "removed": len(done.removed),
        "unchanged": done.unchanged,
    }
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count)
