"""Compiled templates are kept where they can be, and nothing depends on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from chartgen.tools import cache


def test_they_are_kept_in_the_users_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.compiled_templates() is not None
    assert (tmp_path / "chartgen" / "generate" / "templates").is_dir()


def test_no_place_is_no_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert cache.compiled_templates() is None


def test_a_place_that_cannot_be_written_is_no_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from jinja2 import Environment

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    kept = cache.compiled_templates()
    assert kept is not None
    (tmp_path / "chartgen" / "generate" / "templates").rmdir()
    environment = Environment(bytecode_cache=kept, autoescape=True)
    bucket = kept.get_bucket(environment, "t", None, "text")
    bucket.code = compile("1", "t", "eval")
    kept.set_bucket(bucket)
