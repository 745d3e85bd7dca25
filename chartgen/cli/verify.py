"""`chartgen verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from chartgen.cli.options import envs_option, format_option, namespace_name, strict_option
from chartgen.cli.outcome import counted, finish
from chartgen.cli.progress import progress
from chartgen.diagnostics import Severity

if TYPE_CHECKING:
    from chartgen.cli.session import Session
    from chartgen.registry.pod import JsonValue
    from chartgen.workflows.verify import Verified


@click.command("verify")
@envs_option
@click.option(
    "--rendered", metavar="PATH", default="", type=click.Path(readable=False),
    help="Judge these manifests (a file, a folder, or - for stdin) instead of the charts.",
)  # fmt: skip
@click.option(
    "--namespace", metavar="NAME", default="", callback=namespace_name,
    help="That of --rendered objects which name none.  [most objects']",
)  # fmt: skip
@click.option("--alone", is_flag=True, help="Judge --rendered manifests by themselves, without the registry.")
@click.option(
    "-o", "--output", type=click.Choice(["text", "html", "svg"]), default="text",
    help="How to show who may call whom: as text, a page or a picture.  [text]",
)  # fmt: skip
@format_option
@strict_option
@click.pass_obj
def command(
    session: Session,
    envs: tuple[str, ...],
    rendered: str,
    namespace: str,
    alone: bool,
    output: str,
    format_: str,
    strict: bool,
) -> int:
    """Prove from the rendered charts that exactly the declared calls pass, for the defaults and for every environment
    (or those named by --env); then print who may call whom.

    Exit code 0: proven. 1: findings. 2: there is nothing to judge. 3: helm is missing or broke.
    """
    from chartgen.workflows import rendered as manifests
    from chartgen.workflows import verify

    if rendered and (len(envs) > 1 or (envs and alone)):
        raise click.UsageError("--rendered is what one environment's values gave, or --alone")
    if output != "text" and format_ != "text":
        raise click.UsageError(f"-o {output} is what is shown beside --format text; --format {format_} has no pictures")
    if (alone or namespace) and not rendered:
        raise click.UsageError("--alone and --namespace go with --rendered")
    if rendered:
        environment = envs[0] if envs else ""
        verified = manifests.run(
            session.root, rendered, session.registry, environment=environment, namespace=namespace, alone=alone
        )
    else:
        with progress() as say:
            verified = verify.run(
                session.root,
                session.registry,
                helm=session.helm,
                environments=envs,
                progress=lambda done, total: say(f"verify: {done} of {total} renders"),
            )
    return finish(
        session,
        "verify",
        verified.diagnostics,
        format_=format_,
        strict=strict,
        result=_result(verified) if verified.folder else None,
        text=_summary(verified) if verified.folder else "",
        shown=_shown(verified, output) if _is_to_show(verified) else "",
    )


def _is_to_show(verified: Verified) -> bool:
    """A matrix is worth its lines where it is proven; of manifests alone, it is what their rules say."""
    alone = verified.registry is None and bool(verified.rows)
    return bool(verified.folder) and (alone or not verified.count(Severity.ERROR))


def _shown(verified: Verified, output: str) -> str:
    if output == "text":
        return _text(verified)
    from chartgen.drawing import calls

    if output == "svg":
        return calls.svg(verified.rows)
    title = verified.registry.metadata.name if verified.registry else verified.folder
    return calls.page(title, verified.rows, verified.value_sets, verified.notes, verified.unrefused)


def _text(verified: Verified) -> str:
    from chartgen.mesh.tables import as_text, exceptions_as_text, outward_as_text, unrefused_as_text

    matrix = as_text(verified.rows, verified.value_sets)
    others = exceptions_as_text(verified.rows, verified.value_sets)
    parts = [f"{_heading(verified)}\n\n{matrix}"] if matrix else []
    outward = outward_as_text(verified.rows, verified.value_sets)
    parts += [f"Calls to the outside:\n\n{outward}"] if outward else []
    parts += [f"Passes beside that:\n\n{others}"] if others else []
    later = unrefused_as_text(verified.unrefused, verified.value_sets)
    parts += [f"Passes as long as policies are dry runs, and would be refused:\n\n{later}"] if later else []
    parts += ["Given that\n" + "\n".join(f"- {note}" for note in verified.notes)] if verified.notes else []
    return "\n\n".join(parts) + "\n\n" if parts else ""


def _heading(verified: Verified) -> str:
    return "Who may call whom:" if verified.registry else "Who may call whom, as far as rules say:"


def _summary(verified: Verified) -> str:
    errors = counted(verified.count(Severity.ERROR), "error")
    sets = f" with {counted(len(verified.value_sets), 'value set')}" if verified.value_sets else ""
    calls = f", {counted(len(verified.rows), 'kind')} of calls pass" if not verified.count(Severity.ERROR) else ""
    mesh = "" if verified.meshed else " (no mesh: networks alone)"
    return f"{verified.folder}: {errors} in {counted(verified.workloads, 'workload')}{sets}{calls}{mesh}"


def _result(verified: Verified) -> JsonValue:
    from chartgen.mesh.tables import as_data, unrefused_as_data

    return {
        "errors": verified.count(Severity.ERROR),
        "warnings": verified.count(Severity.WARNING),
        "mesh": verified.meshed,
        "workloads": verified.workloads,
        "objects": verified.objects,
        "valueSets": list(verified.value_sets),
        "calls": as_data(verified.rows),
        "refusedInForce": unrefused_as_data(verified.unrefused),
        "assumptions": list(verified.notes),
    }
