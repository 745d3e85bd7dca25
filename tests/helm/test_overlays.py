"""Lint looks at those overlays that generate copies, and at no other file beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import chartgen
from chartgen.workflows import init

if TYPE_CHECKING:
    from pathlib import Path

    from chartgen.tools.helm import Helm


def test_only_what_is_copied_is_looked_at(tmp_path: Path, helm43: Helm) -> None:
    shop = init.run(tmp_path, "shop").folder
    templates = shop / "overlays/api/templates"
    templates.mkdir(parents=True)
    for name in ("NOTES.txt", "README.md", "extra.yaml"):
        (templates / name).write_text("# {{ now }}\n")
    assert [d.code for d in chartgen.generate(shop).diagnostics] == ["CG610"]
    found = chartgen.lint(shop, helm=helm43.path, environments=["dev"]).diagnostics
    assert [d.span.file for d in found if d.code == "CG550"] == ["overlays/api/templates/extra.yaml"]
