"""The README is true: its session prints what it shows, its links lead somewhere, its first steps work. The sessions of
docs/mesh.md too."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(page: str = README) -> list[str]:
    """The indented blocks, without their indentation."""
    found = re.findall(r"(?:^ {4}.*\n|^\n(?= {4}))+", page, re.MULTILINE)
    return [re.sub(r"^ {4}", "", block, flags=re.MULTILINE).strip("\n") for block in found]


SESSION = [
    tuple(part.split("\n", 1))
    for page in (README, (ROOT / "docs" / "mesh.md").read_text(encoding="utf-8"))
    for block in blocks(page)
    if "$ " in block
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
]


@pytest.fixture
def path(helm43):
    """A PATH with this environment's chartgen and the pinned helm."""
    return os.pathsep.join([str(Path(sys.executable).parent), str(Path(helm43.path).parent), os.environ["PATH"]])


def run(command: str, folder: Path, path: str) -> subprocess.CompletedProcess[str]:
    """One command; both streams come together, as on a terminal."""
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path, "COLUMNS": "100", "LC_ALL": "C.UTF-8"},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )


@pytest.mark.parametrize(("command", "output"), SESSION, ids=[command for command, _ in SESSION])
def test_the_session_prints_what_the_readme_shows(command, output, tmp_path, path):
    for name in ("registry.yaml", "charts", "values"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, tmp_path / name)
    done = run(command, tmp_path, path)
    assert done.returncode == 0, done.stdout
    assert done.stdout.rstrip() == output.rstrip()


def test_there_is_a_session():
    assert len(SESSION) >= 5


def test_the_mistake_is_answered_as_shown(tmp_path, path):
    [shown] = [block for block in blocks() if "error[CG203]" in block]
    text = (ROOT / "registry.yaml").read_text(encoding="utf-8")
    (tmp_path / "registry.yaml").write_text(text.replace("{service: pricing-engine,", "{service: pricing-engin,"))
    done = run("chartgen validate", tmp_path, path)
    assert done.returncode == 1
    assert done.stdout.startswith(shown)


def test_the_picture_of_calls_is_the_one_that_verify_draws(path):
    done = run("chartgen verify -o svg 2>/dev/null", ROOT, path)
    assert done.stdout == (ROOT / "docs" / "images" / "matrix.svg").read_text(encoding="utf-8")


def test_the_first_steps_work(tmp_path, path):
    [steps] = [block for block in blocks() if block.startswith("chartgen init")]
    done = run("set -e\n" + steps.replace("helm install", "helm template"), tmp_path, path)
    assert done.returncode == 0, done.stdout
    assert "kind: Deployment" in done.stdout


def test_the_service_shown_is_the_registrys_own():
    [shown] = [block for block in blocks() if block.startswith("- name: ticket-service")]
    assert re.sub("^", "  ", shown, flags=re.MULTILINE) in (ROOT / "registry.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{p.name}" for p in sorted((ROOT / "docs").glob("*.md")))])
def test_links_lead_somewhere(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    text = re.sub(r"``.*?``|`[^`]*`", "", text)
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert (ROOT / page).parent.joinpath(target).exists(), target
