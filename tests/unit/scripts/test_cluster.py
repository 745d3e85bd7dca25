"""What the cluster's scripts say when they cannot do their work: one sentence, exit code 3, never a silent pass."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scripts import cluster, control_plane, judges


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in the cache, nothing on PATH, and a home of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setattr(cluster, "HOME", tmp_path / "home")


@pytest.mark.parametrize("arguments", [[], ["tests/cluster"]])
def test_without_go_the_judges_refuse(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert judges.main(arguments) == 3
    assert _sentence(capsys).startswith("chartgen: what is missing here is built by Go, and PATH has none")


def test_without_go_no_cluster_starts(capsys: pytest.CaptureFixture[str]) -> None:
    assert cluster.main(["start"]) == 3
    assert "PATH has none" in _sentence(capsys)


def test_a_cluster_of_ones_own_is_named_by_kubeconfig(capsys: pytest.CaptureFixture[str]) -> None:
    assert judges.main(["--cluster", "own", "tests/cluster"]) == 3
    assert "KUBECONFIG, which is not set" in _sentence(capsys)


def test_a_folder_that_cannot_be_made_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(cluster, "HOME", tmp_path / "file" / "home")
    assert cluster.main(["start"]) == 3
    assert str(tmp_path / "file") in _sentence(capsys)


def test_nothing_to_stop_is_fine(tmp_path: Path) -> None:
    assert cluster.main(["stop"]) == 0
    assert not (tmp_path / "home").exists()


def test_a_process_of_somebody_else_is_never_ended(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "shared"
    folder.mkdir(parents=True)
    (folder / "etcd.pid").write_text(f"{os.getpid()}\n")
    (folder / "kwok.pid").write_text("")
    cluster.stop(folder)
    assert not folder.exists()


def test_another_module_is_another_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "module"
    module.mkdir()
    for name in ("go.mod", "go.sum"):
        (module / name).write_bytes((control_plane.MODULE / name).read_bytes())
    version = control_plane.version()
    monkeypatch.setattr(control_plane, "MODULE", module)
    assert control_plane.version() == version
    with (module / "go.sum").open("a") as file:
        file.write("one more\n")
    assert control_plane.version() != version


def _sentence(capsys: pytest.CaptureFixture[str]) -> str:
    words = capsys.readouterr().err
    assert len(words.splitlines()) == 1
    return words
