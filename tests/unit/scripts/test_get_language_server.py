from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from chartgen.errors import ToolError
from scripts import get_language_server

NPM = """\
#!/bin/sh
echo "$@" >>calls
test -f package-lock.json && test -f .npmrc || exit 9
mkdir -p node_modules/yaml-language-server/bin
touch node_modules/yaml-language-server/bin/yaml-language-server
"""


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A stand-in for npm, alone on PATH with the shell's own programs; the tools cache is empty."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def put(text: str = NPM) -> None:
        (programs / "npm").write_text(text, encoding="utf-8")
        (programs / "npm").chmod(stat.S_IRWXU)

    return put


def test_it_is_put_into_the_cache_once(npm) -> None:
    npm()
    server = get_language_server.fetch()
    assert server.is_file()
    assert server.is_relative_to(get_language_server.home())
    assert (get_language_server.home() / "calls").read_text(encoding="utf-8").startswith("ci --ignore-scripts")
    npm("#!/bin/sh\nexit 1\n")
    assert get_language_server.fetch() == server


def test_a_failure_leaves_nothing(npm) -> None:
    npm("#!/bin/sh\necho no network >&2\nexit 1\n")
    with pytest.raises(ToolError, match="no network"):
        get_language_server.fetch()
    assert not get_language_server.home().exists()


def test_it_is_pinned_by_digests_alone() -> None:
    packages = json.loads((get_language_server.PINNED / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    others = {name: package for name, package in packages.items() if name}
    assert len(others) > 10
    assert [name for name, package in others.items() if not package["integrity"].startswith("sha512-")] == []
    assert [name for name, package in others.items() if "resolved" in package] == []
