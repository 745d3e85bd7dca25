"""The pages that are made from the program are those that it makes."""

from __future__ import annotations

from chartgen.codes import CODES
from scripts import codes_page, docs, language_page


def test_no_page_is_stale() -> None:
    assert docs.stale() == [], "run `make docs`"


def test_every_key_of_a_service_has_a_row() -> None:
    page = language_page.text()
    assert all(f"| `{key}` |" in page for key in ("healthEndpoint", "dependencies", "cpuThreshold", "seccompProfile"))


def test_every_code_has_a_section() -> None:
    page = codes_page.text()
    assert all(f"### {code}: " in page for code in CODES)
