"""The language server, with the schema that `chartgen schema` prints."""

from __future__ import annotations

import pytest

from chartgen import manual
from scripts import get_language_server
from tests.editor.server import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("editor")
    (folder / "registry.schema.json").write_text(manual.printed_schema(), encoding="utf-8")
    (folder / "registry-part.schema.json").write_text(manual.printed_schema(part=True), encoding="utf-8")
    running = Server(get_language_server.command(), folder)
    yield running
    assert running.stop() == 0
