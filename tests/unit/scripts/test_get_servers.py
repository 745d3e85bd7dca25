"""The servers that tests/servers runs: fetched once, made visible whole, or named in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from chartgen.errors import ToolError
from chartgen.tools.process import Completed
from scripts import get_servers

SIMULATED = """\
Reading package lists...
Inst libjemalloc2 (5.3.0-1 Debian:12.15/oldstable [amd64])
Inst redis-tools (5:7.0.15-1~deb12u10 Debian-Security:12/oldstable-security [amd64])
Conf libjemalloc2 (5.3.0-1 Debian:12.15/oldstable [amd64])
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(get_servers, "tools_cache", lambda: tmp_path)
    return tmp_path


def test_a_server_is_fetched_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[str, ...]] = []

    def unpack(packages: tuple[str, ...], folder: Path) -> None:
        made.append(packages)
        (folder / "usr").mkdir()

    monkeypatch.setattr(get_servers, "_debian", unpack)
    first = get_servers.fetch("memcached")
    assert (first / "usr").is_dir() and first == get_servers.fetch("memcached")
    assert made == [("memcached",)]


def test_what_fails_half_way_is_not_there(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(packages: tuple[str, ...], folder: Path) -> None:
        (folder / "usr").mkdir()
        raise ToolError("the network went away")

    monkeypatch.setattr(get_servers, "_debian", half)
    with pytest.raises(ToolError):
        get_servers.fetch("redis")
    assert not [path for path in (cache / "servers" / "redis").iterdir() if not path.name.startswith(".partial-")]


def test_only_what_the_machine_lacks_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_servers, "run", _answers(0, SIMULATED))
    assert get_servers._lacking(("redis-server",)) == ["libjemalloc2=5.3.0-1", "redis-tools=5:7.0.15-1~deb12u10"]


def test_without_packages_it_says_what_to_install(
    cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(get_servers, "run", _answers(100, ""))
    assert get_servers.main() == 3
    assert "please install postgresql libnss-wrapper." in capsys.readouterr().err


def _answers(code: int, stdout: str) -> Any:
    def run(argv: Sequence[str], **_: object) -> Completed:
        return Completed(argv=tuple(argv), code=code, stdout=stdout, stderr="")

    return run


def test_old_folders_join_the_new_ones(tmp_path: Path) -> None:
    for place in ("lib/x86_64-linux-gnu/libaio.so.1", "usr/lib/x86_64-linux-gnu/libother.so.1"):
        (tmp_path / place).parent.mkdir(parents=True)
        (tmp_path / place).touch()
    get_servers._merge_tops(tmp_path)
    assert sorted(path.name for path in (tmp_path / "usr/lib/x86_64-linux-gnu").iterdir()) == [
        "libaio.so.1",
        "libother.so.1",
    ]
    assert not (tmp_path / "lib").exists()
