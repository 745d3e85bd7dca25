"""Mermaid and DOT: what they say, and that no text can say more than it is meant to."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from chartgen.drawing.dot import dot
from chartgen.drawing.mermaid import mermaid
from chartgen.drawing.picture import Grouping, Picture
from tests.unit.drawing.platform import scene

MERMAID = """\
flowchart TB
  s_mail["mail<br/>http:81"]
  s_stock[("stock<br/>StatefulSet http:8080 grpc:9090")]
  s_end["end<br/>http:80"]
  s_nightly(["nightly<br/>CronJob"])
  s_shop_front["shop-front<br/>http:82"]
  s_end -->|"grpc"| s_stock
  s_nightly --> s_end
  s_shop_front --> s_end
  s_shop_front -->|"optional"| s_mail
  s_stock -.-> s_end
  classDef exposed stroke-width:3px
  class s_shop_front exposed
  classDef disabled stroke-dasharray:4 3,opacity:0.6
  class s_mail disabled
"""


def test_mermaid() -> None:
    assert mermaid(scene()) == MERMAID


def test_mermaid_writes_as_entities_what_it_could_read() -> None:
    heads = [line for line in mermaid(scene(), Grouping.OWNER).splitlines() if "subgraph" in line]
    label = "a#34;b  #91;31m#60;script#62; #35;quot#59; #96;x#96; é 世界 #92; #38;amp#59; #123;#123; y #125;#125;"
    assert heads[0] == f'  subgraph g1["{label}"]'
    assert heads[1] == '  subgraph g2["post"]'


def test_dot_draws_waves_on_ranks_and_marks_edges() -> None:
    text = dot(scene())
    assert text.count("rank=same") == 3
    assert '"stock" -> "end" [style=dashed, constraint=false]' in text
    assert '"shop-front" -> "mail" [label="optional"]' in text
    assert '"end" -> "stock" [label="grpc"]' in text


@pytest.mark.parametrize("grouping", list(Grouping))
def test_dot_strings_end_where_they_should(grouping: Grouping) -> None:
    for line in dot(scene(), grouping).splitlines():
        bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", line)
        assert re.fullmatch(r"[\w\s\[\]{}=,.;>-]*", bare), line


def test_dot_shows_entities_as_they_were_written() -> None:
    assert r"\\ &amp;amp; {{ y }}" in dot(scene(), Grouping.OWNER)


@pytest.mark.parametrize("write", [dot, mermaid])
def test_an_empty_picture_is_still_a_drawing(write: Callable[[Picture], str]) -> None:
    empty = Picture(name="none", version="1.0.0", nodes=(), lines=())
    assert write(empty).endswith("\n")
