from __future__ import annotations

from typing import Any

import pytest

from chartgen.registry.images import build_image, is_reference, is_tag, split_image, under_prefix
from chartgen.registry.model import Images

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("x", {"repository": "x"}),
        ("x:1", {"repository": "x", "tag": "1"}),
        ("host:5000/x", {"repository": "host:5000/x"}),
        ("host:5000/x:1", {"repository": "host:5000/x", "tag": "1"}),
        (f"x:1@{DIGEST}", {"repository": "x", "tag": "1", "digest": DIGEST}),
        (f"host:5000/x@{DIGEST}", {"repository": "host:5000/x", "digest": DIGEST}),
    ],
)
def test_split(text: str, parts: dict[str, Any]) -> None:
    assert split_image(text) == parts


def test_no_image_is_the_one_under_the_prefix() -> None:
    assert build_image({}, "orders", Images(prefix="r.example.com/shop")).repository == "r.example.com/shop/orders"
    assert build_image({}, "orders", Images()).repository == "orders"


def test_under_the_prefix_means_a_whole_part() -> None:
    assert under_prefix("shop/orders", Images(prefix="shop"))
    assert not under_prefix("shopping/orders", Images(prefix="shop"))
    assert not under_prefix("orders", Images())


def test_tags() -> None:
    assert is_tag("1.2_x-y")
    assert not is_tag("1.0+build")
    assert not is_tag("-x")
    assert not is_tag("")


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        (f"x@{DIGEST}", True),
        (f"x:1@sha512:{'0' * 128}", True),
        (f"x@sha256:{'0' * 32}", False),
        (f"x@sha256:{'0' * 65}", False),
        (f"x@md5:{'0' * 32}", False),
        (f"x:{'a' * 128}", True),
        (f"x:{'a' * 129}", False),
    ],
)
def test_references(text: str, fits: bool) -> None:
    assert is_reference(text) is fits
