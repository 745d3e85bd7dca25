"""What each registry of tests/cases/generate compiles to is what was read and committed."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.golden import CASES, compiled, expected

cases = pytest.mark.parametrize("case", sorted(p for p in CASES.iterdir() if p.is_dir()), ids=lambda case: case.name)


@cases
def test_the_files_are_those_expected(case: Path) -> None:
    found, wanted = compiled(case), expected(case)
    assert list(found) == list(wanted), "`make golden` writes them anew"
    for path, text in found.items():
        assert text == wanted[path], f"{path} differs; `make golden` writes it anew"


@cases
def test_generated_files_are_clean_text(case: Path) -> None:
    for path, text in compiled(case).items():
        assert text.endswith("\n") and not text.endswith("\n\n"), path
        lines = text.split("\n")
        assert not [line for line in lines if line.rstrip(" \t") != line and "leading and trailing" not in line], path
