"""The YAML writer: what is written reads back the same, by YAML 1.1 readers too, and reads well."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from chartgen.emit.yaml import Commented, Quoted, dump, dump_block, quoted, scalar

SCALARS = st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(VALUES)
def test_what_is_written_reads_back_the_same(value):
    assert yaml.safe_load(dump_block(value)) == value


LOOKS_LIKE_A_NUMBER = ["1e3", "12e03", "0123", "0x1F", "0o17", "1_000", ".5", "2024-01-01", "12:30"]
LOOKS_LIKE_A_WORD = ["yes", "No", "on", "null", "~", ""]
LOOKS_LIKE_SYNTAX = ["a: b", "a #b", "- a", "<<", "=", "!x", "&a", "*a", "{{ x }}", "[[ x ]]", "a:", " x", "x "]
UNPRINTABLE = ["\ufeff", "\x85", "\u2028", "\x7f"]


@pytest.mark.parametrize("text", [*LOOKS_LIKE_A_NUMBER, *LOOKS_LIKE_A_WORD, *LOOKS_LIKE_SYNTAX, *UNPRINTABLE])
def test_a_string_that_a_reader_could_take_for_something_else_is_quoted(text):
    assert scalar(text).startswith('"')
    assert yaml.safe_load(f"key: {scalar(text)}") == {"key": text}


@pytest.mark.parametrize(
    "text", ["api-gateway", "100m", "128Mi", "1.0.0", "ghcr.io/acme/x:1.2", "/health", "The only door"]
)
def test_a_plain_string_stays_bare(text):
    assert scalar(text) == text


def test_a_body_of_several_lines_is_a_literal_block():
    assert dump({"body": "a: 1\n\n  b: 2\n"}) == "body: |\n  a: 1\n\n    b: 2\n"
    assert dump({"body": "a\nb"}) == "body: |-\n  a\n  b\n"


@pytest.mark.parametrize("text", [" leading\nblank", "two\n\n", "cr\r\nlf\n", "\n", "trailing \n", "a\n\x00"])
def test_a_body_that_a_literal_block_could_change_is_quoted(text):
    assert yaml.safe_load(dump({"body": text})) == {"body": text}


def test_comments_stand_above_their_key():
    assert dump({"a": Commented("First.\nSecond.", {"b": 1})}) == "# First.\n# Second.\na:\n  b: 1\n"


def test_quotes_can_be_asked_for():
    assert dump({"appVersion": Quoted("1.0.0")}) == 'appVersion: "1.0.0"\n'
    assert quoted("é") == '"é"'
