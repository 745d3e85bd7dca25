"""Whole repositories: a second run writes nothing, and what validates also lints."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from chartgen.diagnostics import Diagnostic, Severity
from chartgen.tools.helm import Helm
from chartgen.workflows import generate, lint
from tests.property.strategies import Data, as_yaml, registries, shuffled

State = dict[str, tuple[bytes, int, int]]
LINTED = 5
"""Each starts helm several times."""


@contextmanager
def repository(data: Data) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "registry.yaml").write_text(as_yaml(data), encoding="utf-8")
        yield Path(folder)


def state_of(folder: Path) -> State:
    """Each file's bytes, inode and time of change."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_ino, path.stat().st_mtime_ns)
        for part in ("charts", "values")
        for path in folder.joinpath(part).rglob("*")
        if path.is_file()
    }


def errors(diagnostics: tuple[Diagnostic, ...]) -> list[str]:
    return [f"{d.span.file} {d.code} {d.message}" for d in diagnostics if d.severity is Severity.ERROR]


@settings(max_examples=20)
@given(registries(most=4), st.data())
def test_a_second_run_touches_nothing_in_whatever_order_the_keys_stand(data: Data, drawn: st.DataObject) -> None:
    with repository(data) as folder:
        assert errors(generate.run(folder).diagnostics) == []
        before = state_of(folder)
        generate.run(folder)
        assert state_of(folder) == before
        folder.joinpath("registry.yaml").write_text(as_yaml(shuffled(data, drawn.draw)), encoding="utf-8")
        generate.run(folder)
        assert state_of(folder) == before
        assert generate.run(folder, check=True).stale == 0


@settings(max_examples=LINTED)
@given(registries())
def test_what_validates_also_lints(helm43: Helm, data: Data) -> None:
    with repository(data) as folder:
        generate.run(folder)
        assert errors(lint.run(folder, helm=helm43.path).diagnostics) == []
