from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from chartgen import loader
from chartgen.audit.objects import read
from chartgen.audit.values import read_values

BOMB = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdef", "bcdefg", strict=True)
)


@pytest.mark.parametrize("text", ["2001-99-99", "2024-02-28", "0b_", "1" * 5000, "1:30", "1:30.5", "<<", "="])
def test_what_is_no_number_to_go_is_text(text: str) -> None:
    """PyYAML raised a ValueError for some of these: a traceback instead of findings."""
    assert loader.load(f"x: {text}")[0] == {"x": text}
    assert list(loader.load_all(f"x: {text}")) == [{"x": text}]
    assert read_values(f"x: {text}\n", "values/dev/values.yaml") == ({"x": text}, [])


def test_numbers_are_numbers() -> None:
    assert loader.load("[12, 0x1F, 1.5, -3, 1_000]")[0] == [12, 31, 1.5, -3, 1000]


def test_truth_is_what_go_takes_for_it() -> None:
    assert loader.load("[y, N, Yes, off, 'y', yy]")[0] == [True, False, True, False, "y", "yy"]


@pytest.mark.parametrize(
    "text",
    [
        "x: !!bool maybe",
        "x: !!binary é",
        "x: \0",
        "x: \ud800",
        "? [a]\n: b",
        "x: &a {b: *a}",
        BOMB,
        "[" * 100_000,
        "{a: " * 50_000,
        "- " * 50_000,
    ],
)
def test_there_is_one_kind_of_error(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        loader.load(text)
    values, [found] = read_values(text, "values/dev/values.yaml")
    assert (values, found.code, found.span.file) == ({}, "CG562", "values/dev/values.yaml")


def test_a_day_in_an_overlay_is_text() -> None:
    thing, found = read(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {day: 2024-02-30}}\n", "overlays/a.yaml"
    )
    assert thing is not None
    assert not found
    assert thing.data["metadata"]["annotations"] == {"day": "2024-02-30"}


ODD = [
    "",
    "# nothing",
    "just text",
    "a: 1\na: 2\nb: {c: 1, c: 2}",
    "<<: {a: b}",
    "x: &a 1\ny: *a",
    "x: !!str 1",
    "? a\n: b",
    "? [a]\n: b",
    "1: a\ntrue: b\nnull: c\n2024-01-01: d",
    "a: 'y'\nb: yes\nc: ~\nd: 0o17\ne: 017\nf: 1e3\ng: .inf",
    "a: |\n  text\n  more\nb: >-\n  folded\n  text",
    "[1, [2, {a: [3]}], {}]",
    "a: 1\n---\nb: 2",
    "---\na: 1\n...\n",
    "a: [",
    "=: 1",
    "{a, b: c}",
]
WORDS = st.sampled_from(["a", "1", "true", "~", "'q'", "<<", "=", "x y", "1:30", "2024-01-01", "&n v", "!!str 1", "*n"])
FLOW: st.SearchStrategy[str] = st.recursive(
    WORDS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]")
        | st.lists(st.tuples(WORDS, inner), max_size=3).map(
            lambda pairs: "{" + ", ".join(f"{key} : {value}" for key, value in pairs) + "}"
        )
    ),
    max_leaves=8,
)


def answer(read: Callable[[str], object], text: str) -> object:
    try:
        return read(text)
    except (yaml.YAMLError, ValueError, TypeError):
        return "no YAML"


@pytest.mark.parametrize("text", ODD)
def test_the_quick_way_reads_as_the_long_one(text: str) -> None:
    assert answer(loader.load, text) == answer(loader._slowly, text)


@given(FLOW)
def test_the_quick_way_reads_any_text_as_the_long_one(text: str) -> None:
    assert answer(loader.load, text) == answer(loader._slowly, text)
