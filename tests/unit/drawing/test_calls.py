"""The picture and the page of who may call whom."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

from chartgen.drawing.calls import grid, page, svg
from chartgen.mesh.grants import Why
from chartgen.mesh.matrix import Row
from chartgen.mesh.tables import as_data, as_text, outward_as_text

PLAIN = Row(callee="orders", port=80, port_name="http", caller="web", account="shop/web", why=Why.EDGE)
NARROWED = replace(PLAIN, callee="prices", methods=("GET",), paths=("/v1/*",))
GUARDED = replace(PLAIN, callee="rates", token=True)
DOOR = replace(PLAIN, callee="web", caller="ingress", account="shop/door", why=Why.PUBLIC)
ROWS = [PLAIN, NARROWED, GUARDED, DOOR]


def test_callers_stand_in_the_callees_order_and_those_from_outside_last():
    found = grid([*ROWS, replace(PLAIN, caller="admin")])
    assert found.callees == ("orders", "prices", "rates", "web")
    assert found.callers == ("admin", "web", "ingress")


def test_a_cell_says_how_its_calls_are_narrowed():
    cells = {(cell.column, cell.row): cell for cell in grid(ROWS).cells}
    assert [(cells[at].sort, cells[at].narrowed, cells[at].token) for at in ((0, 0), (1, 0), (2, 0), (3, 1))] == [
        ("declared", False, False),
        ("declared", True, False),
        ("declared", False, True),
        ("exception", False, False),
    ]
    assert cells[1, 0].title == "web → prices\n:80 http GET /v1/*"


def test_a_cell_of_which_one_call_is_not_narrowed_is_full():
    [cell] = grid([NARROWED, replace(NARROWED, port=81, methods=(), paths=())]).cells
    assert not cell.narrowed


def test_the_picture_is_xml_whatever_names_hold():
    root = ElementTree.fromstring(svg([replace(PLAIN, caller='<script>"&', callee="a]]>b")]))
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert '<script>"&' in texts
    assert "a]]>b" in texts


def test_there_may_be_nothing_to_draw():
    assert ElementTree.fromstring(svg([])) is not None
    assert "0 callees" in page("shop", [])


def test_the_page_needs_no_other_file_and_escapes():
    text = page("<shop>", [replace(PLAIN, reason="<b>why</b>")], ["dev"], ["a <note>"])
    assert "<b>" not in text
    assert "&lt;shop&gt;" in text
    assert "a &lt;note&gt;" in text
    assert not re.findall(r"""(?:src|href)=|url\(|@import""", text)
    HTMLParser().feed(text)


def test_the_page_of_a_thousand_services_has_a_search_in_place_of_a_grid():
    rows = [replace(PLAIN, callee=f"callee-{number}") for number in range(1000)]
    text = page("shop", rows)
    assert "<svg" not in text
    assert 'type="search"' in text
    assert text.count("<section>") == 1000


def test_calls_that_not_all_environments_have_say_so():
    rows = [replace(PLAIN, sets=("dev",)), replace(NARROWED, sets=("dev", "prod"))]
    assert page("shop", rows, ["dev", "prod"]).count("with dev alone") == 1


def test_calls_that_leave_the_platform_are_told_apart():
    out = replace(PLAIN, callee="bank", port=443, port_name="https", hosts=("bank.example.com",), outside=True)
    assert as_text([PLAIN, out]) == "orders\n  :80 http  ← web"
    assert outward_as_text([PLAIN, out]) == "bank\n  :443 https  ← web: host bank.example.com"
    assert "<h2>bank (outside)</h2>" in page("shop", [PLAIN, out])
    assert [row["kind"] for row in as_data([PLAIN, out])] == ["inside", "outside"]


def test_udp_is_named():
    udp = replace(PLAIN, port=53, port_name="dns", transport="UDP")
    assert as_text([replace(udp, transport="TCP", port_name="tcp"), udp]) == (
        "orders\n  :53 tcp      ← web\n  :53/udp dns  ← web"
    )
    assert as_data([udp])[0]["transport"] == "UDP"
