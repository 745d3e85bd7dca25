from __future__ import annotations

from chartgen.drawing.document import document
from chartgen.drawing.picture import Grouping, picture
from chartgen.drawing.text import draw
from chartgen.registry import compile_registry
from chartgen.registry.model import Registry
from scripts.golden import CASES
from tests.unit.drawing.platform import scene, shop


def registry_of(case: str) -> Registry:
    data = (CASES / case / "registry.yaml").read_bytes()
    result = compile_registry("registry.yaml", data, lambda _: None)
    assert result.registry is not None
    return result.registry


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
    edge = {"from": "shop-front", "to": "mail", "ports": ["http"], "startup": True, "optional": True}
    assert {**edge, "finishes": False, "versions": []} in result["edges"]  # type: ignore[operator]


def test_versions_are_one_node_and_those_that_call_are_named() -> None:
    drawn = picture(registry_of("versions"))
    [reviews] = [node for node in drawn.nodes if node.name == "reviews"]
    assert reviews.note == "v1=80% v2=20% (v3)"
    assert [each["name"] for each in document(drawn)["nodes"] if each["versions"]] == [  # type: ignore[index, union-attr, call-overload]
        "details", "ratings", "reviews"
    ]  # fmt: skip
    calls = {(line.source, line.target): line.versions for line in drawn.lines}
    assert calls["reviews", "ratings"] == ("v2", "v3")
    assert calls["productpage", "reviews"] == ()


def test_a_line_says_that_its_target_comes_to_an_end() -> None:
    drawn = picture(registry_of("odd-shapes"))
    assert [(line.source, line.target) for line in drawn.lines if line.finishes] == [("frontend", "migrate")]
    [frontend] = [node for node in drawn.nodes if node.name == "frontend"]
    assert (frontend.aliases, frontend.exposed) == (("frontend-external", "shop"), True)
    assert "→ flags, migrate!" in draw(drawn)
