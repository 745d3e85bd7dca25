from __future__ import annotations

import re

import pytest

from chartgen.drawing.picture import Grouping
from chartgen.drawing.text import ASCII, UNICODE, draw, glyphs_for
from tests.unit.drawing.platform import scene

WIDE = """\
shop 1.2.3 · 5 services, 5 calls, 3 waves

┌ wave 0 · 2 services · waits for none
│  mail        Deployment   http:81 disabled
│  stock       StatefulSet  http:8080 grpc:9090 (metrics:9100)  ⇢ end
│
├ wave 1 · 1 service · waits for wave 0
│  end         Deployment   http:80                             → stock:grpc
│
├ wave 2 · 2 services · waits for wave 1
│  nightly     CronJob                                          → end
│  shop-front  Deployment   http:82 exposed                     → end, mail?
└
→ waits for   ⇢ calls without waiting (startup: false)   name? may be switched off (optional)
name:port that port only   (port) hidden by its Service
"""


def test_wide() -> None:
    assert draw(scene(), width=100) == WIDE


@pytest.mark.parametrize("width", range(44, 140, 6))
def test_no_line_is_wider_than_the_terminal_but_for_single_words(width: int) -> None:
    for line in draw(scene(), width=width).splitlines()[2:]:
        words = re.sub(r"^[│├┌└] *", "", line)
        assert len(line) <= width or " " not in words


def test_calls_go_below_where_they_have_no_room_beside() -> None:
    lines = draw(scene(), width=70).splitlines()
    assert "│  shop-front  Deployment   http:82 exposed" in lines
    assert "│      → end, mail?" in lines


def test_without_unicode_it_is_ascii_even_where_people_are_not() -> None:
    text = draw(scene(), grouping=Grouping.OWNER, glyphs=glyphs_for("latin-1"))
    assert text.isascii()
    assert "-> end, mail?" in text


def test_free_text_cannot_steer_the_terminal() -> None:
    text = draw(scene(), grouping=Grouping.OWNER)
    assert "\x1b" not in text
    assert 'a"b\\n\\x1b[31m<script>' in text


def test_color_changes_nothing_but_color() -> None:
    colored = draw(scene(), color=True)
    assert "\x1b[" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == draw(scene())


def test_the_glyphs_follow_the_encoding() -> None:
    assert glyphs_for("utf-8") is UNICODE
    assert [glyphs_for(name) for name in ("ascii", "cp1252", None, "no-such-thing")] == [ASCII] * 4
