"""The measurements on a cluster, where there can be none."""

from __future__ import annotations

import shutil

import pytest

from bench import cluster, run
from chartgen.errors import ToolError


def test_without_go_the_bench_says_so_before_it_measures(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unavailable() -> None:
        raise ToolError("the programs are not there")

    monkeypatch.setattr(cluster, "programs", unavailable)
    found = shutil.which
    monkeypatch.setattr("shutil.which", lambda name, **more: None if name == "go" else found(name, **more))
    assert run.main([]) == 3
    told = capsys.readouterr()
    assert not told.out
    assert told.err.startswith("bench: the rows of `cluster` need a control plane, which Go builds, and PATH has no Go")
    others = set(run.ROWS) - {"cluster"}
    assert told.err.endswith(f"`python -m bench.run {' '.join(name for name in run.ROWS if name in others)}`\n")
