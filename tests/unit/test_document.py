from __future__ import annotations

import gc
from typing import Any

import pytest
import yaml

from chartgen.diagnostics import Diagnostic, Span
from chartgen.registry import document as module
from chartgen.registry.builder import MAX_DEPTH, Budget
from chartgen.registry.document import Document, parse


def read(text: str | bytes) -> Document:
    document, found = parse("r.yaml", text.encode() if isinstance(text, str) else text)
    assert not found
    assert document is not None
    return document


def refused(text: str | bytes) -> list[Diagnostic]:
    document, found = parse("r.yaml", text.encode() if isinstance(text, str) else text)
    assert document is None
    assert found
    return found


def codes(text: str | bytes) -> list[str]:
    return [diagnostic.code for diagnostic in refused(text)]


def value(source: str) -> Any:
    return read(f"v: {source}\n").data["v"]  # type: ignore[index,call-overload]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("y", "y"),
        ("12:30", "12:30"),
        ("0123", 123),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("1e3", 1000),
        ("1.5", 1.5),
        ("1.0", 1),
        (".5", 0.5),
        ("-7", -7),
        ("+7", 7),
        ("9223372036854775807", 9223372036854775807),
        ("1.5.2", "1.5.2"),
        ("2024-01-01", "2024-01-01"),
        ("~", None),
        ("null", None),
        ("", None),
        ("None", "None"),
        ("True", True),
        ("false", False),
        ("tRUE", "tRUE"),
        ("'5'", "5"),
        ('"true"', "true"),
        ("|\n  5\n", "5\n"),
        ("!!str 5", "5"),
        ("! 5", "5"),
        ("!!int '5'", 5),
        ("!!float 5", 5),
        ("!!null ~", None),
        ("!!seq [!!map {a: !!bool true}]", [{"a": True}]),
        ("caf\u00e9 \U0001f600", "caf\u00e9 \U0001f600"),
    ],
)
def test_scalars_are_read_as_yaml_1_2(source: str, expected: object) -> None:
    found = value(source)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("key", ["env", "settings", "labels", "annotations"])
def test_text_maps_keep_their_source(key: str) -> None:
    document = read(f"{key}: {{A: 0123, B: yes, C: 1e3, D: true, E: ~, F: '', G: 1.50, H: .nan, I: {'9' * 30}}}\n")
    assert document.data == {
        key: {
            "A": "0123", "B": "yes", "C": "1e3", "D": "true", "E": None, "F": "", "G": "1.50", "H": ".nan",
            "I": "9" * 30,
        }
    }  # fmt: skip


def test_arguments_keep_their_source() -> None:
    assert read("args: [1, 2.50, true, ~]\n").data == {"args": ["1", "2.50", "true", None]}


def test_text_is_one_level_deep() -> None:
    """A variable that happens to be called args is a variable; what describes it has its own types."""
    text = "env: {A: {secret: s, optional: true}, args: {optional: true}}\n"
    assert read(text).data == {"env": {"A": {"secret": "s", "optional": True}, "args": {"optional": True}}}


def test_an_alias_is_read_where_it_stands() -> None:
    text = "a: &n 0123\nenv: {X: *n, Y: &m 0123}\nb: *m\n"
    assert read(text).data == {"a": 123, "env": {"X": "0123", "Y": "0123"}, "b": 123}


SAMPLE = """\
# services
services:
  - name: orders
    env: &env {A: "x", B: y}
    port:
  - name: "pay\u00e9"  # comment
    env: *env
    list: [1, {k: v}]
"""


@pytest.mark.parametrize(
    ("path", "key", "place"),
    [
        (("services", 0, "name"), False, (3, 11, 3, 17)),
        (("services", 0, "name"), True, (3, 5, 3, 9)),
        (("services", 0, "env", "B"), False, (4, 27, 4, 28)),
        (("services", 0), False, (3, 5, 3, 9)),
        (("services", 0, "port"), False, (5, 5, 5, 9)),
        (("services", 1, "name"), False, (6, 11, 6, 17)),
        (("services", 1, "env", "B"), False, (4, 27, 4, 28)),
        (("services", 1, "env"), False, (7, 10, 7, 14)),
        (("services", 1, "list", 1, "k"), False, (8, 19, 8, 20)),
        (("services", 1, "list", 1), False, (8, 15, 8, 16)),
        (("services", 1, "missing", "deeper"), True, (6, 5, 6, 9)),
        (("services", 7), True, (2, 1, 2, 9)),
        ((), False, (2, 1, 2, 9)),
    ],
)
def test_spans(path: tuple[str | int, ...], key: bool, place: tuple[int, int, int, int]) -> None:
    assert read(SAMPLE).span(path, key=key) == Span("r.yaml", *place)


def test_columns_count_characters_whatever_the_line_ends_and_the_mark() -> None:
    text = b"\xef\xbb\xbf" + "a: {\u00e9\U0001f600: 1, b: 2}\r\nc: 3\r\n".encode()
    document = read(text)
    assert document.span(("a", "b"), key=True) == Span("r.yaml", 1, 12, 1, 13)
    assert document.span(("c",)) == Span("r.yaml", 2, 4, 2, 5)


def test_source_is_what_the_file_has() -> None:
    document = read("a: 1.0\nb: '7'\nc: [1]\n")
    assert [document.source((key,)) for key in "abcd"] == ["1.0", "7", "", ""]


@pytest.mark.parametrize("opening", [b"[", b"{a: ", b"- ", b"? ", b"a: [", b"&x ["])
def test_depth_is_limited_without_recursion(opening: bytes) -> None:
    assert "CG015" in codes(opening * 100_000) or "CG002" in codes(opening * 100_000)


def test_the_deepest_that_is_read() -> None:
    levels = MAX_DEPTH - 1
    read("v: " + "[" * levels + "]" * levels)
    assert codes("v: " + "[" * (levels + 1) + "]" * (levels + 1)) == ["CG015"]


def test_depth_by_aliases_counts() -> None:
    lines = ["a0: &a0 []"] + [f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 500)]
    assert codes("\n".join(lines)) == ["CG015"]


def test_aliases_may_be_many_but_not_explode() -> None:
    read("a: &a [1, 2, 3]\nb: [" + "*a, " * 1000 + "]\n")
    assert codes("a: &a " + "x" * 1_000_000 + "\nb: [" + "*a, " * 17 + "]\n") == ["CG011"]


def test_too_many_values_are_refused_and_files_share_what_is_left() -> None:
    budget = Budget(events=50)
    assert parse("r.yaml", b"a: [" + b"1, " * 30 + b"]", budget)[0]
    document, found = parse("s.yaml", b"a: [" + b"1, " * 30 + b"]", budget)
    assert (document, [d.code for d in found]) == (None, ["CG005"])


def test_files_share_what_aliases_may_stand_for() -> None:
    text = ("a: &a " + "x" * 1000 + "\nb: [" + "*a, " * 10 + "]\n").encode()
    budget = Budget(aliased=15_000)
    assert parse("r.yaml", text, budget)[0]
    assert [d.code for d in parse("s.yaml", text, budget)[1]] == ["CG011"]


def test_several_mistakes_in_one_run() -> None:
    text = "a: 1\na: 2\nb: !x y\nc: *d\n<<: {}\n1: x\ne: .nan\nf: [\n"
    assert codes(text) == ["CG008", "CG012", "CG010", "CG013", "CG009", "CG014", "CG002"]


def test_the_last_mistake_of_the_parser_is_placed() -> None:
    assert refused("a:\n  b: 'x\n")[0].span == Span("r.yaml", 2, 6, 2, 7)


@pytest.mark.parametrize("data", ["a: 1\n".encode("utf-16"), "a: 1\n".encode("utf-16-be"), "a: 1\n".encode("utf-32")])
def test_other_unicode_encodings(data: bytes) -> None:
    assert codes(data) == ["CG003"]


def test_a_byte_that_is_no_text_after_wide_characters() -> None:
    found = refused("a: \u00e9\nb: \u00e9\u00e9 ".encode() + b"\xff\n")
    assert found[0].span == Span("r.yaml", 2, 7, 2, 8)


@pytest.mark.parametrize(
    "text",
    [
        "a:\n\tb: 1\n", "a: 'x\n", 'a: "x\n', "a: b: c\n", "a: [1, 2\nb: 3\n", "a: {b: 1\nc: 2\n",
        "a:\n  b: 1\n c: 2\n",
        "a: @x\n", "a: `x`\n", "a: *\n", "a: & x\n", 'a: "\\q"\n', "- a\nb: 1\n", "a: 1\n- b\n", "a: !e!foo x\n",
        "%YAML 3.0\n---\na: 1\n", "a: [1]]\n", "a: }\n", "a: |x\n  y\n", "key:value\nb: 1\n", "a: 'it's'\n", "a: - b\n",
        "---\na: 1\n...\nfoo\n", "a: ? b\n",
    ],
)  # fmt: skip
@pytest.mark.parametrize("loader", ["CSafeLoader", "SafeLoader"])
def test_what_is_no_yaml_is_said_in_plain_words(text: str, loader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOADER", getattr(yaml, loader))
    (found,) = refused(text)
    assert found.code == "CG002"
    assert found.span.line > 0
    assert found.hint
    assert "expected" not in found.message


def test_the_pure_parser_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    fast = read(SAMPLE)
    monkeypatch.setattr(module, "_LOADER", yaml.SafeLoader)
    slow = read(SAMPLE)
    assert slow.data == fast.data
    path = ("services", 1, "list", 1, "k")
    assert slow.span(path) == fast.span(path)


def test_the_collector_is_left_as_it_was() -> None:
    assert gc.isenabled()
    refused("a: [")
    assert gc.isenabled()
