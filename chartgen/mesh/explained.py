"""Answers as people and programs read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from chartgen.mesh.answers import Answer, Reason
from chartgen.mesh.model import Layer, Request, Signature, Verdict
from chartgen.mesh.told import plain

if TYPE_CHECKING:
    from chartgen.diagnostics import Span
    from chartgen.mesh.mends import Line
    from chartgen.registry.pod import JsonValue

_GREEN, _RED, _YELLOW, _BOLD, _DIM, _RESET = "\033[32m", "\033[1;31m", "\033[33m", "\033[1m", "\033[2m", "\033[0m"
_COLORS = {Verdict.ALLOWED: _GREEN, Verdict.REFUSED: _RED, Verdict.UNKNOWN: _YELLOW}
_PASSES = {Verdict.ALLOWED: "passes", Verdict.REFUSED: "REFUSED", Verdict.UNKNOWN: "UNKNOWN"}


def text(answers: Sequence[Answer], *, color: bool = False) -> str:
    """The verdict first, then a line for each layer, then what the registry says, and what would change the answer."""
    return "\n".join("\n".join(_page(answer, color)) + "\n" for answer in answers)


def headline(answer: Answer) -> str:
    """The call and its answer in a line."""
    port = f"{plain(answer.port_name)} ({answer.port})" if answer.port_name else str(answer.port)
    return f"{answer.caller} → {answer.callee} on {port}{_asked(answer)}: {_verdict(answer)}"


def _verdict(answer: Answer) -> str:
    decision = answer.decision
    layers = dict.fromkeys(str(step.layer) for step in decision.steps if step.verdict is decision.verdict)
    if decision.verdict is Verdict.ALLOWED:
        return "allowed"
    if decision.verdict is Verdict.REFUSED:
        return f"refused by {_and(list(layers))}"
    return f"unknown: {_and(list(layers))} cannot be judged"


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""


def _asked(answer: Answer) -> str:
    request = answer.request
    if request is None:
        return ""
    host = f" at {plain(request.host)}" if request.host else ""
    return f", {plain(request.method)} {plain(request.path)}{host}{_token(answer, request)}"


def _token(answer: Answer, request: Request) -> str:
    """How the call carries a token; nothing where nobody asks for one."""
    token = request.token
    if token is None:
        asked = any(reason.step.layer is Layer.JWT for reason in answer.reasons)
        return " without a token" if asked else ""
    fault = "" if token.signature is Signature.GOOD else f" ({token.signature})"
    return f" with a token{fault}"


def _page(answer: Answer, color: bool) -> Iterator[str]:
    head, _, verdict = (
        headline(answer).rpartition(": ") if answer.decision.verdict is not Verdict.UNKNOWN else ("", "", "")
    )
    shown = f"{_styled(head, _BOLD, color)}: {_styled(verdict, _COLORS[answer.decision.verdict], color)}"
    yield shown if head else _styled(headline(answer), _COLORS[Verdict.UNKNOWN], color)
    yield ""
    yield from _rows(answer.reasons, color)
    if answer.request and answer.request.token:
        yield ""
        yield f"  token: {plain(_claims(answer.request), 1000)}"
    if answer.admits:
        yield ""
        yield "  the registry admits"
        yield from _lines(answer.admits, color)
    if answer.mends:
        yield ""
        yield "  what would change it" if answer.decision.verdict is not Verdict.ALLOWED else "  beware"
        yield from _lines(answer.mends, color)
    for note in answer.notes:
        yield ""
        yield f"  note: {plain(note, 400)}"


def _rows(reasons: Sequence[Reason], color: bool) -> Iterator[str]:
    width = max((len(str(reason.step.layer)) for reason in reasons), default=0)
    before: Layer | None = None
    for reason in reasons:
        step = reason.step
        layer = str(step.layer) if step.layer is not before else ""
        before = step.layer
        verdict = _styled(f"{_PASSES[step.verdict]:7}", _COLORS[step.verdict], color)
        by = f"{step.by}{f' {step.where}' if step.where else ''}: " if step.by else ""
        says = f" ({plain(reason.says, 400)})" if reason.says else ""
        yield f"  {layer:{width}}  {verdict}  {_styled(plain_place(by), _DIM, color)}{plain(step.words, 400)}{says}"


def plain_place(text: str) -> str:
    """An object's name and place: manifests that people wrote may hold anything there."""
    return plain(text)


def _lines(lines: Sequence[Line], color: bool) -> Iterator[str]:
    places = [_at(line.place) for line in lines]
    width = max(len(place) for place in places)
    for place, line in zip(places, lines, strict=True):
        yield f"    {_styled(f'{place:{width}}', _DIM, color)}  {plain(line.words, 400)}"


def _at(span: Span) -> str:
    return f"{span.file}:{span.line}:{span.column}" if span.line else span.file


def _claims(request: Request) -> str:
    import json

    assert request.token
    return json.dumps(dict(request.token.claims), ensure_ascii=False)


def _styled(value: str, style: str, color: bool) -> str:
    return f"{style}{value}{_RESET}" if color and value else value


def document(answers: Sequence[Answer]) -> JsonValue:
    """The same for programs."""
    return {"answers": [_record(answer) for answer in answers]}


def _record(answer: Answer) -> JsonValue:
    return {
        "caller": answer.caller,
        "callee": answer.callee,
        "port": answer.port,
        "portName": answer.port_name or None,
        "request": _request(answer.request) if answer.request else None,
        "verdict": str(answer.decision.verdict),
        "layers": [_reason(reason) for reason in answer.reasons],
        "admits": [_line(line) for line in answer.admits],
        "mends": [_line(line) for line in answer.mends],
        "notes": list(answer.notes),
    }


def _request(request: Request) -> JsonValue:
    token = request.token
    return {
        "method": request.method,
        "path": request.path,
        "host": request.host or None,
        "headers": dict(request.headers),
        "token": {"claims": dict(token.claims), "signature": str(token.signature)} if token else None,
    }


def _reason(reason: Reason) -> JsonValue:
    step = reason.step
    by = step.by
    return {
        "layer": str(step.layer),
        "verdict": str(step.verdict),
        "words": step.words,
        "object": {"kind": by.kind, "namespace": by.namespace, "name": by.name, "file": by.file, "line": by.line}
        if by
        else None,
        "where": step.where or None,
        "says": reason.says or None,
    }


def _line(line: Line) -> JsonValue:
    return {"file": line.place.file, "line": line.place.line, "column": line.place.column, "words": line.words}
