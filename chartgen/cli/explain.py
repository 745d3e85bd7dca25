"""`chartgen explain`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chartgen.cli import complete
from chartgen.cli.options import env_option, plain_format_option
from chartgen.cli.outcome import finish
from chartgen.mesh.asking import Asking, Kind, claims_of

if TYPE_CHECKING:
    from chartgen.cli.session import Session
    from chartgen.workflows.early import Early
    from chartgen.workflows.explain import Explained
    from chartgen.workflows.recall import Question

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""What HTTP takes for a method (RFC 9110, 5.6.2)."""


@click.command("explain")
@click.argument("caller", shell_complete=complete.callers)
@click.argument("callee", shell_complete=complete.services)
@click.option("--port", metavar="PORT", default="", help="The callee's port, by name or number.  [those it may call]")
@click.option("--method", metavar="METHOD", default="", help="The request's method.  [the first that is declared]")
@click.option("--path", metavar="PATH", default="", help="The request's path.  [the first that is declared]")
@click.option("--host", metavar="HOST", default="", help="The host that is asked for.  [the callee's; a route's]")
@click.option("--header", "headers", metavar="NAME=VALUE", multiple=True, help="A request header; may be repeated.")
@click.option(
    "--claims", metavar="FILE|NAME=VALUE", multiple=True,
    help="What the token says: a JSON file, or claims one by one (roles=admin, org[id]=5; twice for a list), beside "
    "issuer, audience and subject.  [what is declared]",
)  # fmt: skip
@click.option(
    "--token", type=click.Choice([kind.value for kind in Kind]), default="right",
    help="The token that the call carries.  [right: one as the registry asks for, where it does]",
)  # fmt: skip
@click.option("--plaintext", is_flag=True, help="The caller shows no certificate of the mesh.")
@env_option
@click.option(
    "--rendered", metavar="PATH", default="", type=click.Path(),
    help="Ask these manifests (a file or a folder) in place of the charts; names are those of their workloads.",
)  # fmt: skip
@plain_format_option
@click.pass_obj
def command(session: Session, /, caller: str, callee: str, env: str, rendered: str, format_: str, **asked: Any) -> int:
    """Say whether CALLER may call CALLEE, and which object and rule decide, at each layer: network policy, mTLS, JWT,
    authorization.

    CALLER is a service or datastore (NAME@VERSION for one of its versions), ingress, scraper, helm-test, istiod,
    operator (the one that runs CALLEE), stranger (a pod of the mesh that nobody declared), outside (plaintext from
    elsewhere), or NAMESPACE/ACCOUNT.

    Exit code 0: answered, whatever the answer. 1: the registry or a chart is wrong. 2: no such name or port. 3: helm is
    missing or broke.
    """
    asking = Asking(
        caller=caller,
        callee=callee,
        port=asked["port"],
        method=_method(asked["method"]),
        path=_path(asked["path"]),
        host=asked["host"],
        headers=_headers(asked["headers"]),
        claims=_claims(session.root, asked["claims"]),
        token=Kind(asked["token"]),
        plaintext=asked["plaintext"],
    )
    if rendered:
        return _told(session, _of_manifests(session, rendered, asking), format_)
    question = _question(session, env, asking, format_)
    known = question.recall()
    if known:
        return finish(session, "explain", [], format_=format_, result=known["result"], text=str(known["text"]))
    key = question.key()
    early, done = _of_charts(session, env, asking, question.state)
    steady = question == _question(session, env, asking, format_) and key == question.key()
    if steady:
        early.remember()
    return _told(session, done, format_, question if steady else None, key)


def _question(session: Session, env: str, asking: Asking, format_: str) -> Question:
    """What is asked, and of what: the charts, the values, and the helm that renders them."""
    from chartgen.tools.files import digest_of
    from chartgen.tools.helm import candidate, stamp_of
    from chartgen.workflows.recall import Question

    helm = stamp_of(candidate(session.helm or None))
    state = f"{helm}\0{digest_of(str(session.root), ['charts', f'values/{env}'])}" if helm else ""
    words = ("explain", env, format_, str(session.colored(sys.stdout)), repr(asking))
    return Question(root=session.root, registry=session.registry, words=words, state=state)


def _told(session: Session, done: Explained, format_: str, question: Question | None = None, key: str = "") -> int:
    from chartgen.mesh.explained import document, text

    page, result = text(done.answers, color=session.colored(sys.stdout)), document(done.answers)
    if question and done.loaded and done.answers:
        question.remember(key, done.loaded.read, done.loaded.matched, {"text": page, "result": result})
    return finish(session, "explain", done.diagnostics, format_=format_, result=result, text=page)


def _of_manifests(session: Session, path: str, asking: Asking) -> Explained:
    from chartgen.workflows import explain

    return explain.of_manifests(session.root, path, asking)


def _of_charts(session: Session, env: str, asking: Asking, state: str) -> tuple[Early, Explained]:
    """Helm is at work while the rest of chartgen is loaded."""
    from chartgen.workflows.early import started

    with started(session.root, env, session.helm, state) as early:
        from chartgen.workflows import explain

        return early, explain.run(session.root, session.registry, asking, early)


def _method(given: str) -> str:
    if given and not _TOKEN.fullmatch(given):
        raise click.BadParameter(f"{given!r} is no method of HTTP", param_hint="--method")
    if given != given.upper():
        raise click.BadParameter(f"a method is written in capitals: {given.upper()}", param_hint="--method")
    return given


def _path(given: str) -> str:
    if given and given != "*" and not given.startswith("/"):
        raise click.BadParameter(f"a path begins with a slash: /{given}", param_hint="--path")
    return given


def _headers(given: tuple[str, ...]) -> dict[str, str]:
    pairs = [header.partition("=") for header in given]
    for name, equals, _ in pairs:
        if not name or not equals:
            raise click.BadParameter(f"{name!r} is no NAME=VALUE", param_hint="--header")
    return {name.lower(): value for name, _, value in pairs}


def _claims(root: Path, given: tuple[str, ...]) -> dict[str, Any] | None:
    if not given:
        return None
    words = [word for word in given if "=" in word]
    claims = claims_of(words)
    if claims is None:
        raise click.BadParameter("a claim is NAME=VALUE or OUTER[INNER]=VALUE", param_hint="--claims")
    for file in given:
        if "=" not in file:
            claims = {**_file(root / file), **claims}
    return claims


def _file(path: Path) -> dict[str, Any]:
    import json

    from chartgen.tools import files

    try:
        found = json.loads(files.read_input(str(path)))
    except (ValueError, RecursionError) as error:
        raise click.BadParameter(f"{path} is no JSON: {error}", param_hint="--claims") from error
    if not isinstance(found, dict):
        raise click.BadParameter(f"{path} holds no object of claims", param_hint="--claims")
    return found
