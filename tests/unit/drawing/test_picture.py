from __future__ import annotations

from chartgen.drawing.document import document
from chartgen.drawing.picture import Grouping, picture
from tests.unit.drawing.platform import scene, shop


def test_nodes_are_in_start_order_and_edges_that_do_not_wait_make_no_wave() -> None:
    assert [[node.name for node in wave] for wave in scene().by_wave()] == [
        ["mail", "stock"],
        ["end"],
        ["nightly", "shop-front"],
    ]


def test_a_part_holds_what_is_needed_and_who_needs_it_and_keeps_the_waves() -> None:
    part = picture(shop(), ["mail"])
    assert [(node.name, node.wave) for node in part.nodes] == [("mail", 0), ("shop-front", 2)]
    assert [(line.source, line.target) for line in part.lines] == [("shop-front", "mail")]


def test_groups_are_sorted_and_those_without_one_come_first() -> None:
    groups = scene().by_group(Grouping.OWNER)
    assert [[node.name for node in nodes] for _, nodes in groups] == [
        ["stock", "shop-front"],
        ["end"],
        ["mail", "nightly"],
    ]


def test_a_line_says_when_it_leaves_out_ports() -> None:
    assert [(line.target, line.ports) for line in scene().lines if line.narrowed] == [("stock", ("grpc",))]


def test_the_document_tells_everything() -> None:
    result = document(scene())
    assert result["platform"] == {"name": "shop", "version": "1.2.3"}
    assert result["waves"] == [["mail", "stock"], ["end"], ["nightly", "shop-front"]]
    assert {"from": "shop-front", "to": "mail", "ports": ["http"], "startup": True, "optional": True} in result["edges"]  # type: ignore[operator]
