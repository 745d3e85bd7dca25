"""The public API: every name is there, and the example of its page runs."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import chartgen

ROOT = Path(__file__).resolve().parents[2]


def test_every_public_name_is_there():
    for name in chartgen.__all__:
        assert getattr(chartgen, name) is not None
    assert set(chartgen.__all__) <= set(dir(chartgen))


def test_the_example_of_the_page_runs(monkeypatch):
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    example = "".join(re.findall(r"^(?: {4}.*)?\n", page[page.index("    from pathlib") :], re.MULTILINE))
    monkeypatch.chdir(ROOT)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(re.sub("^ {4}", "", example, flags=re.MULTILINE), {})
    assert "'auth-service', 'fraud-detection', 'pricing-engine'" in printed.getvalue()
    assert re.search(r"^\d+ files$", printed.getvalue(), re.MULTILINE)


def test_a_registry_compiles_without_touching_a_file():
    data = (ROOT / "registry.yaml").read_bytes()
    compiled = chartgen.compile_registry("registry.yaml", data, lambda _: None)
    assert compiled.registry is not None
    committed = (ROOT / "charts/ticketing/Chart.yaml").read_text(encoding="utf-8")
    assert chartgen.charts(compiled.registry)["charts/ticketing/Chart.yaml"] == committed
