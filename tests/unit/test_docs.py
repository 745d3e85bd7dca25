"""The pages that are made from the program are those that it makes."""

from __future__ import annotations

import re

from chartgen.codes import CODES
from chartgen.drawing.picture import picture
from chartgen.workflows import load
from scripts import codes_page, docs, language_page


def test_no_page_is_stale() -> None:
    assert docs.stale() == [], "run `make docs`"


def test_every_key_of_a_service_has_a_row() -> None:
    page = language_page.text()
    assert all(f"| `{key}` |" in page for key in ("healthEndpoint", "dependencies", "cpuThreshold", "seccompProfile"))


def test_conditions_on_labels_and_on_nodes_have_sections_of_their_own() -> None:
    sections = {
        title: rest for title, _, rest in (part.partition("\n") for part in language_page.text().split("\n## "))
    }
    assert "[mapping](#labelcondition)" in sections["labelSelector"]
    assert "`Gt`" not in sections["labelCondition"]
    assert "`Gt`" in sections["nodeCondition"]


def test_what_stands_beside_a_reference_is_no_section() -> None:
    """It narrows what is referred to, or names one use of it."""
    shared = {"type": "object", "properties": {"a": {"type": "integer"}}, "description": "Shared."}
    narrowed = {"$ref": "#/$defs/shared", "properties": {"a": {"maximum": 1}}, "description": "Narrowed."}
    own = {"$ref": "#/$defs/rules", "type": "object", "properties": {"b": {"type": "integer"}}}
    defined = {"shared": shared, "rules": {"allOf": []}}
    root = {"type": "object", "properties": {"one": narrowed, "two": own}, "$defs": defined}
    page = language_page.page(root)
    assert "| `one` | [mapping](#shared) | Narrowed. |" in page
    assert "| `two` | [mapping](#two) |" in page
    assert "## shared\n\nShared.\n\n| key | value | meaning |\n|---|---|---|\n| `a` | whole number |" in page


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
