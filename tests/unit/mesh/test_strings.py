"""The matchers against regular expressions that are built in another way."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartgen.mesh import strings
from chartgen.mesh.paths import Normalization, compared

TEXTS = st.text(alphabet="ab/.*", max_size=6)
PLAIN = st.text(alphabet="ab/.", max_size=6)


def expression(value: str) -> str:
    """The value as Istio's documentation has it."""
    if value == "*":
        return ".+"
    if value.startswith("*"):
        return ".*" + re.escape(value[1:])
    if value.endswith("*"):
        return re.escape(value[:-1]) + ".*"
    return re.escape(value)


@given(st.lists(TEXTS.filter(bool), min_size=1, max_size=4), PLAIN)
def test_a_matcher_is_its_expression(values: list[str], text: str) -> None:
    wanted = any(re.fullmatch(expression(value), text) for value in values)
    assert bool(strings.matcher(values)(text)) is wanted
    assert bool(strings.path(list(values))(text)) is wanted
    assert bool(strings.present(values)(text)) is (wanted or "*" in values)
    assert bool(strings.host([each.upper() for each in values])(text)) is (wanted or "*" in values)


@given(st.lists(st.sampled_from(["a", "b.c", "{*}", "{**}"]), min_size=1, max_size=4), st.text("abc./", max_size=8))
def test_a_template_is_its_expression(segments: list[str], text: str) -> None:
    if segments.count("{**}") > 1 or "{**}" in segments[:-1]:
        segments = [each for each in segments if each != "{**}"] or ["{*}"]
    parts = {"{*}": "[^/]+", "{**}": ".*"}
    wanted = re.fullmatch("/" + "/".join(parts.get(each, re.escape(each)) for each in segments), "/" + text)
    assert bool(strings.path(["/" + "/".join(segments)])("/" + text)) is bool(wanted)


@given(st.text("abs*", min_size=1, max_size=5), st.text("abs", max_size=5))
def test_a_namespace_knows_stars_anywhere(value: str, text: str) -> None:
    pattern = "".join(".*" if char == "*" else char for char in value)
    assert strings.namespace([value])(text) is bool(re.fullmatch(pattern, text))


@pytest.mark.parametrize(
    ("sent", "base", "merged", "decoded"),
    [
        ("/", "/", "/", "/"),
        ("/a?b#c", "/a", "/a", "/a"),
        ("/a#b?c", "/a", "/a", "/a"),
        ("/a/./b", "/a/b", "/a/b", "/a/b"),
        ("/a/../b", "/b", "/b", "/b"),
        ("/a/..", "/", "/", "/"),
        ("/a/.", "/a/", "/a/", "/a/"),
        ("/../../a", "/a", "/a", "/a"),
        ("/%2e%2e/a", "/a", "/a", "/a"),
        ("/a/%2E./b", "/b", "/b", "/b"),
        ("//a", "//a", "/a", "/a"),
        ("/a//b", "/a//b", "/a/b", "/a/b"),
        ("/a//../b", "/a/b", "/a/b", "/a/b"),
        ("/a%2fb", "/a%2fb", "/a%2fb", "/a/b"),
        ("/a/..%2Fb", "/a/..%2Fb", "/a/..%2Fb", "/b"),
        ("/a%2f%2fb", "/a%2f%2fb", "/a%2f%2fb", "/a/b"),
        ("/a%5cb", "/a%5cb", "/a%5cb", "/a/b"),
        ("/a\\b", "/a/b", "/a/b", "/a/b"),
        ("/%41%7e", "/A~", "/A~", "/A~"),
        ("/%zz", "/%zz", "/%zz", "/%zz"),
        ("/a;v=1", "/a;v=1", "/a;v=1", "/a;v=1"),
        ("/...", "/...", "/...", "/..."),
        ("/.a/..b", "/.a/..b", "/.a/..b", "/.a/..b"),
    ],
)
def test_what_a_proxy_compares(sent: str, base: str, merged: str, decoded: str) -> None:
    assert compared(sent, Normalization.BASE) == base
    assert compared(sent, Normalization.MERGE_SLASHES) == merged
    assert compared(sent, Normalization.DECODE_AND_MERGE_SLASHES) == decoded
    assert compared(sent, Normalization.NONE) == sent.partition("#")[0].partition("?")[0]


def test_what_is_no_path_is_none() -> None:
    assert not compared("a/b", Normalization.BASE)
    assert not compared("", Normalization.BASE)


@given(st.text("a/.%2eEfF\\", max_size=12))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    for how in (Normalization.NONE, Normalization.BASE, Normalization.MERGE_SLASHES):
        once = compared("/" + text, how)
        assert once.startswith("/")
        if "%25" not in once and not re.search("%[0-9A-Fa-f]*%", once):
            assert compared(once, how) == once
