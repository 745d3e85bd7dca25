"""The code of templates is kept beside that of modules, and nothing hangs on it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from chartgen.emit.compiled import Compiled


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module whose code may be kept."""
    monkeypatch.setattr(sys, "pycache_prefix", None)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    file = tmp_path / "render.py"
    file.write_text("")
    (tmp_path / "__pycache__").mkdir()
    return file


def rendered(module: Path, text: str, **filters: object) -> str:
    environment = Environment(loader=DictLoader({"page": text}), bytecode_cache=Compiled(str(module)), autoescape=True)
    environment.filters.update(filters)
    return environment.get_template("page").render()


def kept(module: Path) -> list[Path]:
    return sorted((module.parent / "__pycache__").iterdir())


def test_what_is_kept_is_used_until_the_text_changes(module: Path) -> None:
    assert rendered(module, "one") == "one"
    [file] = kept(module)
    before = file.stat().st_ino
    assert rendered(module, "one") == "one"
    assert file.stat().st_ino == before
    assert rendered(module, "two") == "two"
    assert [file] == kept(module)


def test_what_is_kept_goes_with_the_module_that_made_it(module: Path) -> None:
    """Jinja works out `"x"|mark` when it compiles: a filter that changes changes the code of an unchanged text."""
    text = '{{ "x"|mark }}'
    assert rendered(module, text, mark=lambda word: f"old {word}") == "old x"
    module.write_text("# a new filter")
    os.utime(module, ns=(1, 1))
    assert rendered(module, text, mark=lambda word: f"new {word}") == "new x"


def test_what_is_kept_may_be_spoilt(module: Path) -> None:
    rendered(module, "one")
    [file] = kept(module)
    whole = file.read_bytes()
    for spoilt in (b"", b"rubbish", whole[:-10]):
        file.write_bytes(spoilt)
        assert rendered(module, "one") == "one"
        assert file.read_bytes() == whole


def test_a_place_that_takes_nothing_is_no_trouble(module: Path) -> None:
    (module.parent / "__pycache__").rmdir()
    assert rendered(module, "one") == "one"
    (module.parent / "__pycache__").write_text("a file")
    assert rendered(module, "one") == "one"


def test_nothing_is_kept_where_python_keeps_nothing(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert rendered(module, "one") == "one"
    assert not kept(module)
