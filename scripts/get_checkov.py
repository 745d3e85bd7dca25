"""Puts checkov into an environment of its own in the tools cache: its dependencies conflict with the project's."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from chartgen.errors import ChartgenError
from chartgen.tools.helm import tools_cache
from chartgen.tools.process import run
from scripts.alone import alone
from scripts.progress import step

LOCK = Path(__file__).resolve().parent.parent / "requirements-checkov.lock"


def main() -> int:
    """0 when checkov is there, 3 with the reason when it could not be put there."""
    try:
        print(install())
    except (ChartgenError, OSError) as error:
        print(f"chartgen: {error}", file=sys.stderr)
        return 3
    return 0


def home() -> Path:
    """The environment's folder: one for each version, Python and lock."""
    text = LOCK.read_text(encoding="utf-8")
    version = re.search(r"^checkov==(\S+)", text, re.MULTILINE)
    assert version is not None
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return tools_cache() / "checkov" / f"{version[1]}-py{sys.version_info[0]}.{sys.version_info[1]}-{digest}"


def command() -> list[str]:
    """How checkov is started; the environment was renamed into place, so its scripts cannot be, but its Python can."""
    return [str(home() / "bin" / "python"), "-m", "checkov.main"]


def install() -> Path:
    """The environment's folder, made unless it is there; one at a time, staged beside and renamed."""
    target = home()
    with alone(target.parent):
        if not _runs(target):
            with step("fetching checkov (half a minute)"):
                _place(target)
    return target


def _place(target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    staged = Path(tempfile.mkdtemp(prefix=".partial-", dir=target.parent))
    try:
        _run(sys.executable, "-m", "venv", str(staged))
        pip = [str(staged / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
        _run(*pip, "install", "--require-hashes", "--only-binary", ":all:", "-r", str(LOCK))
        staged.replace(target)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _run(*argv: str) -> None:
    done = run(argv, timeout=900)
    if done.code:
        raise done.error()


def _runs(folder: Path) -> bool:
    """Whether the environment's Python still starts: the one it was made from may be gone."""
    python = folder / "bin" / "python"
    try:
        return subprocess.run([python, "-c", ""], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
