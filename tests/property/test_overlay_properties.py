"""Values of versions: what all share, with what one has laid over it, is what that one has."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chartgen.emit.overlaid import common, difference

KEYS = st.sampled_from("abcd")
LEAVES = st.sampled_from(["", "x", 0, False, []])
VALUES = st.recursive(LEAVES, lambda inner: st.dictionaries(KEYS, inner, max_size=3), max_leaves=6)
TREES = st.dictionaries(KEYS, VALUES, max_size=4)


def laid_over(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """As Helm's mergeOverwrite does it."""
    found = dict(under)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(found.get(key), dict)
        found[key] = laid_over(found[key], value) if both else value
    return found


@given(TREES, st.lists(TREES, min_size=1, max_size=3))
def test_what_is_shared_and_what_is_own_make_the_whole(base: dict[str, Any], versions: list[dict[str, Any]]) -> None:
    shared = common(base, versions)
    assert [laid_over(shared, difference(each, shared)) for each in versions] == versions


@given(TREES, st.lists(TREES, min_size=1, max_size=3))
def test_what_is_shared_is_the_services(base: dict[str, Any], versions: list[dict[str, Any]]) -> None:
    assert laid_over(base, common(base, versions)) == base
