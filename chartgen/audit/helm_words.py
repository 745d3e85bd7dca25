"""What helm says, as diagnostics: its places are found in its words, and its words are kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chartgen.codes import diagnose
from chartgen.diagnostics import Diagnostic, Span

SchemaPlace = Callable[[str, tuple[str, ...]], Span]
"""A chart's name and a path in its values → where that value is written."""

KeyPath = Callable[[str, str], tuple[str, ...]]
"""A chart's name and a key that its schema refuses → the key's path in its values; empty when it is not there once."""

_PATH = r"(?P<path>[\w.-]+(?:/[\w.-]+)+\.(?:yaml|yml|tpl|txt))"
_AT = (
    re.compile(rf"(?:parse error|execution error) at \({_PATH}:(?P<line>\d+)(?::(?P<column>\d+))?\):\s*"),
    re.compile(rf"(?:template: )?{_PATH}:(?P<line>\d+):(?P<column>\d+)(?::|\s)\s*"),
    re.compile(rf"YAML parse error on {_PATH}(?P<line>)(?P<column>):\s*"),
)
_SCHEMA = "values don't meet the specifications of the schema(s) in the following chart(s):"
_SEVERITY = re.compile(r"^\[(ERROR|WARNING|INFO)\] ([^:]*): ?", re.MULTILINE)
_POINTER = re.compile(r"^- at '(?P<pointer>[^']*)': (?P<words>.*)|^- (?P<dotted>.+?): (?P<older>.*)")
_PROPERTY = re.compile(
    r"(?:additional|missing) propert(?:y|ies) '?(?P<name>[\w.-]+)|^(?P<older>[\w.-]+) is required$", re.IGNORECASE
)
_KEY = re.compile(r"invalid propertyName '(?P<name>.+)'$|Property name of \"(?P<older>.+)\" does not match")
_NEVER = re.compile(r"false schema|False always fails validation")
_PATTERN = re.compile(r".*does not match pattern (?P<pattern>'.*')$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """How to find in the repository what helm names: the chart in question, its folder, and its values."""

    chart: str
    folder: str
    value: SchemaPlace
    key: KeyPath = lambda _chart, _name: ()

    def file(self, path: str) -> str:
        """A path within the chart, from the repository's root."""
        return f"{self.folder}/{path}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a chart's schema refuses: the path in its values, and helm's words."""

    chart: str
    path: tuple[str, ...]
    message: str


def linted(stdout: str, places: dict[str, Places]) -> Iterator[Diagnostic]:
    """The findings in the output of `helm lint --quiet`; `places` by the chart path as it was given to helm."""
    for block in re.split(r"^==> Linting ", stdout, flags=re.MULTILINE)[1:]:
        path, _, text = block.partition("\n")
        where = places.get(path)
        if where is None:
            continue
        starts = list(_SEVERITY.finditer(text))
        for start, end in zip(starts, [*(found.start() for found in starts[1:]), len(text)], strict=True):
            if start[1] != "INFO":
                yield from _lint_message(start[2], text[start.end() : end].strip(), where)
        if not starts and text.strip():
            yield diagnose("CG501", Span(file=where.file("Chart.yaml")), text.strip().removeprefix("Error "))


def rendering_failed(stderr: str, where: Places, file: str) -> Iterator[Diagnostic]:
    """The findings in what `helm template` said when it failed; `file` is the place when its words have none."""
    _, _, words = stderr.rpartition("Error: ") if "Error: " in stderr else ("", "", stderr)
    words = words.partition("\nUse --debug flag")[0].strip()
    if _SCHEMA in words:
        yield from _schema(words, where)
    else:
        yield _placed("CG502", words, where, file)


def _lint_message(subject: str, words: str, where: Places) -> Iterator[Diagnostic]:
    if _SCHEMA in words:
        yield from _schema(words, where)
    elif subject == "values.yaml" and words.startswith("- "):
        yield from _schema(f"{_SCHEMA}\n{where.chart}:\n{words}", where)
    elif subject == "templates/" and any(pattern.search(words) for pattern in _AT):
        yield _placed("CG502", words, where, "")
    else:
        inside = "Chart.yaml" if subject in ("", ".") or subject.startswith("/") else subject.rstrip("/")
        yield diagnose("CG501", Span(file=where.file(inside)), _flat(words))


def _placed(code: str, words: str, where: Places, file: str) -> Diagnostic:
    for pattern in _AT:
        found = pattern.search(words)
        if found:
            line = int(found["line"] or 0)
            column = int(found["column"] or bool(line))
            rest = f"{words[: found.start()]}{words[found.end() :]}"
            rest = re.sub(r'^executing "[^"]*" ', "", _flat(rest))
            return diagnose(code, Span(where.file(found["path"].partition("/")[2]), line, column), rest)
    return diagnose(code, Span(file=file), _flat(words))


def _schema(words: str, where: Places) -> Iterator[Diagnostic]:
    chart = where.chart
    refused_key: Refusal | None = None
    for line in words.partition(_SCHEMA)[2].splitlines():
        found = _POINTER.match(line.strip())
        if not found:
            chart = line.strip().removesuffix(":") or chart
            continue
        refusal = Refusal(chart, _pointed(found["pointer"], found["dotted"]), found["words"] or found["older"] or "")
        pattern = _PATTERN.match(refusal.message)
        if refused_key and pattern:  # helm says of one key that it is refused, and then why
            yield _refused(refused_key, where, f"this key does not match {pattern['pattern']}")
            refused_key = None
            continue
        key = _KEY.search(refusal.message)
        if key:
            refused_key = _with_key(refusal, key["name"] or key["older"], where)
        else:
            yield _refused(refusal, where, refusal.message)
    if refused_key:
        yield _refused(refused_key, where, refused_key.message)


def _with_key(refusal: Refusal, name: str, where: Places) -> Refusal:
    """Helm 4 names a random neighbour as the parent of a refused key, so the key is looked up by its name."""
    path = where.key(refusal.chart, name) or (*refusal.path, name)
    return Refusal(refusal.chart, path, refusal.message)


def _refused(refusal: Refusal, where: Places, message: str) -> Diagnostic:
    spoken = _PROPERTY.search(message)
    own = (spoken["name"] or spoken["older"],) if spoken else ()
    path = (*refusal.path, *own)
    places = [where.value(refusal.chart, each) for each in (path, *_dotted_keys(path))]
    span = next((place for place in places if place.line), places[0])
    subject = ".".join(refusal.path) or "its values"
    words = "the chart writes this key itself" if _NEVER.fullmatch(message) else message
    return diagnose("CG504", span, f"{refusal.chart} refuses {subject}: {words}")


def _dotted_keys(path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The path if its last parts are one key with dots: Helm 3 does not tell the two apart."""
    for start in range(len(path) - 2, 0, -1):
        yield (*path[:start], ".".join(path[start:]))


def _pointed(pointer: str | None, dotted: str | None) -> tuple[str, ...]:
    if pointer is not None:
        return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
    return () if dotted in (None, "(root)") else tuple((dotted or "").split("."))


def _flat(words: str) -> str:
    return " ".join(words.split())
