"""`--rendered` of what is none: one finding says so, and nothing that follows from it."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from chartgen.errors import UsageError
from chartgen.mesh.asking import Asking
from chartgen.workflows import explain, rendered
from tests.unit.mesh.test_verify_cases import BASE, CASES

NONE = [
    (b"", "CG771", "there is no workload here, so there is nothing to prove"),
    (b"# nothing\n---\n---\n", "CG771", "there is no workload here, so there is nothing to prove"),
    (b"\x1f\x8b\x08\x00\n---\n\xff", "CG770", "this document is no text in UTF-8: byte 2 is 0x8b"),
    (b"\xff\xfek\0i\0", "CG770", "this document is no text in UTF-8: byte 1 is 0xff"),
    (b"PK\x03\x04", "CG770", "this document is not YAML: "),
    (b"hello\n", "CG770", "this document is no object: it has no kind and no metadata that could be read"),
    (b"kind: [Pod]\nmetadata: {name: x}\n", "CG770", "this document is no object: it has no kind that could be read"),
]


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize(("data", "code", "words"), NONE)
def test_what_holds_no_manifests_is_told_once(tmp_path: Path, data: bytes, code: str, words: str, alone: bool) -> None:
    shutil.copy(CASES / "registry.yaml", tmp_path)
    (tmp_path / "all.yaml").write_bytes(data)
    [told] = rendered.run(tmp_path, "all.yaml", alone=alone).diagnostics
    assert told.code == code
    assert told.message.startswith(words)


def test_nothing_is_answered_where_a_document_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(f"{BASE}---\n[", encoding="utf-8")
    with pytest.raises(UsageError, match=r"all\.yaml:\d+: this document is not YAML"):
        explain.of_manifests(tmp_path, "all.yaml", Asking(caller="web", callee="orders"))


OPEN = """\
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: open}
spec: {rules: [{}]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One with manifests of which nothing is to be said."""
    shutil.copy(CASES / "registry.yaml", tmp_path)
    (tmp_path / "all").mkdir()
    (tmp_path / "all" / "base.yaml").write_text(BASE, encoding="utf-8")
    assert rendered.run(tmp_path, "all").diagnostics == ()
    return tmp_path / "all"


@pytest.mark.parametrize("name", ["open.YAML", "open.Yml", "below/open.json", ".hidden/open.yaml"])
def test_nothing_in_a_folder_is_left_out(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(OPEN, encoding="utf-8")
    assert rendered.run(folder.parent, "all").diagnostics


def test_links_to_folders_are_followed_once(folder: Path) -> None:
    (folder.parent / "more").mkdir()
    (folder.parent / "more" / "open.yaml").write_text(OPEN, encoding="utf-8")
    (folder / "round").symlink_to(folder)
    assert rendered.run(folder.parent, "all").diagnostics == ()
    (folder / "more").symlink_to(folder.parent / "more")
    assert rendered.run(folder.parent, "all").diagnostics


def test_what_of_a_folder_cannot_be_read_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = folder / "b.yaml"
    link.symlink_to(folder / "gone")
    with pytest.raises(UsageError, match=r"cannot read .*b\.yaml: the link points nowhere"):
        rendered.run(folder.parent, "all")
    link.unlink()
    link.symlink_to(link)
    with pytest.raises(UsageError, match=r"cannot read .*: too many levels of symbolic links"):
        rendered.run(folder.parent, "all")
    link.unlink()
    (folder / "closed").mkdir()
    scandir = os.scandir

    def closed(path: str) -> Iterator[os.DirEntry[str]]:
        if path.endswith("closed"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    with pytest.raises(UsageError, match=r"cannot read .*closed: permission denied"):
        rendered.run(folder.parent, "all")
