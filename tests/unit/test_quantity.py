from __future__ import annotations

from fractions import Fraction

import pytest

from chartgen.registry.quantity import parse_quantity, whole_bytes


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", Fraction(0)),
        ("1.5", Fraction(3, 2)),
        (".5", Fraction(1, 2)),
        ("5.", Fraction(5)),
        ("250m", Fraction(1, 4)),
        ("1Ki", Fraction(1024)),
        ("1k", Fraction(1000)),
        ("1e3", Fraction(1000)),
        ("1E", Fraction(10**18)),
        ("-1", Fraction(-1)),
    ],
)
def test_what_kubernetes_reads(text: str, number: Fraction) -> None:
    assert parse_quantity(text) == number


@pytest.mark.parametrize("text", ["", "1.5.2", "12 apples", "1K", "1mi", "0x1", "inf", "1e99", "1\n", "٣", "9" * 5000])
def test_what_it_refuses(text: str) -> None:
    assert parse_quantity(text) is None


def test_units_compare_exactly() -> None:
    million, mebi = parse_quantity("1M"), parse_quantity("1Mi")
    assert million is not None
    assert mebi is not None
    assert million < mebi
    assert parse_quantity("1000m") == parse_quantity("1")


@pytest.mark.parametrize(
    ("name", "text", "hint"),
    [
        ("memory", "100m", "m is a thousandth; did you mean 100Mi?"),
        ("memory", "0.1", "it is less than a byte: give it a unit such as Mi"),
        ("storage", "1.3Gi", "write 1395864372"),
        ("memory", "128000m", ""),
        ("cpu", "100m", ""),
    ],
)
def test_a_fraction_of_a_byte_is_put_right(name: str, text: str, hint: str) -> None:
    assert whole_bytes(name, text) == hint
