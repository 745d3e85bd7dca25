"""Text on its way into a template."""

from __future__ import annotations

import pytest

from chartgen.emit.render import comment, go_string


@pytest.mark.parametrize("mark", ["\x7f", "\x85", "\u2028", "\u2029", "\n", "\x0c"])
def test_a_string_of_go_stays_on_one_line(mark: str) -> None:
    """Jinja indents what stands behind any of the marks that end lines for Python."""
    assert go_string(f"a{mark}b").splitlines() == [go_string(f"a{mark}b")]
    assert comment(f"a{mark}b").splitlines() == [comment(f"a{mark}b")]


def test_a_comment_holds_what_yaml_takes() -> None:
    assert comment("a\x01bé世 c {{ x }}") == 'a\ufffdbé世 c {{ "{{" }} x }}'
