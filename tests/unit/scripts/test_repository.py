"""What must not be in this repository, and what must be pinned in it."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LOCKS = sorted(ROOT.glob("requirements-*.lock"))
ENTRY = re.compile(r"[a-z0-9][a-z0-9-]*==[0-9][0-9a-z.]*( \\\n    --hash=sha256:[0-9a-f]{64})+\n")
INDEX = re.compile(r"(--(extra-)?index-url|index-url\s*=|find-links|trusted-host|files\.pythonhosted|/simple/?\b)")
MACHINE = re.compile(r"(?<![\w.])/(work|root|home/[a-z]+|Users)/|/tmp/t/")
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XXX)\b")


def tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [path for name in names.split("\0") if name and (path := ROOT / name).is_file()]


def found(pattern: re.Pattern[str]) -> list[str]:
    this = Path(__file__)
    texts = ((path, path.read_text(encoding="utf-8", errors="replace")) for path in tracked() if path != this)
    return [f"{path.relative_to(ROOT)}: {hit[0]}" for path, text in texts for hit in pattern.finditer(text)]


@pytest.mark.parametrize("pattern", [INDEX, MACHINE, UNFINISHED], ids=["index", "machine", "unfinished"])
def test_no_registry_machine_path_or_unfinished_work_is_committed(pattern: re.Pattern[str]) -> None:
    assert found(pattern) == []


BYTES_ON_PURPOSE = {"registry.yaml", "registry.bin"}
"""Cases of registries in other encodings, or with characters that no registry may hold."""


def test_no_binary_is_committed() -> None:
    binary = [path.name for path in tracked() if b"\0" in path.read_bytes() and path.name not in BYTES_ON_PURPOSE]
    assert binary == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_holds_names_versions_and_hashes_alone(lock: Path) -> None:
    assert ENTRY.sub("", lock.read_text(encoding="utf-8")) == ""


def test_the_lock_holds_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    runtime = {re.split(r"[<>=]", requirement)[0] for requirement in project["dependencies"]}
    asked = set((ROOT / "requirements-dev.in").read_text(encoding="utf-8").split())
    locked = set(
        re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements-dev.lock").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert runtime == {"click", "jinja2", "jsonschema-rs", "pyyaml"}
    assert runtime <= asked <= locked


def test_every_action_is_pinned_by_commit() -> None:
    workflows = [path for path in tracked() if path.is_relative_to(ROOT / ".github" / "workflows")]
    uses = [hit for path in workflows for hit in re.findall(r"uses:\s*(.+)", path.read_text(encoding="utf-8"))]
    assert uses
    assert [use for use in uses if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v[\d.]+", use)] == []


def test_ci_calls_the_command_of_the_readme() -> None:
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
