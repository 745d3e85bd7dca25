"""The value sets of a platform: the chart's defaults, each environment's two files, and the ways of providing its
datastores that none of these chooses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chartgen.audit.helm_words import Places
from chartgen.audit.objects import mapping
from chartgen.audit.values import key_paths, leaves_in_place, merged, read_values
from chartgen.codes import diagnose
from chartgen.diagnostics import Diagnostic, Span
from chartgen.errors import UsageError
from chartgen.tools import files
from chartgen.workflows import ways
from chartgen.workflows.value_set import DEFAULTS, ValueSet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from chartgen.registry.model import Registry

_FILES = ("values.yaml", "release.yaml")
_PRODUCTION = ("prod", "production", "live")


def value_sets(root: Path, registry: Registry, chosen: Sequence[str] = ()) -> tuple[ValueSet, ...]:
    """The defaults, then the environments chosen (all, when none is), as declared; with all, then the ways of providing
    datastores that no environment chooses. UsageError for an unknown environment."""
    names = [environment.name for environment in registry.environments]
    for name in chosen:
        check_environment(registry, name)
    production = production_of(names)
    found = [_read(root, name, name == production) for name in names if not chosen or name in chosen]
    judged = [replace(each, findings=(*each.findings, *ways.judged(registry, each))) for each in found]
    sets = (ways.defaults(registry), *judged)
    return sets if chosen else (*sets, *ways.untried(registry, sets))


def value_set(root: Path, registry: Registry, environment: str) -> ValueSet:
    """The values of one environment; the defaults when it is empty. UsageError for an unknown one."""
    return value_sets(root, registry, [environment])[1] if environment else ValueSet(name=DEFAULTS)


def places(values: ValueSet, umbrella: str, chart: str = "") -> Places:
    """How to find what helm says of a chart (empty: the umbrella itself) to which these values were given: a value is
    where the set's files write it, else in the values.yaml of its chart."""

    def whole(of: str, path: tuple[str, ...]) -> tuple[str, ...]:
        return path if of == umbrella else (of, *path)

    def folder(of: str) -> str:
        return f"charts/{umbrella}" if of == umbrella else f"charts/{umbrella}/charts/{of}"

    def value(of: str, path: tuple[str, ...]) -> Span:
        return values.place(whole(of, path)) or Span(file=f"{folder(of)}/values.yaml")

    def key(of: str, name: str) -> tuple[str, ...]:
        below = values.given if of == umbrella else mapping(values.given.get(of))
        found = list(key_paths(below, name))
        return found[0] if len(found) == 1 else ()

    chart = chart or umbrella
    return Places(chart=chart, folder=folder(chart), value=value, key=key)


def check_environment(registry: Registry, name: str) -> None:
    """UsageError when the registry declares no environment of that name."""
    names = [environment.name for environment in registry.environments]
    if name not in names:
        known = f"declared: {', '.join(names)}" if names else "the registry declares none"
        raise UsageError(f'no environment "{name}" ({known})')


def files_of(root: Path, environment: str) -> tuple[str, ...]:
    """The values files that an environment has, in the order in which helm takes them. UsageError where nobody can tell
    which it has."""
    names = (f"values/{environment}/{name}" for name in _FILES)
    return tuple(name for name in names if files.is_there(str(root / name)))


def production_of(names: Sequence[str]) -> str:
    """The environment that is production: named prod, production or live, else the last of several; empty when there
    is none."""
    return next((name for name in names if name in _PRODUCTION), names[-1] if len(names) > 1 else "")


def _read(root: Path, name: str, production: bool) -> ValueSet:
    texts: dict[str, str] = {}
    given: dict[str, Any] = {}
    findings: list[Diagnostic] = []
    present = files_of(root, name)
    findings += _missing(name, present)
    for file in present:
        try:
            text = texts[file] = files.read_input(str(root / file)).decode("utf-8")
        except UnicodeDecodeError:
            findings.append(diagnose("CG562", Span(file=file), "is not UTF-8"))
            continue
        data, problems = read_values(text, file)
        findings += [*problems, *leaves_in_place(data, text, file)]
        given = merged(given, data)
    return ValueSet(name=name, texts=texts, given=given, production=production, findings=tuple(findings))


def _missing(name: str, present: Sequence[str]) -> Iterator[Diagnostic]:
    if not present:
        hint = "run `chartgen generate`: it makes the folder and its two files"
        yield diagnose("CG560", Span(file=f"values/{name}"), f'environment "{name}" has no values', hint)
        return
    for file in (f"values/{name}/{part}" for part in _FILES):
        if file not in present:
            words = f'environment "{name}" lacks one of its two files'
            yield diagnose("CG560", Span(file=file), words, "run `chartgen generate`: it makes the file")
