"""kill -9 at every step of a write, and of the recovery after it: the next command finds or makes the old tree or the
new one, never a mixture."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from chartgen.tools import journal, tree

Files = dict[str, str]

A = "charts/shop/charts/a"
BASE: Files = {
    "charts/shop/Chart.yaml": "name: shop\n",
    f"{A}/Chart.yaml": "name: a\n",
    f"{A}/templates/service.yaml": "kind: Service\n",
    "charts/shop/charts/b/Chart.yaml": "name: b\n",
}
SCENARIOS: dict[str, tuple[Files, Files]] = {
    "first run": ({}, BASE),
    "update": (
        BASE,
        BASE | {"charts/shop/Chart.yaml": "name: shop\nversion: 2\n", f"{A}/Chart.yaml": "name: a\n# 2\n"},
    ),
    "new service": (BASE, BASE | {"charts/shop/charts/c/Chart.yaml": "name: c\n"}),
    "removed service": (BASE, {p: t for p, t in BASE.items() if not p.startswith(A)}),
    "folder becomes file": (
        BASE,
        {p: t for p, t in BASE.items() if "templates" not in p} | {f"{A}/templates": "now a file\n"},
    ),
    "file becomes folder": (
        BASE,
        {p: t for p, t in BASE.items() if p != f"{A}/Chart.yaml"} | {f"{A}/Chart.yaml/x.yaml": "now a folder\n"},
    ),
    "platform renamed": (BASE, {p.replace("charts/shop", "charts/store", 1): t for p, t in BASE.items()}),
    "second umbrella": (BASE, BASE | {"charts/tools/Chart.yaml": "name: tools\n"}),
}
VALUES = {"values/dev/values.yaml": "{}\n", "values/dev/release.yaml": "{}\n"}


def change(root: Path, files: Files, missing: Files, step: journal.Step) -> None:
    with tree.writing(str(root)):
        tree.write(tree.survey(str(root), files), missing, step)


def write(root: Path, files: Files, missing: Files | None = None) -> None:
    change(root, files, missing or {}, journal.no_step)


def recover(root: Path, step: journal.Step) -> None:
    journal.recover(str(root), step=step)


def snapshot(root: Path) -> Files:
    return {str(p.relative_to(root)): p.read_text() if p.is_file() else "/" for p in sorted(root.rglob("*"))}


def killed(work: Callable[[journal.Step], None], at: int) -> bool:
    """Runs it in a child that kills itself before the given step; whether it came that far."""
    child = os.fork()
    if child == 0:
        count = 0

        def step(_: str) -> None:
            nonlocal count
            count += 1
            if count == at:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            work(step)
        except BaseException as error:  # noqa: BLE001  the child must not return to pytest
            print(error, file=sys.stderr)
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def prepare(root: Path, files: Files) -> Path:
    root.mkdir(parents=True)
    if files:
        write(root, files)
    return root


@pytest.mark.parametrize("name", SCENARIOS)
def test_killed_at_every_step(name: str, tmp_path: Path) -> None:
    before, after = SCENARIOS[name]
    old = snapshot(prepare(tmp_path / "old", before))
    prepare(tmp_path / "new", before)
    write(tmp_path / "new", after, missing=VALUES)
    new = snapshot(tmp_path / "new")
    assert old != new
    seen = set()
    for at in range(1, 1000):
        root = prepare(tmp_path / f"at{at}", before)
        finished = not killed(partial(change, root, after, VALUES), at)
        with tree.reading(str(root)):
            found = snapshot(root)
        assert found in (old, new), f"{name}: neither old nor new after a kill at step {at}"
        seen.add(found == new)
        if finished:
            break
        write(root, after, missing=VALUES)
        assert snapshot(root) == new
    assert seen == {False, True}


@pytest.mark.parametrize("name", ["removed service", "folder becomes file"])
def test_killed_again_while_recovering(name: str, tmp_path: Path) -> None:
    before, after = SCENARIOS[name]
    old = snapshot(prepare(tmp_path / "old", before))
    prepare(tmp_path / "new", before)
    write(tmp_path / "new", after)
    new = snapshot(tmp_path / "new")
    for at in range(1, 1000):
        for again in range(1, 1000):
            root = prepare(tmp_path / f"at{at}-{again}", before)
            finished = not killed(partial(change, root, after, {}), at)
            recovered = not killed(partial(recover, root), again)
            with tree.reading(str(root)):
                assert snapshot(root) in (old, new), f"{name}: killed at {at}, then at {again}"
            if recovered:
                break
        if finished:
            break
