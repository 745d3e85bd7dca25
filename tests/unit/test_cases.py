"""Every folder under tests/cases/diagnostics is a test: a registry and the report that it gets.

`registry.yaml` is the input; `registry.bin` holds bytes that are no text, `registry.repeat` says how to make an input
too large to commit. With CHARTGEN_UPDATE_CASES set, expected.txt is written; read the difference before committing it.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from chartgen.codes import CODES
from chartgen.registry import compile_registry
from chartgen.report import as_text
from chartgen.tools import files

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases"
ROOTS = ("diagnostics", "lint", "generate-errors", "verify")
FOLDERS = sorted(folder for folder in (CASES / "diagnostics").iterdir() if folder.is_dir())


def registry_of(folder: Path) -> bytes:
    for name in ("registry.yaml", "registry.bin"):
        if (folder / name).exists():
            return (folder / name).read_bytes()
    recipe = json.loads((folder / "registry.repeat").read_text(encoding="utf-8"))
    return str(recipe.get("head", "") + recipe["text"] * recipe["times"]).encode()


def report_on(folder: Path) -> str:
    def read_file(path: str) -> bytes | None:
        return (folder / path).read_bytes() if (folder / path).is_file() else None

    def find_files(pattern: str) -> list[str]:
        return files.find(str(folder), pattern)

    return as_text(compile_registry("registry.yaml", registry_of(folder), read_file, find_files).diagnostics)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_report(folder: Path) -> None:
    report = report_on(folder)
    if os.environ.get("CHARTGEN_UPDATE_CASES"):
        (folder / "expected.txt").write_text(report, encoding="utf-8")
    assert report == (folder / "expected.txt").read_text(encoding="utf-8")
    assert f"[{folder.name[:5]}]: " in report


def codes_with_cases() -> set[str]:
    folders = [folder for root in ROOTS if (CASES / root).is_dir() for folder in (CASES / root).iterdir()]
    return {folder.name[:5] for folder in folders if folder.is_dir()}


def test_every_code_has_a_case() -> None:
    assert codes_with_cases() == set(CODES)


def test_every_code_is_documented() -> None:
    page = ROOT / "docs" / "codes.md"
    assert set(re.findall(r"\bCG\d{3}\b", page.read_text(encoding="utf-8"))) == set(CODES)


def test_codes_stand_in_order() -> None:
    assert list(CODES) == sorted(CODES)
