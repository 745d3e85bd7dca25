"""The pages that are made from the program are those that it makes."""

from __future__ import annotations

import re

from chartgen.codes import CODES
from chartgen.drawing.picture import picture
from chartgen.workflows import load
from scripts import codes_page, docs


def test_no_page_is_stale() -> None:
    assert docs.stale() == [], "run `make docs`"


def test_every_code_has_a_section() -> None:
    page = codes_page.text()
    assert all(f"### {code}: " in page for code in CODES)


def test_the_picture_shows_the_calls_of_the_registry() -> None:
    registry = load.run(docs.ROOT).registry
    assert registry is not None
    titles = re.findall(
        r"<title>(.*?)</title>", (docs.ROOT / "docs" / "images" / "graph.svg").read_text(encoding="utf-8")
    )
    scene = picture(registry)
    calls = {f"{line.source}->{line.target}" for line in scene.lines}
    drawn = {title.replace("&#45;", "-").replace("&gt;", ">") for title in titles}
    assert drawn == {scene.name, *(node.name for node in scene.nodes), *calls}, "run `make picture`"
