"""The four examples: complete, compiled without change, linted without error, and without a hole in the language."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING

import pytest

from chartgen.diagnostics import Severity
from chartgen.drawing.picture import picture
from chartgen.workflows import generate, lint, load
from tests.helm.conformance import DATA, SYSTEMS
from tests.helm.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from chartgen.tools.helm import Helm

EXAMPLES = ROOT / "examples"
each_example = pytest.mark.parametrize("name", SYSTEMS)


def test_every_example_has_its_facts() -> None:
    assert sorted(path.parent.name for path in EXAMPLES.glob("*/registry.yaml")) == SYSTEMS


@each_example
def test_the_readme_names_source_and_licence(name: str) -> None:
    facts = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    readme = (EXAMPLES / name / "README.md").read_text(encoding="utf-8")
    sources = re.findall(r"(\w[-\w]+/[-\w]+)@([0-9a-f]{40})", facts["source"])
    assert sources
    assert all(word in readme for word in (facts["licence"], *(part for source in sources for part in source)))


@each_example
def test_generated_twice_unchanged_and_linted(name: str, helm43: Helm, tmp_path: Path) -> None:
    root = tmp_path / name
    shutil.copytree(EXAMPLES / name, root)
    generated = generate.run(root)
    assert generated.created
    assert generate.run(root).changed == 0
    linted = lint.run(root, helm=helm43.path)
    found = [*generated.diagnostics, *linted.diagnostics]
    assert [one for one in found if one.severity is Severity.ERROR] == []
    readme = (EXAMPLES / name / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"CG\d{3}", readme)) == {one.code for one in found}, "the README names the warnings that stay"


@each_example
def test_nothing_needs_a_patch(name: str) -> None:
    registry = load.run(EXAMPLES / name).registry
    assert registry is not None
    assert not [node.name for node in registry.charts() if node.patches]


@each_example
def test_the_picture_shows_the_calls(name: str) -> None:
    registry = load.run(EXAMPLES / name).registry
    assert registry is not None
    scene = picture(registry)
    calls = {f"{line.source}->{line.target}" for line in scene.lines}
    titles = re.findall(r"<title>(.*?)</title>", (EXAMPLES / name / "graph.svg").read_text(encoding="utf-8"))
    drawn = {title.replace("&#45;", "-").replace("&gt;", ">") for title in titles}
    assert drawn == {scene.name, *(node.name for node in scene.nodes), *calls}, "run `make picture`"
