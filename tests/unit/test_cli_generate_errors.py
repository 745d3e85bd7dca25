"""Each folder of tests/cases/generate-errors: a repository that somebody has been at, and what generate says."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import yaml

from chartgen.cli.run import run

CASES = sorted(p for p in (Path(__file__).parent.parent / "cases" / "generate-errors").iterdir() if p.is_dir())


def lay_over(edits: Path, root: Path) -> None:
    for source in sorted(p for p in edits.rglob("*") if p.is_file()):
        target = root / source.relative_to(edits)
        for place in (target, *target.parents):
            if place != root and place.is_file():
                place.unlink()
            if place == root:
                break
        if target.is_dir():
            shutil.rmtree(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


@pytest.mark.parametrize("case", CASES, ids=lambda p: p.name)
def test_case(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "repository"
    root.mkdir()
    shutil.copyfile(case / "registry.yaml", root / "registry.yaml")
    said = yaml.safe_load((case / "case.yaml").read_text(encoding="utf-8"))
    for command in said["before"]:
        assert run(["-C", str(root), command]) == 0
    lay_over(case / "edits", root)
    before = {p: p.read_bytes() for p in root.rglob("*") if p.is_file()}
    capfd.readouterr()
    code = run(["-C", str(root), "generate", *said["arguments"]])
    found = capfd.readouterr().err
    if "CHARTGEN_ACCEPT" in os.environ:
        (case / "expected.txt").write_text(found, encoding="utf-8")
    assert found == (case / "expected.txt").read_text(encoding="utf-8")
    assert case.name[:5] in found
    assert code == (1 if " error[" in found else 0)
    if code:
        assert {p: p.read_bytes() for p in root.rglob("*") if p.is_file()} == before, "something was written"
