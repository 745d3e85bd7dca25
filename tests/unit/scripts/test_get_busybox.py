from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from chartgen.errors import ToolError
from scripts import get_busybox
from scripts.get_busybox import Pin, cached, fetch

PROGRAM = b"#!/bin/sh\necho busybox\n"
OURS = Pin(version="1:1.0-1", package="0" * 64, binary=hashlib.sha256(PROGRAM).hexdigest())


class Unpacked:
    """What apt-get and dpkg-deb would have put there, and how often they were asked."""

    def __init__(self, program: bytes = PROGRAM) -> None:
        self.program, self.count = program, 0

    def __call__(self, _pin: Pin, folder: Path) -> None:
        self.count += 1
        (folder / "bin").mkdir()
        (folder / "bin" / "busybox").write_bytes(self.program)


def test_it_is_fetched_once(tmp_path: Path) -> None:
    unpacked = Unpacked()
    path = cached(OURS, tmp_path, unpacked)
    assert (path, path.read_bytes()) == (tmp_path / "1-1.0-1" / "busybox", PROGRAM)
    assert cached(OURS, tmp_path, unpacked) == path
    assert unpacked.count == 1
    assert [child.name for child in tmp_path.iterdir()] == ["1-1.0-1"]


def test_a_damaged_one_is_fetched_again(tmp_path: Path) -> None:
    cached(OURS, tmp_path, Unpacked()).write_bytes(b"half")
    assert cached(OURS, tmp_path, Unpacked()).read_bytes() == PROGRAM


def test_another_program_is_refused_and_nothing_stays(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="not the expected"):
        cached(OURS, tmp_path, Unpacked(b"another"))
    assert not list(tmp_path.iterdir())


def test_the_one_on_path_is_preferred(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "busybox"
    program.write_bytes(PROGRAM)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert fetch() == program


def test_where_there_is_none_one_sentence_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert get_busybox.main() == 3
    assert "no busybox on PATH, and none to be fetched; please install one." in capsys.readouterr().err
