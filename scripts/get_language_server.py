"""Puts yaml-language-server into the tools cache: npm fetches what the lock beside it names, by digest."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
from pathlib import Path

from chartgen.errors import ChartgenError, ToolError
from chartgen.tools.helm import tools_cache
from chartgen.tools.process import run
from scripts.alone import alone
from scripts.progress import step

PINNED = Path(__file__).resolve().parent.parent / "tests" / "editor" / "language_server"
NAME = "yaml-language-server"
_FILES = ("package.json", "package-lock.json", ".npmrc")


def main() -> int:
    """0 with the path printed; 3 with the reason when it cannot be had."""
    try:
        print(fetch())
    except (ChartgenError, OSError) as error:
        print(f"chartgen: {error}", file=sys.stderr)
        return 3
    return 0


def command() -> list[str]:
    """How the server is started. ToolError where there is no Node.js."""
    return [_program("node"), str(fetch()), "--stdio"]


def home() -> Path:
    """Its folder: one for each version and lock."""
    lock = (PINNED / "package-lock.json").read_bytes()
    version = json.loads(lock)["packages"][f"node_modules/{NAME}"]["version"]
    return tools_cache() / NAME / f"{version}-{hashlib.sha256(lock).hexdigest()[:8]}"


def fetch() -> Path:
    """The path of the server, put there unless it is; one at a time, staged beside and renamed."""
    target = home()
    server = target / "node_modules" / NAME / "bin" / NAME
    with alone(target.parent):
        if not server.is_file():
            with step(f"fetching {NAME}"):
                _place(target)
    return server


def _place(target: Path) -> None:
    staged = Path(tempfile.mkdtemp(prefix=".partial-", dir=target.parent))
    for name in _FILES:
        shutil.copy2(PINNED / name, staged)
    done = run([_program("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=staged, timeout=600)
    if done.code:
        raise done.error()
    staged.replace(target)


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise ToolError(f"{name} is not on PATH; the tests in an editor need Node.js 20 or later with npm")
    return found


if __name__ == "__main__":
    sys.exit(main())
