"""`chartgen lint`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from chartgen.audit.record import percent
from chartgen.cli.options import envs_option, format_option, strict_option
from chartgen.cli.outcome import counted, finish
from chartgen.cli.progress import progress
from chartgen.diagnostics import Severity
from chartgen.workflows import lint

if TYPE_CHECKING:
    from chartgen.cli.session import Session
    from chartgen.registry.pod import JsonValue


@click.command("lint")
@envs_option
@format_option
@strict_option
@click.pass_obj
def command(session: Session, envs: tuple[str, ...], format_: str, strict: bool) -> int:
    """Lint the charts with helm, then check in what they render what helm does not, for the defaults and for every
    environment (or those named by --env).

    Exit code 0: nothing found (warnings allowed, but with --strict). 1: findings. 3: helm is missing or broke.
    """
    with progress() as say:
        linted = lint.run(
            session.root,
            session.registry,
            helm=session.helm,
            environments=envs,
            progress=lambda done, total: say(f"lint: {done} of {total} runs of helm"),
        )
    return finish(
        session,
        "lint",
        linted.diagnostics,
        format_=format_,
        strict=strict,
        result=_result(linted),
        text=_summary(linted) if linted.folder else "",
    )


def _summary(linted: lint.Linted) -> str:
    errors, warnings = (linted.count(severity) for severity in (Severity.ERROR, Severity.WARNING))
    records = ", ".join(f"{name} {percent(record)}" for name, record in linted.records.items())
    looked_at = f"{counted(linted.charts, 'chart')}, {counted(len(linted.value_sets), 'value set')}"
    lines = [f"{linted.folder}: {counted(errors, 'error')}, {counted(warnings, 'warning')} in {looked_at}"]
    return "\n".join([*lines, f"release record, of 1 MiB: {records}"] if records else lines)


def _result(linted: lint.Linted) -> JsonValue:
    return {
        "errors": linted.count(Severity.ERROR),
        "warnings": linted.count(Severity.WARNING),
        "charts": linted.charts,
        "objects": linted.objects,
        "valueSets": list(linted.value_sets),
        "cuts": {name: {part.group: list(part.services) for part in parts} for name, parts in linted.cuts.items()},
        "releaseRecord": {
            name: {"bytes": record.size, "share": round(record.share, 4)} for name, record in linted.records.items()
        },
    }
