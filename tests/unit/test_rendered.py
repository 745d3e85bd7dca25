"""`--rendered` of what is none: one finding says so, and nothing that follows from it."""

from __future__ import annotations

import shutil
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
